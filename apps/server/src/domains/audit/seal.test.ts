import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { weekStart } from '#platform/partitions';
import { compareWeeks } from './compare-weeks.ts';
import type { LogEntry, Seal } from './model.ts';
import {
  comparePlaces,
  createWeekSums,
  isTooSoon,
  leafHash,
  nextSeal,
  payloadHash,
  readRanges,
  sealHash,
} from './seal.ts';

const now = Temporal.Instant.from('2026-11-21T10:00:00.123456Z');
const entry: LogEntry = {
  xid: '742',
  id: 7,
  at: 1_795_255_200_000_001,
  subject: '019b0000-0000-7000-8000-000000000001',
  kind: 'opened',
  payload: '{"title":"disk full"}',
  salt: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  erasedHash: null,
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const erased = { ...entry, payload: null, salt: null, erasedHash: payloadHash(entry) };

describe('the leaf of an entry', () => {
  test('can be computed with sha256sum alone', () => {
    const payload = sha256('3f2504e0-4f89-41d3-9a0c-0305e82c3301{"title":"disk full"}');
    const lines = ['tocsin entry 1', 'alert_events', '742', '7', '1795255200000001', entry.subject, payload, 'opened'];
    expect(leafHash('alert_events', entry)).toBe(sha256(lines.join('\n')));
  });

  test('changes with every field', () => {
    const other: Partial<LogEntry>[] = [
      { xid: '743' },
      { id: 8 },
      { at: entry.at + 1 },
      { subject: null },
      { kind: 'closed' },
      { payload: '{"title":"disk  full"}' },
      { payload: null },
      { salt: '3f2504e0-4f89-41d3-9a0c-0305e82c3302' },
      { salt: null },
    ];
    const leaves = other.map((change) => leafHash('alert_events', { ...entry, ...change }));
    leaves.push(leafHash('alert_events', entry), leafHash('page_events', entry));
    expect(new Set(leaves).size).toBe(other.length + 2);
  });

  test('cannot be shared by two entries through a line feed in the kind', () => {
    const forged = { ...entry, kind: `${payloadHash(entry)}\nopened` };
    expect(leafHash('alert_events', forged)).not.toBe(leafHash('alert_events', entry));
  });

  test('is the same when the payload was erased', () => {
    expect(leafHash('alert_events', erased)).toBe(leafHash('alert_events', entry));
  });

  test.each([
    ['payload', { payload: '{"title":"nothing"}' }],
    ['salt', { salt: entry.salt }],
  ])('does not let an edit hide behind the erased hash while a %s is there', (_what, left) => {
    expect(leafHash('alert_events', { ...erased, ...left })).not.toBe(leafHash('alert_events', entry));
  });
});

test('places are ordered by transaction number, then id', () => {
  const place = fc.record({ xid: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String), id: fc.nat(3) });
  fc.assert(
    fc.property(place, place, (a, b) => {
      const byNumber = BigInt(a.xid) === BigInt(b.xid) ? a.id - b.id : BigInt(a.xid) < BigInt(b.xid) ? -1 : 1;
      expect(Math.sign(comparePlaces(a, b))).toBe(Math.sign(byNumber));
    }),
  );
});

test('sums fall into the weeks that partitions are made for', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 51n), max: 2n ** 52n }), (micros) => {
      const sums = createWeekSums('page_events');
      sums.add({ ...entry, at: Number(micros) });
      expect(sums.sums()[0]?.monday).toBe(weekStart(new Temporal.Instant(micros * 1_000n)).toString());
    }),
  );
});

describe('the next seal', () => {
  const first = nextSeal(null, {}, { entries: new Map([['alert_events', [entry]]]), now }) as Seal;

  test('covers the ranges up to the last entries and is chained to the newest', () => {
    const later = { ...entry, id: 8 };
    const second = nextSeal(first, readRanges(first.logs) ?? {}, {
      entries: new Map([['alert_events', [later]]]),
      now,
    }) as Seal;
    expect([first.n, second.n, second.previous]).toEqual([1, 2, first.hash]);
    const ranges = readRanges(second.logs);
    expect(ranges?.alert_events).toMatchObject({ after: { xid: '742', id: 7 }, to: { xid: '742', id: 8 } });
    expect(ranges?.alert_events?.weeks).toMatchObject([{ monday: '2026-11-16', count: 1 }]);
    expect(ranges?.page_events).toEqual({ after: { xid: '0', id: 0 }, to: { xid: '0', id: 0 }, weeks: [] });
  });

  test('is none when nothing is new', () => {
    expect(nextSeal(first, readRanges(first.logs) ?? {}, { entries: new Map(), now })).toBeNull();
  });

  test('hashes all it says', () => {
    const changes: Partial<Seal>[] = [
      { n: 2 },
      { at: now.add({ microseconds: 1 }) },
      { logs: `${first.logs} ` },
      { previous: first.hash },
    ];
    const hashes = changes.map((change) => sealHash({ ...first, ...change }));
    expect(new Set([first.hash, ...hashes]).size).toBe(5);
  });

  test('waits a second, unless the clock was set back', () => {
    expect(isTooSoon(null, now)).toBe(false);
    const after = [0, 999, 1_000, -5_000].map((milliseconds) => isTooSoon(first, now.add({ milliseconds })));
    expect(after).toEqual([true, true, false, false]);
  });
});

test.each([
  'null',
  '[1',
  '{"page_events":null}',
  '{"page_events":{"after":"1-1","to":"1","weeks":[]}}',
  '{"page_events":{"after":"1-1","to":"1-2","weeks":[{"monday":"2026-11-16"}]}}',
  '{"page_events":{"after":"1-1","to":"1-2"}}',
])('ranges that no sealer wrote cannot be read: %s', (text) => {
  expect(readRanges(text)).toBeNull();
});

describe('a week of a sealed range', () => {
  const sum = (monday: string, count: number, root = 'a') => ({ monday, count, root });
  const kept = '2026-11-16';

  test.each([
    ['as it was sealed', [sum('2026-11-16', 2)], { sealed: 2, retired: 0, faults: [] }],
    [
      'gone while it must be kept',
      [],
      { sealed: 0, retired: 0, faults: [{ what: 'entry-missing', counts: { sealed: 2, stored: 0 } }] },
    ],
    ['smaller', [sum('2026-11-16', 1)], { faults: [{ what: 'entry-missing', counts: { sealed: 2, stored: 1 } }] }],
    ['larger', [sum('2026-11-16', 3)], { faults: [{ what: 'entry-added', counts: { sealed: 2, stored: 3 } }] }],
    [
      'different',
      [sum('2026-11-16', 2, 'b')],
      { faults: [{ what: 'entry-changed', counts: { sealed: 2, stored: 2 } }] },
    ],
  ])('is %s', (_what, stored, verdict) => {
    expect(compareWeeks([sum('2026-11-16', 2)], stored, kept)).toMatchObject(verdict);
  });

  test('past its time may be gone whole or be there whole, not in part', () => {
    const old = [sum('2026-11-09', 3)];
    expect(compareWeeks(old, [], kept)).toMatchObject({ sealed: 0, retired: 3, faults: [] });
    expect(compareWeeks(old, old, kept)).toMatchObject({ sealed: 3, retired: 0, faults: [] });
    expect(compareWeeks(old, [sum('2026-11-09', 2)], kept).faults).toMatchObject([{ what: 'entry-missing' }]);
  });

  test('that the seal does not know was added', () => {
    expect(compareWeeks([], [sum('2026-11-09', 1)], kept).faults).toMatchObject([{ what: 'entry-added' }]);
  });
});
