import { expect, test } from 'vitest';
import { type EmergencyCopy, goneText, mailAddresses, readCopy } from './emergency-copy.ts';
import { decideHeartbeat, type HeartbeatFacts } from './heartbeat.ts';
import { decideOutage, noOutage, type OutageState, spoken } from './outage.ts';
import { after, START } from './testkit.ts';

/** Looks at the given seconds; `works` says whether the emergency channel takes messages. Answers what was said when. */
function said(
  looks: readonly [seconds: number, ok: boolean][],
  works: (seconds: number) => boolean = () => true,
): readonly string[] {
  let state: OutageState = noOutage;
  return looks.flatMap(([seconds, ok]) => {
    const decision = decideOutage(state, { ok, at: after(seconds) });
    state = decision.state;
    if (decision.speak === null) return [];
    state = spoken(state, { ...decision.speak, ok: works(seconds), at: after(seconds) });
    return [`${seconds} ${decision.speak.what}`];
  });
}

const looks = (from: number, to: number, ok: boolean) =>
  Array.from({ length: (to - from) / 5 }, (_, i): [number, boolean] => [from + i * 5, ok]);

test('after 60 s without a database it speaks once, and once more when it is back', () => {
  expect(said([...looks(0, 20, true), ...looks(20, 600, false), ...looks(600, 700, true)])).toEqual([
    '80 gone',
    '600 back',
  ]);
});

test('an outage under 60 s says nothing, also when several follow each other', () => {
  expect(
    said([...looks(0, 55, false), ...looks(55, 60, true), ...looks(60, 115, false), ...looks(115, 200, true)]),
  ).toEqual([]);
});

test('a process that was frozen says nothing at its first failed look', () => {
  expect(
    said([
      [0, true],
      [900, false],
      [905, true],
    ]),
  ).toEqual([]);
});

test('what nobody took is tried again every 30 s', () => {
  expect(said(looks(0, 150, false), (seconds) => seconds >= 120)).toEqual(['60 gone', '90 gone', '120 gone']);
});

test('a database that is back before anybody was told needs no word', () => {
  expect(said([...looks(0, 65, false), ...looks(65, 100, true)], () => false)).toEqual(['60 gone']);
});

test('the word that it is back is owed until somebody took it', () => {
  const all = [...looks(0, 65, false), ...looks(65, 130, true)];
  expect(said(all, (seconds) => seconds === 60 || seconds >= 95)).toEqual(['60 gone', '65 back', '95 back']);
});

test('an outage that returns before its end could be told is one outage', () => {
  const all = [...looks(0, 65, false), ...looks(65, 70, true), ...looks(70, 200, false), ...looks(200, 210, true)];
  expect(said(all, (seconds) => seconds === 60 || seconds >= 200)).toEqual(['60 gone', '65 back', '200 back']);
});

const well: HeartbeatFacts = { now: after(100), watchedAt: after(95), lateSeconds: 0, untoldAlarms: 0 };

test.each<[string, Partial<HeartbeatFacts>, ReturnType<typeof decideHeartbeat>]>([
  ['the watcher ran lately and the engine is on time', {}, { send: true }],
  ['the watcher never ran', { watchedAt: null }, { send: false, reason: 'watch-never-ran' }],
  ['the watcher ran 60 s ago', { watchedAt: after(40) }, { send: true }],
  ['the watcher stopped', { watchedAt: after(39.9) }, { send: false, reason: 'watch-late' }],
  ['the check could not be made', { lateSeconds: null }, { send: false, reason: 'check-failed' }],
  ['a wake-up is 4.9 s late', { lateSeconds: 4.9 }, { send: true }],
  ['a wake-up is 5 s late', { lateSeconds: 5 }, { send: false, reason: 'engine-late' }],
  ['an alarm reached nobody', { untoldAlarms: 1 }, { send: false, reason: 'alarm-untold' }],
])('heartbeat when %s', (_when, fields, decision) => {
  expect(decideHeartbeat({ ...well, ...fields })).toEqual(decision);
});

const copy: EmergencyCopy = {
  format: 1,
  writtenAt: '2026-11-21T03:00:00Z',
  channel: { webhookUrl: null, mailTo: null },
  contacts: [
    {
      name: 'Ann',
      addresses: [
        { channel: 'email', address: 'ann@example.org' },
        { channel: 'sms', address: '+1' },
      ],
    },
    { name: 'Bo', addresses: [{ channel: 'email', address: 'ann@example.org' }] },
  ],
  openPages: Array.from({ length: 6 }, (_, i) => ({ number: i, title: `t${i}`, severity: 1, acknowledged: i === 0 })),
  openCount: 9,
};

test('the call for help names the open pages and whom to call, and no address', () => {
  const text = goneText(copy, { node: 'n1', since: START, at: after(61) });
  expect(text).toBe(
    'Tocsin on n1 has had no database for 1 m 1 s: no alert is accepted and nobody is paged until it is back. ' +
      '9 pages open at 2026-11-21T03:00:00Z: SEV1 t0 (page 0, acknowledged); SEV1 t1 (page 1); SEV1 t2 (page 2); SEV1 t3 (page 3); SEV1 t4 (page 4), and 4 more. ' +
      'Last resort: Ann, Bo.',
  );
});

test('without a copy it still calls for help', () => {
  expect(goneText(null, { node: 'n1', since: START, at: after(61) })).toContain('Which pages were open is not known.');
});

test('a copy reads back; a file that is none of ours is none', () => {
  expect(readCopy(JSON.stringify(copy))).toEqual(copy);
  expect(['', '{', 'null', '[]', '{"format":2}'].map(readCopy)).toEqual([null, null, null, null, null]);
  expect(mailAddresses(copy)).toEqual(['ann@example.org']);
});
