import { hash } from 'node:crypto';
import { createMerkleTree, type MerkleTree } from './merkle.ts';
import {
  type LogEntry,
  type LogRange,
  type Place,
  type Seal,
  type SealedLog,
  sealedLogs,
  type WeekSum,
} from './model.ts';

/** Entries of one log that one pass seals at most, so that a backlog never competes with intake. */
export const MOST_ENTRIES_A_PASS = 5_000;
/** Seals are at least this far apart. */
const SEAL_EVERY_SECONDS = 1;
/** Before the first entry of a log. */
export const START: Place = { xid: '0', id: 0 };
/** What the first seal is chained to. */
export const NO_PREVIOUS = '0'.repeat(64);

/** The ranges of one seal by log; a log that it does not name had no entries yet. */
export type LogRanges = Readonly<Partial<Record<SealedLog, LogRange>>>;

/** Order of two places in a log. xids are compared as the numbers they write. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.xid !== b.xid) return a.xid.length - b.xid.length || (a.xid < b.xid ? -1 : 1);
  return a.id - b.id;
}

/**
 * What stands for the payload in the seal: SHA-256 (hex) of salt and stored payload text, or the hash that erasure
 * left. The latter counts only where salt and payload are really gone: else an edit could hide behind the old hash.
 */
export function payloadHash({ salt, payload, erasedHash }: Pick<LogEntry, 'salt' | 'payload' | 'erasedHash'>): string {
  if (erasedHash !== null && salt === null && payload === null) return erasedHash;
  return hash('sha256', (salt ?? '') + (payload ?? ''), 'hex');
}

/** The leaf of an entry: SHA-256 (hex) of its fields, a line each. `kind` is last because it alone may hold a line feed. */
export function leafHash(log: SealedLog, entry: LogEntry): string {
  const { xid, id, at, subject, kind } = entry;
  const fields = `${log}\n${xid}\n${id}\n${at}\n${subject ?? ''}\n${payloadHash(entry)}\n${kind}`;
  return hash('sha256', `tocsin entry 1\n${fields}`, 'hex');
}

/** The hash of a seal (hex), over everything it says and the seal before; when it was shipped is not part of it. */
export function sealHash({ n, at, previous, logs }: Omit<Seal, 'hash'>): string {
  return hash('sha256', `tocsin seal 1\n${n}\n${at.epochNanoseconds / 1_000n}\n${previous}\n${logs}`, 'hex');
}

/** Sums entries of one log, added in the log's order, into one Merkle root a week. */
export function createWeekSums(log: SealedLog): { add(entry: LogEntry): void; sums(): readonly WeekSum[] } {
  const trees = new Map<number, MerkleTree>();
  return {
    add(entry) {
      const week = weekOf(entry.at);
      let tree = trees.get(week);
      if (!tree) trees.set(week, (tree = createMerkleTree()));
      tree.add(leafHash(log, entry));
    },
    sums() {
      const weeks = [...trees].sort(([a], [b]) => a - b);
      return weeks.map(([week, tree]) => ({ monday: mondayOf(week), count: tree.count(), root: tree.root() }));
    },
  };
}

const DAY_MICROS = 86_400_000_000;
/** 1970-01-01 was a Thursday, three days after the Monday that week 0 begins with. */
const weekOf = (atMicros: number) => Math.floor((Math.floor(atMicros / DAY_MICROS) + 3) / 7);
const mondayOf = (week: number) => new Temporal.PlainDate(1969, 12, 29).add({ weeks: week }).toString();

/** True when a pass would make a second seal within a second. A clock that was set back does not stop the sealer. */
export function isTooSoon(newest: Seal | null, now: Temporal.Instant): boolean {
  if (newest === null) return false;
  const seconds = newest.at.until(now).total('seconds');
  return seconds >= 0 && seconds < SEAL_EVERY_SECONDS;
}

/** The seal over what each log holds behind the newest seal, in the log's order; null when that is nothing. */
export function nextSeal(
  newest: Seal | null,
  ranges: LogRanges,
  { entries, now }: { readonly entries: ReadonlyMap<SealedLog, readonly LogEntry[]>; readonly now: Temporal.Instant },
): Seal | null {
  const logs: [SealedLog, LogRange][] = [];
  let found = false;
  for (const log of sealedLogs) {
    const after = ranges[log]?.to ?? START;
    const added = entries.get(log) ?? [];
    const sums = createWeekSums(log);
    for (const entry of added) sums.add(entry);
    logs.push([log, { after, to: added.at(-1) ?? after, weeks: sums.sums() }]);
    found ||= added.length > 0;
  }
  if (!found) return null;
  const content = { n: (newest?.n ?? 0) + 1, at: now, logs: writeRanges(logs), previous: newest?.hash ?? NO_PREVIOUS };
  return { ...content, hash: sealHash(content) };
}

function writeRanges(ranges: readonly [SealedLog, LogRange][]): string {
  const place = ({ xid, id }: Place) => `${xid}-${id}`;
  return JSON.stringify(
    Object.fromEntries(
      ranges.map(([log, { after, to, weeks }]) => [log, { after: place(after), to: place(to), weeks }]),
    ),
  );
}

/** Reads the ranges of a seal back; null when the text is not what a sealer writes. Logs unknown here are passed over. */
export function readRanges(text: string): LogRanges | null {
  try {
    const parsed = JSON.parse(text) as Record<string, { after: string; to: string; weeks: readonly WeekSum[] }>;
    const ranges: Partial<Record<SealedLog, LogRange>> = {};
    for (const log of sealedLogs) {
      const range = parsed[log];
      if (range === undefined) continue;
      if (!Array.isArray(range.weeks) || !range.weeks.every(isWeekSum)) return null;
      ranges[log] = { after: readPlace(range.after), to: readPlace(range.to), weeks: range.weeks };
    }
    return ranges;
  } catch {
    return null; // Not JSON, or not of this shape: an edited seal, which its reader names.
  }
}

function readPlace(text: string): Place {
  const found = /^(\d{1,20})-(\d{1,16})$/.exec(text);
  if (!found) throw new TypeError(`not a place in a log: ${text}`);
  return { xid: found[1] as string, id: Number(found[2]) };
}

function isWeekSum(sum: unknown): sum is WeekSum {
  const { monday, count, root } = (sum ?? {}) as Partial<Record<keyof WeekSum, unknown>>;
  return typeof monday === 'string' && Number.isSafeInteger(count) && typeof root === 'string';
}
