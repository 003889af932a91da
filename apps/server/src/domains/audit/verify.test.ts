import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LogEntry, type Seal, type SealedLog, sealedLogs } from './model.ts';
import { comparePlaces, nextSeal, payloadHash, readRanges, sealHash } from './seal.ts';
import { verifySeals } from './verify.ts';
import type { SealSource } from './verify-model.ts';

const T0 = Temporal.Instant.from('2026-11-21T10:00:00Z');
const keptFrom = { audit_entries: '2026-11-16', alert_events: '2026-11-16', page_events: '2026-11-16' };
type Logs = Readonly<Record<SealedLog, readonly LogEntry[]>>;
interface World {
  readonly logs: Logs;
  readonly seals: readonly Seal[];
}

/** Reads from memory, in pages so small that every range crosses some. */
function sourceOf({ logs, seals }: World): SealSource {
  const behind = (log: SealedLog, place: Parameters<typeof comparePlaces>[0]) =>
    logs[log].filter((entry) => comparePlaces(entry, place) > 0).sort(comparePlaces);
  return {
    newestSeal: async () => seals.at(-1) ?? null,
    sealsAfter: async (n) => seals.filter((seal) => seal.n > n).slice(0, 2),
    entriesAfter: async (log, place, limit) => behind(log, place).slice(0, Math.min(limit, 3)),
    countAfter: async (log, place) => behind(log, place).length,
  };
}

/** How many entries each pass seals of each log; what the last number of a log adds stays unsealed. */
const passes = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 7 });

function worldOf(counts: readonly (readonly [number, number, number])[], unsealed: number): World {
  const logs: Record<SealedLog, LogEntry[]> = { audit_entries: [], alert_events: [], page_events: [] };
  const seals: Seal[] = [];
  let id = 0;
  const add = (log: SealedLog): LogEntry => {
    id += 1;
    // Two entries a transaction; the numbers pass from 99 to 100, where texts and numbers differ in order.
    const xid = String(90 + (id >> 1));
    const entry = {
      xid,
      id,
      at: 1_795_255_200_000_000 + id,
      subject: null,
      kind: 'opened',
      payload: `{"n":${id}}`,
      salt: `salt${id}`,
      erasedHash: null,
    };
    logs[log].push(entry);
    return entry;
  };
  for (const count of counts) {
    const entries = new Map(
      sealedLogs.map((log, i) => [log, Array.from({ length: count[i] as number }, () => add(log))]),
    );
    const newest = seals.at(-1) ?? null;
    const seal = nextSeal(newest, (newest && readRanges(newest.logs)) ?? {}, { entries, now: T0 });
    if (seal) seals.push(seal);
  }
  for (let i = 0; i < unsealed; i += 1) add('page_events');
  return { logs, seals };
}

test('an untouched chain has no faults, and every entry is counted once', async () => {
  await fc.assert(
    fc.asyncProperty(passes, fc.nat(8), fc.nat(), async (counts, unsealed, one) => {
      const world = worldOf(counts, unsealed);
      const known = world.seals[one % Math.max(1, world.seals.length)] ?? null;
      const report = await verifySeals(sourceOf(world), { shippedHead: known, keptFrom });
      expect(report).toMatchObject({
        faults: [],
        unsealed,
        retired: 0,
        sealed: counts.flat().reduce((sum, n) => sum + n, 0),
      });
    }),
  );
});

test('a week that retention drops between two pages is retired', async () => {
  const { logs, seals } = worldOf([[0, 5, 0]], 0);
  let pages = 0;
  const { entriesAfter, ...rest } = sourceOf({ logs, seals });
  const source: SealSource = {
    ...rest,
    entriesAfter: async (...asked) => (asked[0] === 'alert_events' && pages++ > 0 ? [] : entriesAfter(...asked)),
  };
  const report = await verifySeals(source, {
    shippedHead: null,
    keptFrom: { ...keptFrom, alert_events: '2026-11-23' },
  });
  expect(report).toMatchObject({ sealed: 0, retired: 5, faults: [] });
});

const erasedOf = (entry: LogEntry): LogEntry => ({
  ...entry,
  payload: null,
  salt: null,
  erasedHash: payloadHash(entry),
});

test('erasing any entries changes nothing but their count', async () => {
  await fc.assert(
    fc.asyncProperty(passes, fc.func(fc.boolean()), async (counts, isErased) => {
      const { logs, seals } = worldOf(counts, 0);
      const erased = {
        ...logs,
        ...Object.fromEntries(
          sealedLogs.map((log) => [log, logs[log].map((entry) => (isErased(entry.id) ? erasedOf(entry) : entry))]),
        ),
      };
      const report = await verifySeals(sourceOf({ logs: erased, seals }), { shippedHead: null, keptFrom });
      const all = Object.values(logs).flat();
      expect(report).toMatchObject({
        faults: [],
        sealed: all.length,
        erased: all.filter(({ id }) => isErased(id)).length,
      });
    }),
  );
});

