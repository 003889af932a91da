import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { type Databases, inTransaction, openDatabases } from '#platform/db';
import { createJobs } from '#platform/jobs';
import { maintainPartitions } from '#platform/partitions';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { withClient } from '../../../test/harness/run.ts';
import { sealJob } from './jobs.ts';
import type { SealedLog, SealHead, SealOutcome } from './model.ts';
import { sealHash } from './seal.ts';
import { type Audit, createAudit } from './service.ts';

const T0 = Temporal.Instant.from('2026-11-21T10:00:00Z');
const subject = '019b0000-0000-7000-8000-000000000001';
let database: TestDatabase;
let db: Databases;
let audit: Audit;
let seconds = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  audit = createAudit({ db });
});

beforeEach(async () => {
  await sql`TRUNCATE audit_entries, alert_events, page_events, seals RESTART IDENTITY`.execute(db.paging);
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

const tick = () => T0.add({ seconds: ++seconds });
/** Resolves when every transaction below `xid` (default: all until now) has ended; those of other test files count too. */
async function settle(xid?: string): Promise<void> {
  const current = sql<{ xid: string }>`SELECT pg_current_xact_id()::text AS xid`;
  const below = xid ?? (await current.execute(db.paging)).rows[0]?.xid;
  const ended = sql<{ ended: boolean }>`
    SELECT pg_snapshot_xmin(pg_current_snapshot()) >= ${below}::xid8 AS ended FROM pg_sleep(0.002)`;
  while (!(await ended.execute(db.paging)).rows[0]?.ended);
}

async function seal(): Promise<SealOutcome> {
  await settle();
  return audit.sealOnce(tick());
}

const verify = (shippedHead: SealHead | null = null) => audit.verifySeals({ now: tick(), shippedHead });
const run = (text: string) => sql.raw(text).execute(db.paging);

/** One transaction that appends `count` entries. */
async function append(log: SealedLog, count = 1, at = T0): Promise<void> {
  await sql`INSERT INTO ${sql.table(log)} (at, subject, kind, payload)
    SELECT ${at}::timestamptz + g * interval '1 us', ${subject}, 'opened', json_build_object('title', 'disk ' || g) FROM generate_series(1, ${count}) g`.execute(
    db.paging,
  );
}

/** Three seals: 1 over four alert events and an audit entry, 2 over three page events, 3 over four alert events. */
async function threeSeals(): Promise<readonly SealHead[]> {
  const heads: SealHead[] = [];
  const steps = [
    async () => {
      await append('alert_events', 4);
      await inTransaction(db.paging, (trx) =>
        audit.record(trx, { actor: 'user:1', at: T0, kind: 'policy.changed', subject, payload: { a: 1 } }),
      );
    },
    () => append('page_events', 3),
    () => append('alert_events', 4),
  ];
  for (const step of steps) {
    await step();
    const outcome = await seal();
    if (outcome.sealed) heads.push(outcome.head);
  }
  return heads;
}

const found = async (head: SealHead | null = null) =>
  (await verify(head)).faults.map(({ what, seal: n, log }) => [what, n, log]);

describe('what nobody touched', () => {
  test('verifies, and entries younger than the last seal are counted as unsealed', async () => {
    const heads = await threeSeals();
    await append('audit_entries', 2);
    expect(await verify(heads[1])).toEqual({
      sealed: 12,
      erased: 0,
      unsealed: 2,
      retired: 0,
      newest: heads[2],
      faults: [],
      moreFaults: 0,
    });
  });

  test('verifies when there is nothing at all', async () => {
    expect(await verify()).toMatchObject({ sealed: 0, unsealed: 0, newest: null, faults: [] });
    expect(await seal()).toEqual({ sealed: false, reason: 'nothing-new' });
    expect([await audit.newestSeal(), await audit.unsealedSince()]).toEqual([null, null]);
  });

  test('is sealed 5,000 entries a log and pass at most, at most once a second', async () => {
    await append('alert_events', 5_003);
    await append('page_events', 2);
    expect(await seal()).toMatchObject({ sealed: true, entries: 5_002 });
    expect(await audit.sealOnce(T0.add({ seconds, milliseconds: 999 }))).toEqual({ sealed: false, reason: 'too-soon' });
    expect((await audit.unsealedSince())?.toString()).toBe('2026-11-21T10:00:00.005001Z');
    expect(await seal()).toMatchObject({ sealed: true, entries: 3 });
    expect([await seal(), await audit.unsealedSince()]).toEqual([{ sealed: false, reason: 'nothing-new' }, null]);
    expect(await verify()).toMatchObject({ sealed: 5_005, unsealed: 0, faults: [] });
  });

  test('is sealed by the job; a shipped seal is noted once', async () => {
    await append('alert_events', 1);
    const job = sealJob(audit);
    await settle();
    expect(job).toMatchObject({ name: 'seal', everySeconds: 1, scope: 'organisation' });
    // The runner holds a transaction of its own meanwhile; it must not keep what was committed before from being sealed.
    const jobs = createJobs({
      db: db.paging,
      clock: createManualClock(T0),
      jobs: [job],
      onError: (_, error) => expect.fail(`${error}`),
    });
    await jobs.pass(tick());
    const head = (await audit.newestSeal()) as SealHead;
    await audit.markShipped(head.n, T0);
    await audit.markShipped(head.n, T0.add({ seconds: 9 }));
    const stored = await db.paging.selectFrom('seals').select(['n', 'shipped_at']).execute();
    expect(stored).toEqual([{ n: 1, shipped_at: T0 }]);
    expect((await verify(head)).faults).toEqual([]);
  });
});

describe('what somebody touched is found', () => {
  const second = '(SELECT id FROM alert_events ORDER BY id OFFSET 1 LIMIT 1)';
  test.each([
    [
      'an edited payload',
      `UPDATE alert_events SET payload = '{"title":"disk 9"}' WHERE id = ${second}`,
      'entry-changed',
    ],
    [
      'white space in a payload',
      `UPDATE alert_events SET payload = (payload::text || ' ')::json WHERE id = ${second}`,
      'entry-changed',
    ],
    ['an edited kind', `UPDATE alert_events SET kind = 'closed' WHERE id = ${second}`, 'entry-changed'],
    ['an edited subject', `UPDATE alert_events SET subject = gen_random_uuid() WHERE id = ${second}`, 'entry-changed'],
    ['an edited time', `UPDATE alert_events SET at = at + interval '1 us' WHERE id = ${second}`, 'entry-changed'],
    ['an exchanged salt', `UPDATE alert_events SET salt = gen_random_uuid() WHERE id = ${second}`, 'entry-changed'],
    [
      'a payload removed without its hash',
      `UPDATE alert_events SET payload = NULL, salt = NULL WHERE id = ${second}`,
      'entry-changed',
    ],
    [
      'a payload edited behind the hash of the old one',
      `UPDATE alert_events SET payload = '{"title":"disk 9"}', erased_hash = sha256(convert_to(salt || payload::text, 'UTF8')) WHERE id = ${second}`,
      'entry-changed',
    ],
    ['a dropped entry', `DELETE FROM alert_events WHERE id = ${second}`, 'entry-missing'],
    [
      'a dropped first entry',
      'DELETE FROM alert_events WHERE id = (SELECT min(id) FROM alert_events)',
      'entry-missing',
    ],
    [
      'an inserted entry',
      "INSERT INTO alert_events (xid, id, at, subject, kind) OVERRIDING SYSTEM VALUE SELECT xid, 0, at, subject, 'opened' FROM alert_events ORDER BY id LIMIT 1",
      'entry-added',
    ],
    [
      'two swapped payloads',
      'UPDATE alert_events a SET payload = b.payload, salt = b.salt FROM alert_events b WHERE a.xid = b.xid AND ((a.id = 1 AND b.id = 2) OR (a.id = 2 AND b.id = 1))',
      'entry-changed',
    ],
  ])('%s', async (_what, statement, what) => {
    await threeSeals();
    await run(statement);
    expect(await found()).toEqual([[what, 1, 'alert_events']]);
    expect(await verify()).toMatchObject({ sealed: 8, unsealed: 0, retired: 0 });
  });

  test('an entry moved to another week', async () => {
    await threeSeals();
    await run("UPDATE alert_events SET at = at - interval '900 days' WHERE id = 2");
    expect(await found()).toEqual([
      ['entry-missing', 1, 'alert_events'],
      ['entry-added', 1, 'alert_events'],
    ]);
  });

  test('a fault names its range, and the entry where it stands alone', async () => {
    await threeSeals();
    await run("UPDATE audit_entries SET payload = '{}'");
    const [row] = await db.paging.selectFrom('audit_entries').select(['xid', 'id']).execute();
    expect((await verify()).faults).toEqual([
      {
        what: 'entry-changed',
        seal: 1,
        log: 'audit_entries',
        xid: row?.xid,
        id: row?.id,
        between: [
          { xid: '0', id: 0 },
          { xid: row?.xid, id: row?.id },
        ],
        counts: { sealed: 1, stored: 1 },
      },
    ]);
  });

  test('an edited seal, whatever of it was edited', async () => {
    for (const set of [
      'logs = replace(logs::text, \'"count":3\', \'"count":2\')::json',
      "logs = 'null'",
      "at = at + interval '1 us'",
      "previous = sha256('')",
      "hash = sha256('')",
    ]) {
      await run('TRUNCATE audit_entries, alert_events, page_events, seals');
      await threeSeals();
      await run(`UPDATE seals SET ${set} WHERE n = 2`);
      expect(await found(), set).toEqual([['seal-changed', 2, null]]);
    }
  });

  test('a dropped seal', async () => {
    const heads = await threeSeals();
    await run('DELETE FROM seals WHERE n = 2');
    expect(await found(heads[2])).toEqual([['seal-missing', 3, null]]);
    await run('DELETE FROM seals WHERE n = 1');
    expect(await found(heads[2])).toEqual([['seal-missing', 3, null]]);
  });

  test('a seal exchanged together with its hash', async () => {
    await threeSeals();
    const before = await sql<{
      logs: string;
      hash: Buffer;
      previous: Buffer;
      at: Temporal.Instant;
    }>`SELECT logs::text, hash, previous, at FROM seals WHERE n = 2`.execute(db.paging);
    const old = before.rows[0] as (typeof before.rows)[0];
    const hash = sealHash({ n: 2, at: T0, logs: old.logs, previous: old.previous.toString('hex') });
    await sql`UPDATE seals SET at = ${T0}, hash = decode(${hash}, 'hex') WHERE n = 2`.execute(db.paging);
    expect(await found()).toEqual([['seal-unchained', 3, null]]);
  });

  test('a tail cut off, back to the seal that is known outside', async () => {
    const heads = await threeSeals();
    await run('DELETE FROM seals WHERE n = 3; DELETE FROM alert_events WHERE id > 4');
    expect(await found(heads[1])).toEqual([]);
    expect(await found(heads[2])).toEqual([['tail-cut', 3, null]]);
    // Nothing inside shows it, which is why the head leaves the box.
    expect(await found()).toEqual([]);
    await append('alert_events');
    await seal();
    expect(await found(heads[2])).toEqual([['tail-replaced', 3, null]]);
  });

  test('everything gone', async () => {
    const heads = await threeSeals();
    await run('TRUNCATE audit_entries, alert_events, page_events, seals');
    expect(await found(heads[2])).toEqual([['tail-cut', 3, null]]);
  });

  test('the tail of a log cut off under its seals', async () => {
    await threeSeals();
    await run('DELETE FROM alert_events WHERE id > 4; DELETE FROM page_events');
    expect(await found()).toEqual([
      ['entry-missing', 2, 'page_events'],
      ['entry-missing', 3, 'alert_events'],
    ]);
  });

  test('an edited newest seal stops the sealer instead of being built on', async () => {
    await threeSeals();
    await append('alert_events');
    await run("UPDATE seals SET logs = 'null' WHERE n = 3");
    await expect(seal()).rejects.toThrow('Seal 3 cannot be read');
  });
});

describe('erasure', () => {
  test('leaves a tombstone under which the seals verify, also when it came before the seal', async () => {
    await append('alert_events', 3);
    await seal();
    await append('page_events', 2);
    const erase = async (log: SealedLog, id: number) => {
      const { xid } = await db.paging.selectFrom(log).select('xid').where('id', '=', id).executeTakeFirstOrThrow();
      return inTransaction(db.paging, (trx) => audit.erase(trx, log, { xid, id }));
    };
    expect([await erase('alert_events', 2), await erase('page_events', 1)]).toEqual(['erased', 'erased']);
    expect(await erase('alert_events', 2)).toBe('erased-before');
    await seal();
    expect(await verify()).toMatchObject({ sealed: 5, erased: 2, faults: [] });
    const row = await db.paging
      .selectFrom('alert_events')
      .select(['payload', 'salt', 'erased_hash'])
      .where('id', '=', 2)
      .executeTakeFirst();
    expect(row).toEqual({ payload: null, salt: null, erased_hash: expect.any(Buffer) });
    await run("UPDATE alert_events SET erased_hash = sha256('') WHERE id = 2");
    expect(await found()).toEqual([['entry-changed', 1, 'alert_events']]);
  });

  test('of what is not there says so', async () => {
    expect(await inTransaction(db.paging, (trx) => audit.erase(trx, 'alert_events', { xid: '1', id: 1 }))).toBe(
      'no-such-entry',
    );
  });
});

describe('order of commits', () => {
  test('transactions are ordered as numbers, not as texts', async () => {
    await run(
      `INSERT INTO page_events (xid, at, subject, kind) VALUES ('100', '${T0}', '${subject}', 'x'), ('99', '${T0}', '${subject}', 'x')`,
    );
    expect(await seal()).toMatchObject({ sealed: true, entries: 2 });
    expect(await seal()).toEqual({ sealed: false, reason: 'nothing-new' });
    expect(await verify()).toMatchObject({ sealed: 2, unsealed: 0, faults: [] });
  });

  test('an entry of a transaction that still runs is not passed over: later ones wait for it', async () => {
    await withClient(database.connectionString, async (slow) => {
      await append('alert_events');
      await slow.query('BEGIN');
      await slow.query("INSERT INTO alert_events (at, subject, kind) VALUES ($1, $2, 'slow')", [
        T0.toString(),
        subject,
      ]);
      const { rows } = await slow.query('SELECT pg_current_xact_id()::text AS xid');
      await append('alert_events', 2);
      await settle(rows[0].xid);
      expect(await audit.sealOnce(tick())).toMatchObject({ sealed: true, entries: 1 });
      expect(await audit.sealOnce(tick())).toEqual({ sealed: false, reason: 'nothing-new' });
      expect(await verify()).toMatchObject({ sealed: 1, unsealed: 2, faults: [] });
      await slow.query('COMMIT');
      expect(await seal()).toMatchObject({ sealed: true, entries: 3 });
    });
    expect(await verify()).toMatchObject({ sealed: 4, unsealed: 0, faults: [] });
  });

  test('a transaction that began first and writes last is sealed in its place', async () => {
    await withClient(database.connectionString, async (slow) => {
      await slow.query('BEGIN');
      const { rows } = await slow.query('SELECT pg_current_xact_id()::text AS xid');
      await append('alert_events', 2);
      await settle(rows[0].xid);
      expect(await audit.sealOnce(tick())).toEqual({ sealed: false, reason: 'nothing-new' });
      await slow.query("INSERT INTO alert_events (at, subject, kind) VALUES ($1, $2, 'slow')", [
        T0.toString(),
        subject,
      ]);
      await slow.query('COMMIT');
      expect(await seal()).toMatchObject({ sealed: true, entries: 3 });
      const first = await db.paging
        .selectFrom('alert_events')
        .select(['xid', 'kind'])
        .orderBy('xid')
        .orderBy('id')
        .executeTakeFirst();
      expect(first).toEqual({ xid: rows[0].xid, kind: 'slow' });
    });
    expect(await verify()).toMatchObject({ sealed: 3, faults: [] });
  });

  test('what was rolled back leaves no gap that is a fault', async () => {
    await withClient(database.connectionString, async (client) => {
      await client.query(
        `BEGIN; INSERT INTO alert_events (at, kind, subject) VALUES ('2026-11-21Z', 'x', '${subject}'); ROLLBACK`,
      );
    });
    await threeSeals();
    expect((await verify()).faults).toEqual([]);
  });
});

describe('two sealers at once', () => {
  test('that saw the same newest seal make one seal, not a fork', async () => {
    const other = createAudit({ db });
    await threeSeals();
    await append('alert_events', 3);
    await settle();
    const outcomes = await withClient(database.connectionString, async (gate) => {
      // Both may read, none may write, until both have read.
      await gate.query('BEGIN; LOCK TABLE seals IN SHARE MODE');
      const both = [audit.sealOnce(tick()), other.sealOnce(tick())];
      const waiting = "SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'seals'::regclass AND NOT granted";
      while ((await gate.query(waiting)).rows[0].n < 2);
      await gate.query('COMMIT');
      return Promise.all(both);
    });
    expect(outcomes).toContainEqual({ sealed: false, reason: 'another-was-first' });
    expect(outcomes).toContainEqual(expect.objectContaining({ sealed: true, entries: 3 }));
    expect(await verify()).toMatchObject({ sealed: 15, newest: { n: 4 }, faults: [] });
  });

  test('beside writers seal every entry once', async () => {
    const sealers = [audit, createAudit({ db }), createAudit({ db })];
    let sealed = 0;
    for (let round = 0; round < 15; round += 1) {
      const writes = Promise.all([append('alert_events', 20), append('alert_events', 5), append('page_events', 7)]);
      const now = tick();
      for (const outcome of await Promise.all(sealers.map((each) => each.sealOnce(now))))
        sealed += outcome.sealed ? outcome.entries : 0;
      await writes;
    }
    const last = await seal();
    sealed += last.sealed ? last.entries : 0;
    expect(sealed).toBe(15 * 32);
    expect(await verify()).toMatchObject({ sealed: 15 * 32, unsealed: 0, faults: [] });
  });
});

describe('retention', () => {
  const daysAgo = (days: number) => T0.subtract({ hours: 24 * days });
  const partition = (log: SealedLog, days: number) =>
    sql<{
      name: string;
    }>`SELECT tableoid::regclass::text AS name FROM ${sql.table(log)} WHERE at < ${daysAgo(days - 1)} LIMIT 1`
      .execute(db.paging)
      .then(({ rows }) => rows[0]?.name);

  test('that drops a week is no fault; of a range across two weeks the kept one is still checked', async () => {
    for (const days of [420, 413, 300]) await maintainPartitions(db.paging, daysAgo(days));
    // One seal over the end of a week that goes and the beginning of one that stays.
    const monday = Temporal.Instant.from('2025-10-13T00:00:00Z');
    await append('alert_events', 4, monday.subtract({ microseconds: 2 }));
    await append('audit_entries', 2, monday.subtract({ microseconds: 5 }));
    await seal();
    await append('alert_events', 2, daysAgo(300));
    await seal();
    expect(await verify()).toMatchObject({ sealed: 8, retired: 0, faults: [] });
    // 400 days after the first week's end, to the day: only that one goes. Audit entries stay three years.
    const now = monday.add({ hours: 24 * 400 });
    await maintainPartitions(db.paging, now);
    const report = () => audit.verifySeals({ now });
    expect(await report()).toMatchObject({ sealed: 7, retired: 1, faults: [] });
    await run("UPDATE alert_events SET kind = 'closed' WHERE id = 3");
    expect(await report()).toMatchObject({
      retired: 1,
      faults: [{ what: 'entry-changed', log: 'alert_events', seal: 1 }],
    });
    await run('DROP TABLE alert_events_20251013');
    expect(await report()).toMatchObject({
      retired: 1,
      faults: [{ what: 'entry-missing', log: 'alert_events', seal: 1 }],
    });
  });

  test('does not excuse a week dropped before its time', async () => {
    await maintainPartitions(db.paging, daysAgo(300));
    await append('alert_events', 4, daysAgo(300));
    await seal();
    await run(`DROP TABLE ${await partition('alert_events', 300)}`);
    expect(await found()).toEqual([['entry-missing', 1, 'alert_events']]);
  });

  test('does not excuse a part of a week past its time', async () => {
    await append('alert_events', 4, daysAgo(500));
    await seal();
    await run('DELETE FROM alert_events WHERE id = 2');
    expect(await found()).toEqual([['entry-missing', 1, 'alert_events']]);
  });
});
