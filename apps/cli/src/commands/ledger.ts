import type { Client } from '../client.ts';
import type { Io, Outcome, Style } from '../io.ts';
import { clean } from '../output/clean.ts';
import { withProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import { lines, plural } from '../output/text.ts';

type Report = Awaited<ReturnType<Client['operations']['verify']>>;

/** What `tocsin verify` is told: a seal that the outside received shows a tail that was cut off since. */
export interface VerifyArgs {
  readonly seal: number | undefined;
  readonly hash: string | undefined;
}

/** Nobody waits for this command but who started it: an hour, the most that the server takes (seconds). */
const BUDGET_SECONDS = 3600;

/** Has the server check every invariant over what it stores; exit code 1 when one is violated. */
export async function verify(client: Client, io: Io, { seal, hash }: VerifyArgs): Promise<Outcome> {
  const work = () => client.operations.verify({ budgetSeconds: BUDGET_SECONDS, seal, hash });
  const report = await withProgress(io, 'Verifying', work);
  return { data: report, text: (style) => reportText(report, style), exit: report.ok ? 0 : 1 };
}

function reportText(report: Report, style: Style): string {
  const { invariants } = report;
  const rows = table(
    invariants,
    [
      { head: '', cell: ({ invariant }) => invariant, align: 'right' },
      { head: 'INVARIANT', cell: ({ name }) => name, flexible: true },
      { head: 'CHECKED', cell: ({ checked, complete }) => `${checked}${complete ? '' : '+'}`, align: 'right' },
      { head: 'VIOLATED', cell: ({ violations, more }) => String(violations.length + more), align: 'right' },
    ],
    style.columns,
  );
  const violations = invariants.flatMap(({ invariant, violations: found, more }) => [
    ...found.map(
      ({ id, what, evidence }) => `  ${invariant}: ${clean(id)} ${clean(what)} ${clean(JSON.stringify(evidence))}`,
    ),
    ...(more > 0 ? [`  ${invariant}: ${more} more are not listed`] : []),
  ]);
  const checked = invariants.reduce((sum, one) => sum + one.checked, 0);
  const broken = invariants.filter((one) => one.violations.length + one.more > 0).length;
  const verdict = !report.ok
    ? `${plural(broken, 'invariant')} of ${invariants.length} violated.`
    : report.complete
      ? `All ${plural(invariants.length, 'invariant')} hold over ${plural(checked, 'row')}.`
      : `No violation found in ${plural(checked, 'row')}.`;
  const cut = report.complete ? [] : ['Not every row was looked at: the time was over (marked +).'];
  return lines([rows, '', ...(violations.length > 0 ? ['Violations:', ...violations, ''] : []), verdict, ...cut]);
}
