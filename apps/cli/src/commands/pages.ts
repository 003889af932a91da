import { type Client, everyItem } from '../client.ts';
import type { Outcome, Style } from '../io.ts';
import { clean } from '../output/clean.ts';
import { type Column, table } from '../output/table.ts';
import { lines, plural } from '../output/text.ts';
import { age, countdown, moment, zoneLine } from '../output/time.ts';
import { UsageError } from '../usage-error.ts';

type PageRow = Awaited<ReturnType<Client['pages']['list']>>['items'][number];

/** What `tocsin pages` is asked for. */
export interface PagesArgs {
  readonly state: 'open' | 'firing' | 'acknowledged' | 'resolved' | 'all';
  readonly mine: boolean;
  readonly limit: number;
  readonly zone: string;
}

/** Lists pages, newest first. `open` leaves the resolved ones out. */
export async function listPages(client: Client, args: PagesArgs): Promise<Outcome> {
  const { state, mine, limit, zone } = args;
  const read = (cursor: string | undefined) =>
    client.pages.list({ state: state === 'open' ? 'all' : state, mine, limit: 200, zone, cursor });
  const pages: PageRow[] = [];
  // Open pages stand among resolved ones; so many rows back they are looked for.
  for await (const page of everyItem(read, Math.max(limit, 2_000))) {
    if (state !== 'open' || page.state !== 'resolved') pages.push(page);
    if (pages.length >= limit) break;
  }
  return { data: { pages }, text: (style) => pagesText(pages, args, style), exit: 0 };
}

function pagesText(pages: readonly PageRow[], { state, mine }: PagesArgs, style: Style): string {
  const which = `${mine ? 'of yours ' : ''}${state === 'all' ? '' : `that is ${state}`}`.trim();
  if (pages.length === 0) return lines([`There is no page${which === '' ? '' : ` ${which}`}.`]);
  const columns: readonly Column<PageRow>[] = [
    { head: 'PAGE', cell: ({ number }) => String(number), align: 'right' },
    { head: 'STATE', cell: stateWord },
    { head: 'SEV', cell: ({ severity }) => `SEV${severity}` },
    { head: 'WHAT', cell: ({ title }) => title, flexible: true },
    { head: 'SERVICE', cell: ({ service }) => service?.name ?? '', leftOut: 1 },
    {
      head: 'AGE',
      cell: ({ openedAt, resolvedAt }) => age(openedAt, resolvedAt ? Temporal.Instant.from(resolvedAt) : style.now),
      align: 'right',
    },
    { head: 'HOLDER', cell: ({ holder }) => holder?.name ?? '', leftOut: 2 },
    { head: 'NEXT', cell: (page) => nextText(page, style.now) },
  ];
  return lines([
    table(pages, columns, style.columns),
    '',
    `${plural(pages.length, 'page')}. ${zoneLine(style.zone, style.now)}`,
  ]);
}

function stateWord({ state, phase }: PageRow): string {
  return phase === 'snoozed' && state !== 'resolved' ? 'snoozed' : state;
}

function nextText({ next }: PageRow, now: Temporal.Instant): string {
  if (next === null) return '';
  const held = next.kind === 'acknowledgement-expires' ? 'asks again' : next.kind === 'snooze-ends' ? 'wakes up' : null;
  const whom = next.to.map(({ name }) => name);
  return `${countdown(next.at, now)} ${held ?? (whom.length > 1 ? `${whom[0]} +${whom.length - 1}` : (whom[0] ?? ''))}`.trimEnd();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id of a page given by number or id. */
async function pageIdOf(client: Client, given: string, zone: string): Promise<string> {
  if (UUID.test(given)) return given;
  const number = /^#?([1-9]\d{0,14})$/.exec(given)?.[1];
  if (number === undefined)
    throw new UsageError(`${clean(given)} is no page.`, 'Give a page number, e.g. 12, or its id.');
  return (await client.pages.get(number, { zone })).page.id;
}

/** Takes a page. A second acknowledge is harmless and says who was first. */
export async function acknowledgePage(client: Client, given: string, zone: string): Promise<Outcome> {
  const id = await pageIdOf(client, given, zone);
  const answer = await client.pages.acknowledge(id);
  const { page } = await client.pages.get(id, { zone });
  return {
    data: answer,
    exit: 0,
    text: (style) => {
      const quiet = page.quietUntil
        ? ` Quiet until ${moment(page.quietUntil, style.zone, style.now)}, then it asks again.`
        : '';
      const stand =
        page.state === 'resolved' ? 'It is resolved.' : `It is with ${clean(page.holder?.name ?? 'nobody')}.`;
      const done =
        answer.outcome === 'changed' ? `Acknowledged page ${page.number}` : `Nothing changed on page ${page.number}`;
      const zoneNamed = quiet === '' ? [] : [zoneLine(style.zone, style.now)];
      return lines([`${done}: ${clean(page.title)}.`, `${stand}${quiet}`, ...zoneNamed]);
    },
  };
}
