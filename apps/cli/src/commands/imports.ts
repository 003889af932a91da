import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ApiProblem, type Client } from '../client.ts';
import type { Io, Outcome } from '../io.ts';
import { clean } from '../output/clean.ts';
import { withProgress } from '../output/progress.ts';
import { UsageError } from '../usage-error.ts';
import { importText } from './import-text.ts';

type ServerPlan = Awaited<ReturnType<Client['imports']['plan']>>;
type Here = Awaited<ReturnType<typeof readHere>>;

/** A part of the plan and what becomes of it. */
type Part<T> = T & { readonly here: 'new' | 'same' };

/** What an import would make, set against what is there already. */
export interface ImportPlan {
  readonly routes: readonly ServerPlan['routes'][number][];
  readonly timeIntervals: readonly Part<ServerPlan['timeIntervals'][number]>[];
  readonly inhibitRules: readonly Part<ServerPlan['inhibitRules'][number]>[];
  readonly receivers: readonly (ServerPlan['receivers'][number] & {
    /** The escalation policy of the same name. */
    readonly policy: string | null;
  })[];
  readonly notMapped: ServerPlan['notMapped'];
}

/** Largest file that the server reads. */
const LARGEST_FILE = 1_000_000;

/** Shows what would be made of an Alertmanager configuration; with `yes` makes it. */
export async function importAlertmanager(
  client: Client,
  io: Io,
  { file, yes }: { readonly file: string; readonly yes: boolean },
): Promise<Outcome> {
  const read = await client.imports.plan({ config: readConfig(file) });
  const here = await readHere(client);
  const plan = planAgainst(read, here);
  if (!yes)
    return { data: { plan, made: false }, exit: 0, text: (style) => importText(basename(file), plan, false, style) };
  refuseTwice(plan, here);
  await withProgress(io, 'Importing', () => make(client, io, plan, here));
  return { data: { plan, made: true }, exit: 0, text: (style) => importText(basename(file), plan, true, style) };
}

function readConfig(file: string): string {
  try {
    if (statSync(file).size > LARGEST_FILE) {
      throw new UsageError(`${clean(file)} is larger than ${LARGEST_FILE} bytes.`, 'Import its parts one by one.');
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${clean(file)} cannot be read: ${clean(why)}`, 'Give the path of an alertmanager.yml.', {
      cause: error,
    });
  }
}

async function readHere({ imports }: Client) {
  const [{ routes }, { policies }, { intervals }, { rules }] = await Promise.all([
    imports.routes(),
    imports.policies(),
    imports.timeIntervals(),
    imports.inhibitRules(),
  ]);
  return { routes, policies, intervals, rules };
}

/** The plan with the policies that receivers name, and without what is here already, so that an import can be resumed. */
function planAgainst(read: ServerPlan, here: Here): ImportPlan {
  const policies = new Map(here.policies.map(({ id, name }) => [name.toLowerCase(), { id, name }]));
  const policyOf = (receiver: string) => policies.get(receiver.toLowerCase()) ?? null;
  const receiverOf = new Map(read.routes.map(({ key, receiver }) => [key, receiver]));
  const mapped = (receiver: string) =>
    read.receivers.some(({ name, integrations }) => name === receiver && integrations.length > 0);
  return {
    routes: read.routes.map((route) => {
      const above = route.parentKey === null ? null : receiverOf.get(route.parentKey);
      const policy = mapped(route.receiver) ? policyOf(route.receiver) : null;
      // What stands under a receiver with a policy of its own inherits that one, unless it says otherwise.
      const inherits = above !== null && above !== undefined && mapped(above) && policyOf(above) !== null;
      if (route.receiver === above || !mapped(route.receiver)) return route;
      if (policy !== null)
        return { ...route, options: { ...route.options, policy: { kind: 'policy', id: policy.id } } };
      return inherits ? { ...route, options: { ...route.options, policy: { kind: 'service-owner' } } } : route;
    }),
    timeIntervals: read.timeIntervals.map((one) => {
      const stored = here.intervals.find(({ name }) => name === one.name);
      if (stored !== undefined && !isSame(stored.timeIntervals, one.timeIntervals)) {
        throw new UsageError(
          `There is another time interval ${clean(one.name)} here already.`,
          'Rename one of the two, in the file or here.',
        );
      }
      return { ...one, here: stored === undefined ? 'new' : 'same' };
    }),
    inhibitRules: read.inhibitRules.map((one) => {
      const isThere = here.rules.some(
        (rule) =>
          isSame(rule.sourceMatchers, one.sourceMatchers) &&
          isSame(rule.targetMatchers, one.targetMatchers) &&
          isSame(rule.equal, one.equal),
      );
      return { ...one, here: isThere ? 'same' : 'new' };
    }),
    receivers: read.receivers.map((one) => ({ ...one, policy: policyOf(one.name)?.name ?? null })),
    notMapped: read.notMapped,
  };
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function rootOf({ routes }: Here) {
  const root = routes.find(({ parentId }) => parentId === null);
  if (root === undefined) throw new UsageError('The routing tree here has no root.', 'Run `tocsin verify`.');
  return root;
}

/** A second import would stand behind the first, which takes everything. */
function refuseTwice({ routes: [first] }: ImportPlan, here: Here): void {
  const root = rootOf(here);
  const twin = here.routes.find(({ parentId, name }) => parentId === root.id && name === first?.name);
  if (twin === undefined) return;
  throw new UsageError(
    `There is a route ${clean(twin.name)} here already.`,
    'Archive or rename it first; a second one would never be asked.',
  );
}

/** Accepts no alert: what is being imported stands aside until all of it is there. */
const NOBODY = [
  { name: 'alertname', op: '=', value: '' },
  { name: 'alertname', op: '!=', value: '' },
] as const;

async function make({ imports }: Client, io: Io, plan: ImportPlan, here: Here): Promise<void> {
  for (const { name, timeIntervals, here: where } of plan.timeIntervals) {
    if (where === 'new') await imports.createTimeInterval({ name, timeIntervals });
  }
  const ids = new Map<string, string>();
  let opened: { readonly id: string; readonly version: number } | null = null;
  try {
    for (const { key, parentKey, name, matchers, continue: goesOn, options } of plan.routes) {
      const parentId = parentKey === null ? rootOf(here).id : (ids.get(parentKey) ?? '');
      const own = parentKey === null ? [...NOBODY] : [...matchers];
      const made = await imports.createRoute({ parentId, name, matchers: own, continue: goesOn, options });
      ids.set(key, made.id);
      opened ??= made;
    }
    if (opened !== null) await imports.updateRoute(opened.id, { version: opened.version, matchers: [] });
  } catch (error) {
    if (opened !== null && error instanceof ApiProblem) {
      io.err(
        `tocsin: stopped on the way: the route ${clean(plan.routes[0]?.name ?? '')} takes nothing yet; archive it.\n`,
      );
    }
    throw error;
  }
  for (const { key: _, here: where, ...rule } of plan.inhibitRules) {
    if (where === 'new') await imports.createInhibitRule(rule);
  }
}
