import { ApiProblem, type Client, everyItem } from '../client.ts';
import type { Outcome, Style } from '../io.ts';
import { type Column, table } from '../output/table.ts';
import { lines } from '../output/text.ts';
import { minuteOf, zoneLine } from '../output/time.ts';
import { UsageError } from '../usage-error.ts';

type Entry = Awaited<ReturnType<Client['oncall']['who']>>['items'][number];

/** Who is on call in every schedule, now or at a moment. Without an offset the moment is of the local zone. */
export async function whoIsOnCall(
  client: Client,
  { at, zone }: { readonly at: string | undefined; readonly zone: string },
): Promise<Outcome> {
  const asked = at === undefined ? undefined : instantOf(at, zone).toString();
  let settled: string | undefined = asked;
  const read = async (cursor: string | undefined) => {
    const page = await client.oncall.who({ at: settled, limit: 200, cursor });
    settled = page.at;
    return page;
  };
  const schedules = await Array.fromAsync(everyItem(read));
  const names = await namesOf(client);
  const data = { at: settled ?? null, schedules: schedules.map((entry) => withNames(entry, names)) };
  return { data, text: (style) => whoText(data.schedules, style), exit: 0 };
}

/** A moment as a person writes it: `2026-10-25T03:00`, with or without offset, or `2026-10-25 03:00`. */
function instantOf(text: string, zone: string): Temporal.Instant {
  const written = text.trim().replace(' ', 'T');
  try {
    return /(Z|[+-]\d\d:?\d\d)$/i.test(written)
      ? Temporal.Instant.from(written)
      : Temporal.PlainDateTime.from(written).toZonedDateTime(zone).toInstant();
  } catch (error) {
    throw new UsageError(`${text} is not a moment.`, 'Write it as 2026-10-25T03:00, or with its offset.', {
      cause: error,
    });
  }
}

/** Names of people; without the right to see them, their ids. */
export async function namesOf(client: Client): Promise<ReadonlyMap<string, string>> {
  try {
    const { users } = await client.access.users();
    return new Map(users.map(({ id, name }) => [id, name]));
  } catch (error) {
    if (error instanceof ApiProblem && error.facts.status === 403) return new Map();
    throw error;
  }
}

type Named = Omit<Entry, 'users'> & { readonly users: readonly (Entry['users'][number] & { readonly name: string })[] };

function withNames(entry: Entry, names: ReadonlyMap<string, string>): Named {
  return { ...entry, users: entry.users.map((user) => ({ ...user, name: names.get(user.userId) ?? user.userId })) };
}

function whoText(entries: readonly Named[], style: Style): string {
  if (entries.length === 0) return lines(['There is no schedule.']);
  const columns: readonly Column<Named>[] = [
    { head: 'SCHEDULE', cell: ({ name }) => name, flexible: true },
    { head: 'ON CALL', cell: ({ users }) => users.map(({ name }) => name).join(', ') || 'NOBODY' },
    { head: 'UNTIL', cell: ({ until }) => (until === null ? 'without end' : minuteOf(until, style.zone, style.now)) },
    { head: 'WHY', cell: ({ reason }) => (reason === 'layer' ? 'rotation' : reason.replaceAll('-', ' ')), leftOut: 1 },
  ];
  return lines([table(entries, columns, style.columns), '', zoneLine(style.zone, style.now)]);
}