const edits: Readonly<Record<string, (entries: readonly LogEntry[], i: number, j: number) => readonly LogEntry[]>> = {
  'edit a payload': (all, i) => all.with(i, { ...(all[i] as LogEntry), payload: '{"n":0}' }),
  'edit a payload and keep its hash': (all, i) => all.with(i, { ...erasedOf(all[i] as LogEntry), payload: '{"n":0}' }),
  'edit a kind': (all, i) => all.with(i, { ...(all[i] as LogEntry), kind: 'closed' }),
  'edit a time': (all, i) => all.with(i, { ...(all[i] as LogEntry), at: (all[i] as LogEntry).at - 1 }),
  'drop an entry': (all, i) => all.toSpliced(i, 1),
  'drop a tail': (all, i) => all.slice(0, i),
  'insert an entry': (all, i) => [...all, { ...(all[i] as LogEntry), id: (all[i] as LogEntry).id - 0.5 }],
  'swap two payloads': (all, i, j) => {
    const [one, two] = [all[i] as LogEntry, all[j] as LogEntry];
    return all
      .with(i, { ...one, payload: two.payload, salt: two.salt })
      .with(j, { ...two, payload: one.payload, salt: one.salt });
  },
  'swap two places': (all, i, j) => {
    const [one, two] = [all[i] as LogEntry, all[j] as LogEntry];
    return all.with(i, { ...two, xid: one.xid, id: one.id }).with(j, { ...one, xid: two.xid, id: two.id });
  },
};

test.each(Object.keys(edits))('finds who would %s, in the first seal it concerns', async (name) => {
  const edit = edits[name] as (typeof edits)[string];
  await fc.assert(
    fc.asyncProperty(passes, fc.constantFrom(...sealedLogs), fc.nat(), fc.nat(), async (counts, log, one, two) => {
      const world = worldOf(counts, 0);
      const all = world.logs[log];
      const [i, j] = [one % all.length, two % all.length].sort((a, b) => a - b) as [number, number];
      fc.pre(all.length > 0 && (!name.startsWith('swap') || i !== j));
      const logs = { ...world.logs, [log]: edit(all, i, j) };
      const { faults } = await verifySeals(sourceOf({ logs, seals: world.seals }), { shippedHead: null, keptFrom });
      const place = all[i] as LogEntry;
      const concerned = world.seals.find(
        (seal) => comparePlaces(readRanges(seal.logs)?.[log]?.to ?? place, place) >= 0,
      );
      expect(faults[0]).toMatchObject({ seal: concerned?.n, log });
    }),
  );
});

const sealEdits: Readonly<Record<string, (seals: readonly Seal[], i: number) => readonly Seal[]>> = {
  'edit a seal': (all, i) => all.with(i, { ...(all[i] as Seal), at: T0.add({ seconds: 1 }) }),
  'edit a seal and its hash': (all, i) => {
    const edited = { ...(all[i] as Seal), at: T0.add({ seconds: 1 }) };
    return all.with(i, { ...edited, hash: sealHash(edited) });
  },
  'drop a seal': (all, i) => all.toSpliced(i, 1),
  'cut the tail': (all, i) => all.slice(0, i),
  'make the chain anew': (all, i) => {
    let previous = all[i - 1]?.hash ?? '0'.repeat(64);
    return all.map((seal, at) => {
      if (at < i) return seal;
      const made = { ...seal, at: T0.add({ seconds: 1 }), previous };
      previous = sealHash(made);
      return { ...made, hash: previous };
    });
  },
};

test.each(Object.keys(sealEdits))('finds who would %s, given the newest head', async (name) => {
  const edit = sealEdits[name] as (typeof sealEdits)[string];
  await fc.assert(
    fc.asyncProperty(passes, fc.nat(), async (counts, one) => {
      const { logs, seals } = worldOf(counts, 0);
      fc.pre(seals.length > 0);
      const source = sourceOf({ logs, seals: edit(seals, one % seals.length) });
      const report = await verifySeals(source, { shippedHead: seals.at(-1) as Seal, keptFrom });
      expect(report.faults.length).toBeGreaterThan(0);
      expect(report.faults.every(({ log }) => log === null)).toBe(true);
    }),
  );
});
