import type { Chain } from './chain-model.ts';
import type { Id, Instant, Names } from './model.ts';
import { type Next, type NextLookup, nextOf } from './next.ts';
import type { GroupFacts, RunFacts } from './model.ts';

/** A page with its newest run, as the wire shows it. */
export interface ShownPage {
  readonly group: GroupFacts;
  readonly run: RunFacts | null;
  readonly mine: boolean;
}

/** Where a page stands for a reader: held also when it is snoozed. */
export function stateOf({ group, run }: Pick<ShownPage, 'group' | 'run'>): 'firing' | 'acknowledged' | 'resolved' {
  if (group.firing === 0) return 'resolved';
  const held = run?.live === true && (run.phase === 'acknowledged' || run.phase === 'snoozed');
  return held ? 'acknowledged' : 'firing';
}

const text = (at: Instant | null): string | null => at?.toString() ?? null;

/** Somebody or something with the name it has now. */
export interface Named {
  readonly id: Id;
  readonly name: string;
}

/** The names that a page's row needs; `service` and `team` are null where the id is. */
export interface RowLookup extends NextLookup {
  name(id: Id): string;
}

/** One row of the list of pages (contracts: pageRow). */
export function rowOf({ group, run, mine }: ShownPage, lookup: RowLookup, now: Instant) {
  const named = (id: Id | null): Named | null => (id === null ? null : { id, name: lookup.name(id) });
  const until = group.firing === 0 ? (group.resolvedAt ?? now) : now;
  const live = run?.live === true ? run : null;
  return {
    id: group.id,
    number: group.number,
    title: group.title,
    severity: group.severity,
    state: stateOf({ group, run }),
    phase: run?.phase ?? null,
    urgency: run?.urgency ?? group.urgency,
    service: named(group.serviceId),
    team: named(group.teamId),
    openedAt: group.openedAt.toString(),
    ageSeconds: Math.max(0, Math.floor((until.epochMilliseconds - group.openedAt.epochMilliseconds) / 1000)),
    resolvedAt: text(group.firing === 0 ? group.resolvedAt : null),
    holder: person(run?.holderId ?? null, lookup),
    acknowledgedAt: text(run?.acknowledgedAt ?? null),
    quietUntil: text(live?.quietUntil ?? null),
    counts: { firing: group.firing, total: group.total },
    mine,
    next: live === null ? null : nextOnTheWire(nextOf(live, group.runAt, lookup), lookup),
    version: group.version,
  };
}

function person(id: Id | null, names: Names): Named | null {
  return id === null ? null : { id, name: names.person(id) };
}

function nextOnTheWire(next: Next | null, names: Names) {
  if (next === null) return null;
  const { kind, at, people, sentence } = next;
  return { kind, at: at.toString(), to: people.map((id) => ({ id, name: names.person(id) })), sentence };
}

/** The chain on the wire (contracts: pageChain). */
export function chainOnTheWire({ links, stored, missing }: Chain) {
  return {
    stored,
    missing,
    links: links.map((link) => ({
      ...link,
      at: text(link.at),
      until: text(link.until),
      reason: plain(link.reason),
      entries: link.entries.map((entry) => ({ ...entry, at: entry.at.toString(), reason: plain(entry.reason) })),
    })),
  };
}

/** Stored JSON as it is; moments as text. */
export function plain(value: unknown): unknown {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown);
}
