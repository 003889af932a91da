import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { type Databases, openDatabases } from '#platform/db';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { createVerifier } from './service.ts';
import { after } from './testkit.ts';
import { idOf, pageSql, peopleSql } from './testkit-sql.ts';
import type { Verify } from './verifier.ts';

const clock = createManualClock(after(60));
let database: TestDatabase;
let db: Databases;
let verify: Verify;

const run = (text: string) => db.paging.executeQuery(CompiledQuery.raw(text));
const runAll = async (text: string) => {
  for (const statement of text.split(/;\s*\n/)) if (statement.trim() !== '') await run(statement);
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  verify = createVerifier({ db, clock, ports: { seals: null } });
  await runAll(peopleSql());
});

beforeEach(async () => {
  clock.set(after(60));
  await run(
    'TRUNCATE alerts, alerts_past, alert_events, alert_groups, alert_group_members, escalation_runs, page_events, notifications, notification_attempts, event_payloads',
  );
  await runAll(pageSql(1) + pageSql(2));
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const STRICT = { budgetSeconds: null, acknowledgeAllowanceMs: 0 };

/** What the verifier finds, as `invariant: id says`, ids by their last digit. */
async function found(): Promise<readonly string[]> {
  const report = await verify(STRICT);
  return report.invariants.flatMap(({ invariant, violations }) =>
    violations.map(({ id, what }) => `${invariant}: ${id.slice(15, 16)}${id.slice(-1)} ${what}`),
  );
}

test('pages that travelled as they should break nothing, and every row was looked at', async () => {
  const report = await verify(STRICT);
  expect(report).toMatchObject({ ok: true, complete: true });
  expect(report.invariants.map(({ invariant, checked }) => `${invariant} ${checked}`)).toEqual([
    '1 2',
    '2 2',
    '3 2',
    '4 2',
    '5 2',
    '7 4',
    '10 2',
  ]);
});

const group = idOf('group');
const theRun = idOf('run');
const notification = idOf('notification');
const alert = idOf('alert');

/** Acknowledged by Ann at 120 s, properly: row, fact, wake-up, time. */
const acknowledge = `
  UPDATE escalation_runs SET phase = 'acknowledged', holder_id = '${idOf('user')}', acknowledged_by = '${idOf('user')}', acknowledged_at = '${after(120)}' WHERE id = '${theRun}';
  INSERT INTO page_events (at, subject, kind, payload) VALUES ('${after(120)}', '${group}', 'acknowledged', '{"by":"${idOf('user')}","runId":"${theRun}"}');
`;
const queue = (n: number, step: number) => `
  INSERT INTO notifications (id, group_id, run_id, kind, step, user_id, method_id, channel, urgency, severity, state, reason, due_at, wake_at, created_at)
  VALUES ('${idOf('notification', n)}', '${group}', '${theRun}', 'page', ${step}, '${idOf('user')}', '${idOf('method')}', 'email', 'high', 1, 'queued',
    '{"call":{"kind":"policy-step"},"queued":{"kind":"no-rule"}}', '${after(200)}', '${after(200)}', '${after(0)}');
`;
const endRun = (reason: string) => `
  UPDATE escalation_runs SET live = false, phase = 'ended', ended_at = '${after(5)}', end_reason = '{"kind":"${reason}"}' WHERE id = '${theRun}';
  INSERT INTO page_events (at, subject, kind, payload) VALUES ('${after(5)}', '${group}', 'run-ended', '{"why":{"kind":"${reason}"}}');
  UPDATE alert_groups SET run_at = NULL WHERE id = '${group}';
`;

test.each<[string, string, readonly string[]]>([
  [
    '1: a run that ended as resolved while its alert fires',
    endRun('resolved'),
    ['1: 21 has no live run, no wake-up and no stored reason'],
  ],
  [
    '1: a page that is gone',
    `DELETE FROM alert_groups WHERE id = '${group}'`,
    ['1: 21 fires by a route that pages, but has no page', '2: 41 is live, but its page is gone'],
  ],
  [
    '1: a wake-up nobody took',
    `${endRun('resolved')} UPDATE alert_groups SET flush_at = '${after(29)}' WHERE id = '${group}'`,
    ['1: 21 its wake-up is 31 s late'],
  ],
  [
    '1: a page closed over a firing alert',
    `${endRun('resolved')} UPDATE alert_groups SET open = false WHERE id = '${group}'`,
    ['1: 21 still fires, but its page is closed'],
  ],
  [
    '2: a live run without a wake-up',
    `UPDATE alert_groups SET run_at = NULL WHERE id = '${group}'`,
    ['2: 41 is live without a wake-up'],
  ],
  [
    '2: a wake-up without a run',
    `${endRun('ended-by-hand')} UPDATE alert_groups SET run_at = '${after(99)}' WHERE id = '${group}'`,
    ['2: 31 has a wake-up for a run, but no live run'],
  ],
  [
    '2: a run that just ended',
    `${endRun('ended-by-hand')} UPDATE escalation_runs SET end_reason = NULL WHERE id = '${theRun}'; UPDATE alerts SET status = 'resolved', resolved_at = '${after(5)}', resolved_by = 'source', current = false WHERE id = '${alert}'; INSERT INTO alert_events (at, subject, kind, payload) VALUES ('${after(5)}', '${alert}', 'resolved', '{"by":"source","current":false}')`,
    ['2: 41 ended without time or reason'],
  ],
  [
    '3: sent without the provider’s yes',
    `DELETE FROM notification_attempts WHERE notification_id = '${notification}' AND kind = 'accepted'`,
    ['3: 51 is sent, but no provider has taken it'],
  ],
  [
    '3: taken twice',
    `INSERT INTO notification_attempts (notification_id, at, attempt, kind) VALUES ('${notification}', '${after(9)}', 2, 'accepted')`,
    ['3: 51 was taken by the provider 2 times'],
  ],
  [
    '3: cancelled without a reason',
    `UPDATE notifications SET state = 'cancelled', sent_at = NULL, end_reason = NULL WHERE id = '${notification}'`,
    ['3: 51 is cancelled without a reason'],
  ],
  [
    '4: begun after the acknowledgement',
    `${acknowledge} INSERT INTO notification_attempts (notification_id, at, attempt, kind) VALUES ('${notification}', '${after(121)}', 2, 'begun')`,
    ['4: 51 was begun while somebody held the page'],
  ],
  [
    '4: queued on after the acknowledgement',
    `${acknowledge} ${queue(3, 1)}`,
    ['4: 53 is queued although its run is held'],
  ],
  [
    '5: opened twice',
    `INSERT INTO alert_events (at, subject, kind, payload) SELECT '${after(1)}', subject, kind, payload FROM alert_events WHERE subject = '${alert}'`,
    ['5: 21 opened twice without a resolve between', '7: 21 its row differs from its changes in openedAtMs'],
  ],
  [
    '7: an alert’s row was edited',
    `UPDATE alerts SET severity = 3 WHERE id = '${alert}'`,
    ['7: 21 its row differs from its changes in severity'],
  ],
  [
    '7: an alert’s change was lost',
    `DELETE FROM alert_events WHERE subject = '${alert}'`,
    ['7: 21 has no stored change that opened it'],
  ],
  [
    '7: a run was edited',
    `UPDATE escalation_runs SET phase = 'snoozed', quiet_until = '${after(900)}' WHERE id = '${theRun}'`,
    ['7: 31 its run is snoozed, its facts say calling'],
  ],
  [
    '7: a page’s facts were lost',
    `DELETE FROM page_events WHERE subject = '${group}'`,
    ['7: 31 has a run, but no fact that started it'],
  ],
  [
    '10: sent without a stored message',
    `UPDATE notifications SET message = NULL WHERE id = '${notification}'`,
    ['10: 51 was called for without a stored message'],
  ],
  [
    '10: a retry with another text',
    `UPDATE notification_attempts SET detail = 'sha256:aa' WHERE notification_id = '${notification}' AND kind = 'begun'; INSERT INTO notification_attempts (notification_id, at, attempt, kind, detail) VALUES ('${notification}', '${after(9)}', 2, 'begun', 'sha256:bb')`,
    ['10: 51 was sent with different texts'],
  ],
  [
    '10: the stored text was changed afterwards',
    `UPDATE notification_attempts SET detail = 'sha256:' || (SELECT encode(sha256(convert_to(message::text, 'UTF8')), 'hex') FROM notifications WHERE id = '${notification}') WHERE notification_id = '${notification}' AND kind = 'begun'; UPDATE notifications SET message = '{"text":"all is well"}' WHERE id = '${notification}'`,
    ['10: 51 stores another text than the one that was sent'],
  ],
])('finds a break of invariant %s', async (_what, sql, expected) => {
  await runAll(sql.replaceAll('; ', ';\n'));
  expect(await found()).toEqual(expected);
});

const columns =
  'live, phase, snapshot, round, step, urgency, severity, holder_id, acknowledged_by, acknowledged_at, quiet_until, started_at, start_reason, ended_at, end_reason, config_version, version';

test.each<[string, string, string, readonly string[]]>([
  [
    '2: two live runs of one page',
    'escalation_runs_live_key',
    `INSERT INTO escalation_runs (id, group_id, ${columns}) SELECT '${idOf('run', 9)}', group_id, ${columns} FROM escalation_runs WHERE id = '${theRun}'`,
    ["2: 41 shares its page's wake-up with 1 other live run", "2: 49 shares its page's wake-up with 1 other live run"],
  ],
  [
    '3: two rows of one call',
    'notifications_once_key',
    queue(3, 0),
    ['3: 51 is the same call as another notification'],
  ],
  [
    '5: two current alerts of one identity',
    'alerts_current_identity_key',
    `UPDATE alerts SET identity = (SELECT identity FROM alerts WHERE id = '${alert}') WHERE id = '${idOf('alert', 2)}'`,
    [
      '5: 21 is current together with another alert of its identity',
      '5: 22 opened before its predecessor had resolved',
    ],
  ],
])(
  'finds a break of invariant %s, which the schema forbids while its index stands',
  async (_what, index, sql, expected) => {
    await expect(runAll(sql)).rejects.toThrow(index);
    const { rows } = await run(`SELECT pg_get_indexdef('${index}'::regclass) AS definition`);
    await run(`DROP INDEX ${index}`);
    await runAll(sql);
    expect(await found()).toEqual(expected);
    await run('TRUNCATE alerts, escalation_runs, notifications');
    await run((rows[0] as { definition: string }).definition);
  },
);

test('a firing alert whose run a person ended is accounted for', async () => {
  await runAll(endRun('ended-by-hand'));
  expect(await found()).toEqual([]);
});

test('facts that were dropped after their time are not missed, and erased ones cannot be checked', async () => {
  await run(
    `UPDATE page_events SET payload = NULL, salt = NULL, erased_hash = '\\x00' WHERE subject = '${group}' AND kind = 'called'`,
  );
  expect(await found()).toEqual([]);
  await run('DELETE FROM alert_events');
  await run('DELETE FROM page_events');
  clock.set(after(86_400 * 400));
  const report = await verify(STRICT);
  expect(report.invariants.filter(({ invariant }) => invariant === '7')[0]).toMatchObject({
    checked: 0,
    violations: [],
  });
});

test('walks slice by slice to the end, and says when the time was over before', async () => {
  await runAll(Array.from({ length: 40 }, (_, i) => pageSql(i + 10)).join(''));
  const bySlices = createVerifier({ db, clock, ports: { seals: null }, sliceRows: 5 });
  const whole = await bySlices(STRICT);
  expect(whole.invariants.map(({ invariant, checked }) => `${invariant} ${checked}`)).toEqual([
    '1 42',
    '2 42',
    '3 42',
    '4 42',
    '5 42',
    '7 84',
    '10 42',
  ]);
  expect(whole.invariants[0]).toMatchObject({ invariant: '1', checked: 42, complete: true });
  const none = await verify({ ...STRICT, budgetSeconds: 0 });
  expect(none).toMatchObject({ ok: true, complete: false });
  expect(none.invariants[0]).toMatchObject({ checked: 0, complete: false });
});

test('a fault of the seals is a violation, with the seal that shows it', async () => {
  const asked: unknown[] = [];
  const withSeals = createVerifier({
    db,
    clock,
    ports: {
      seals: {
        newestSeal: async () => null,
        markShipped: async () => {},
        unsealedSince: async () => null,
        verifySeals: async (question) => {
          asked.push(question.shippedHead);
          const fault = {
            what: 'tail-cut',
            seal: 9,
            log: null,
            xid: null,
            id: null,
            between: null,
            counts: null,
          } as const;
          return { sealed: 5, erased: 0, unsealed: 0, retired: 0, newest: null, faults: [fault], moreFaults: 2 };
        },
      },
    },
  });
  const report = await withSeals({ ...STRICT, expectedSeal: { n: 9, hash: 'ab' } });
  expect(report.ok).toBe(false);
  expect(report.invariants.at(-1)).toMatchObject({
    invariant: 'seals',
    checked: 5,
    more: 2,
    violations: [{ id: 'seal 9', what: 'tail cut' }],
  });
  expect(asked).toEqual([{ n: 9, hash: 'ab' }]);
});

test('a request does not wait for the seals beyond its time, and does not start a second walk', async () => {
  let walks = 0;
  const patient = { ...clock, sleep: async () => {} };
  const slow = createVerifier({
    db,
    clock: patient,
    ports: {
      seals: {
        newestSeal: async () => null,
        markShipped: async () => {},
        unsealedSince: async () => null,
        verifySeals: () => {
          walks += 1;
          return new Promise(() => {});
        },
      },
    },
  });
  for (let i = 0; i < 2; i += 1) {
    const report = await slow({ ...STRICT, budgetSeconds: 10 });
    expect(report).toMatchObject({ ok: true, complete: false });
    expect(report.invariants.at(-1)).toMatchObject({ invariant: 'seals', complete: false });
  }
  expect(walks).toBe(1);
});
