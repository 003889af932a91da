import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openReceiver, type Manner, type Receiver } from '#harness/receiver';
import { createManualClock, type ManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, type Db, inTransaction, openDatabases, type Trx } from '#platform/db';
import { createEgress, type Egress } from '#platform/egress';
import type { Actor } from '#platform/http/actor';
import { createIds } from '#platform/ids';
import { createSecrets, SecretUnreadable } from '#platform/secrets';
import { createTestDatabase, type TestDatabase } from '../../../../test/harness/database.ts';
import type { NewEvent } from '../model.ts';
import { deleteOld, endExcess, endOverdue, insertEvents } from '../outbox/store.ts';
import { takeTurn } from './service.ts';
import { createWebhooks, type Webhooks, type WebhooksDeps } from '../service.ts';

const T0 = Temporal.Instant.from('2026-03-10T12:00:00Z');
const system: Actor = { kind: 'system', name: 'test' };
const anything: NewEvent = {
  type: 'page.opened',
  at: T0,
  pageId: null,
  teamId: null,
  agent: { type: 'system' },
  data: {},
};

let database: TestDatabase;
let db: Databases;
let clock: ManualClock;
let egress: Egress;
let webhooks: Webhooks;
let alarms: string[];
let ends: string[];
let open: Receiver[];
let senders: Webhooks[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(async () => {
  await sql`TRUNCATE webhook_subscriptions, webhook_events, webhook_deliveries, webhook_attempts`.execute(db.paging);
  clock = createManualClock(T0);
  egress = createEgress({ allow: ['127.0.0.1'] });
  alarms = [];
  ends = [];
  open = [];
  senders = [];
  webhooks = await sender();
});
afterEach(async () => {
  egress.close();
  for (const one of open) await one.close();
  await Promise.all(senders.map((one) => one.stop()));
});

/** A process: its own cache and sender on the one database. */
async function sender(more: Partial<WebhooksDeps> = {}): Promise<Webhooks> {
  const deps = depsOf(more);
  const made = createWebhooks(deps);
  await deps.config.refresh();
  senders.push(made);
  return made;
}

function depsOf(more: Partial<WebhooksDeps> = {}): WebhooksDeps {
  return {
    db,
    clock,
    newId: createIds(clock),
    config: createConfigCache(db.paging),
    egress,
    refuses: () => null,
    sealing: createSecrets({ current: Buffer.alloc(32, 7) }),
    baseUrl: () => 'https://tocsin.test',
    timeoutMs: 400,
    awaitCalls: true,
    wake: () => {},
    onTry: (result) => void ends.push(result),
    onError: (where, error) => {
      throw new Error(where, { cause: error });
    },
    ports: {
      nameOf: () => null,
      audit: async () => {},
      tellSwitchedOff: async (_trx, { what }) => void alarms.push(what),
    },
    ...more,
  };
}

async function subscribed(manner: Manner = 204) {
  const receiver = await openReceiver(manner);
  open.push(receiver);
  const draft = { url: receiver.url, description: '', eventTypes: ['*'], teamId: null, enabled: true } as const;
  const { subscription } = await webhooks.subscriptions.create(draft, { actor: system, now: clock.now() });
  return { receiver, id: subscription.id };
}

const newId = createIds({ epochMs: () => T0.epochMilliseconds });

async function happen(to: readonly string[], many = 1): Promise<void> {
  const events = Array.from({ length: many }, (_, n) => ({ id: newId(), event: { ...anything, data: { n } }, to }));
  await inTransaction(db.paging, (trx) => insertEvents(trx, events, clock.now()));
}

const numbers = ({ calls }: Receiver) => calls.map(({ event }) => event.data.n as number);
const upTo = (many: number) => Array.from({ length: many }, (_, n) => n);
async function drain(one = webhooks): Promise<number> {
  for (let passes = 0; ; passes += 1) if ((await one.sendDue(clock.now())).done === 0) return passes;
}
const pass = (seconds: number) => clock.set(clock.now().add({ seconds }));
const states = async (id: string) =>
  (await webhooks.deliveries({ subscriptionId: id, state: null, before: null, limit: 200 })).map(
    ({ state, reason, attempts }) => [state, reason, attempts],
  );

describe('deliveries of one subscription', () => {
  test('go in order, one at a time, each once, whoever sends', async () => {
    const { receiver, id } = await subscribed((_request, response) => {
      setTimeout(() => response.writeHead(204).end(), 1);
    });
    await happen([id], 120);
    const second = await sender();
    await Promise.all([drain(), drain(second)]);
    await drain();
    expect(numbers(receiver)).toEqual(upTo(120));
    expect(receiver.mostAtOnce()).toBe(1);
  });

  test('are taken by one of many that claim at the same moment', async () => {
    const slow: Manner = (_request, response) => {
      setTimeout(() => response.writeHead(204).end(), 20);
    };
    const all = [];
    for (let i = 0; i < 10; i += 1) all.push(await subscribed(slow));
    const many = [];
    for (let i = 0; i < 6; i += 1) many.push(await sender());
    for (let round = 0; round < 3; round += 1) {
      await happen(all.map(({ id }) => id));
      await Promise.all(many.map((one) => one.sendDue(clock.now())));
    }
    await drain();
    expect(all.map(({ receiver }) => [receiver.calls.length, receiver.mostAtOnce()])).toEqual(all.map(() => [3, 1]));
  });

  test('that were written in one transaction keep its order', async () => {
    const { receiver, id } = await subscribed();
    await happen([id], 5);
    await happen([id], 5);
    await drain();
    expect(numbers(receiver)).toEqual([...upTo(5), ...upTo(5)]);
  });

  test('are made again, with the same id, when the process that made them is gone', async () => {
    let answer = () => {};
    const { receiver, id } = await subscribed((_request, response) => {
      answer = () => response.writeHead(500).end('late');
    });
    await happen([id], 2);
    const gone = await sender({ awaitCalls: false, timeoutMs: 30_000 });
    expect((await gone.sendDue(clock.now())).done).toBe(1);
    await expect.poll(() => receiver.calls.length).toBe(1);
    const late = answer;
    receiver.behave(204);
    pass(19);
    expect(await drain()).toBe(0);
    pass(1);
    await drain();
    expect(numbers(receiver)).toEqual([0, 0, 1]);
    expect(new Set(receiver.calls.slice(0, 2).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    // The lost process comes back: what it learns is kept as a try, and moves nothing.
    late();
    const first = (await webhooks.deliveries({ subscriptionId: id, state: null, before: null, limit: 9 }))[1];
    await expect.poll(async () => (await webhooks.delivery(id, first?.id ?? 0))?.tries.length).toBe(2);
    expect(await states(id)).toEqual([
      ['delivered', null, 1],
      ['delivered', null, 1],
    ]);
    expect(await webhooks.subscriptions.get(id)).toMatchObject({ failures: 0, failingSince: null });
    expect(receiver.calls).toHaveLength(3);
  });

  test('are not sent by who has lost the lease meanwhile', async () => {
    const { receiver, id } = await subscribed();
    await happen([id]);
    await takeTurn(depsOf(), { id, lease: newId() }, new AbortController().signal);
    expect(receiver.calls).toHaveLength(0);
    expect((await webhooks.waiting()).get(id)).toBe(1);
  });

  test('wait while the clock and the database disagree, and leave no lease behind', async () => {
    const { receiver, id } = await subscribed();
    await happen([id]);
    clock.skewDatabase(60_000);
    expect((await webhooks.sendDue(clock.now())).done).toBe(0);
    expect(receiver.calls).toHaveLength(0);
    clock.skewDatabase(0);
    await drain();
    expect(receiver.calls).toHaveLength(1);
  });

  test('are not sent unsigned when their secret cannot be opened, and wait for the key', async () => {
    const { receiver, id } = await subscribed();
    await happen([id]);
    const keyless = await sender({
      sealing: {
        seal: () => Buffer.alloc(0),
        open: () => {
          throw new SecretUnreadable('another key');
        },
      },
    });
    await drain(keyless);
    expect(await states(id)).toEqual([['waiting', 'secret-unreadable', 1]]);
    pass(60);
    await drain();
    expect(ends).toEqual(['secret-unreadable', 'ok']);
    expect(receiver.calls).toHaveLength(1);
  });

  test('that were ended by hand while their call was under way stay ended', async () => {
    const { receiver, id } = await subscribed();
    receiver.behave((_request, response) => {
      webhooks.subscriptions.archive(id, { actor: system, now: clock.now() }).then(
        () => response.writeHead(200).end(),
        () => response.destroy(),
      );
    });
    await happen([id], 3);
    await drain();
    expect(receiver.calls).toHaveLength(1);
    const { rows } = await sql<{ state: string; reason: string }>`SELECT state, reason FROM webhook_deliveries`.execute(
      db.paging,
    );
    expect(rows).toEqual(upTo(3).map(() => ({ state: 'failed', reason: 'switched-off' })));
  });
});

describe('a receiver delays nobody else', () => {
  test('though 10,000 events wait for one that is dead', async () => {
    const dead = await subscribed(500);
    const good = await subscribed();
    await happen([dead.id], 10_000);
    await drain();
    expect(dead.receiver.calls).toHaveLength(1);
    await happen([dead.id, good.id], 100);
    const passes = await drain();
    expect(numbers(good.receiver)).toEqual(upTo(100));
    expect(dead.receiver.calls).toHaveLength(1);
    // Two turns of 50 and what finds nothing more: the waiting ones cost no pass.
    expect(passes).toBeLessThanOrEqual(3);
    pass(10);
    await drain();
    expect(dead.receiver.calls).toHaveLength(2);
    expect((await webhooks.waiting()).get(dead.id)).toBe(10_100);
    const { rows } = await sql<{ 'QUERY PLAN': string }>`
      EXPLAIN SELECT s.id FROM webhook_subscriptions s WHERE s.enabled
         AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.subscription_id = s.id AND d.state = 'waiting')`.execute(
      db.paging,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toMatch(/Seq Scan on webhook_deliveries/);
  });

  test('though it takes the call and never answers', async () => {
    const hangs = await subscribed(() => {});
    const good = await subscribed();
    const live = await sender({ awaitCalls: false, timeoutMs: 20_000 });
    await happen([hangs.id], 3);
    expect((await live.sendDue(clock.now())).done).toBe(1);
    await expect.poll(() => hangs.receiver.calls.length).toBe(1);
    await happen([good.id, hangs.id], 50);
    expect((await live.sendDue(clock.now())).done).toBe(1);
    await expect.poll(() => numbers(good.receiver), { timeout: 5_000 }).toEqual(upTo(50));
    expect(hangs.receiver.calls).toHaveLength(1);
    // A stop does not wait for it, and the call is made again by the next process.
    await live.stop();
    hangs.receiver.behave(204);
    await drain();
    expect(numbers(hangs.receiver)).toEqual([0, 0, 1, 2, ...upTo(50)]);
  });

  test('and holds up no page: the outbox touches no row of a subscription', async () => {
    const { id } = await subscribed();
    await inTransaction(db.paging, async (holder) => {
      await sql`SELECT FROM webhook_subscriptions FOR UPDATE`.execute(holder);
      await inTransaction(db.paging, async (trx) => {
        await sql`SET LOCAL lock_timeout = '200ms'`.execute(trx);
        await insertEvents(trx, [{ id: newId(), event: anything, to: [id] }], clock.now());
      });
    });
    expect((await webhooks.waiting()).get(id)).toBe(1);
  });
});

describe('the outbox', () => {
  test('writes nothing and asks nothing when nobody listens', async () => {
    const untouchable = new Proxy({}, { get: () => expect.fail('a statement was made') }) as Trx;
    const happening = { groupId: newId(), standing: null, fact: { kind: 'opened', payload: {} } } as const;
    await webhooks.happened(untouchable, [happening], T0);
    const { id } = await subscribed();
    const listening = await sender();
    const { version, url } = await webhooks.subscriptions.get(id);
    const off = { url, description: '', eventTypes: ['*'], teamId: null, enabled: false, version } as const;
    await webhooks.subscriptions.update(id, off, { actor: system, now: T0 });
    await webhooks.happened(untouchable, [happening], T0);
    expect(listening.isFollowed()).toBe(true);
    expect(webhooks.isFollowed()).toBe(false);
  });

  test('takes two statements for fifty pages as for one', async () => {
    await subscribed();
    const count = async (many: number) => {
      let statements = 0;
      const groups = upTo(many).map(() => newId());
      await sql`INSERT INTO alert_groups (id, route_id, group_hash, labels, options, reason, title, severity, integration_id, opened_at, last_joined_at, last_event_at, config_version)
        SELECT id, gen_random_uuid(), uuid_send(id), '{}', '{}', '{}', 'a page', 3, gen_random_uuid(), ${T0}, ${T0}, ${T0}, 1 FROM unnest(${groups}::uuid[]) AS id`.execute(
        db.paging,
      );
      await inTransaction(db.paging, async (trx) => {
        const counted = trx.withPlugin({
          transformQuery: ({ node }) => {
            statements += 1;
            return node;
          },
          transformResult: async ({ result }) => result,
        }) as Trx;
        const happenings = groups.map((groupId) => ({
          groupId,
          standing: null,
          fact: { kind: 'opened' as const, payload: {} },
        }));
        await webhooks.happened(counted, happenings, T0);
      });
      return statements;
    };
    expect([await count(1), await count(50)]).toEqual([2, 2]);
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM webhook_deliveries`.execute(db.paging);
    expect(rows[0]?.n).toBe(51);
  });

  test('tells nothing of a transaction that is rolled back', async () => {
    const { id, receiver } = await subscribed();
    const rolledBack = inTransaction(db.paging, async (trx) => {
      await insertEvents(trx, [{ id: newId(), event: anything, to: [id] }], T0);
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await drain();
    expect(receiver.calls).toHaveLength(0);
  });

  test('gives up what waited 48 hours and forgets what is older than 7 days, but nothing that still waits', async () => {
    const { id } = await subscribed(500);
    await happen([id], 3);
    pass(49 * 3_600);
    await happen([id], 1);
    await webhooks.sweep(clock.now());
    expect((await states(id)).map(([state, reason]) => [state, reason])).toEqual([
      ['waiting', null],
      ['failed', 'too-old'],
      ['failed', 'too-old'],
      ['failed', 'too-old'],
    ]);
    await webhooks.subscriptions.resend(id, { id: await oldest(id) }, { actor: system, now: clock.now() });
    pass(6 * 86_400);
    const kept = clock.now().subtract({ hours: 24 * 7 });
    expect(await deleteOld(db.paging, { oldest: kept, limit: 100 })).toBe(2);
    expect(await endOverdue(db.paging, { oldest: clock.now(), limit: 100, now: clock.now() })).toBe(2);
    expect(await deleteOld(db.paging, { oldest: kept, limit: 100 })).toBe(2);
    expect(await tables()).toEqual([0, 0, 0]);
  });

  test('gives up the oldest of what is too much, for that receiver alone', async () => {
    const [one, other] = [await subscribed(500), await subscribed(500)];
    await happen([one.id, other.id], 10);
    expect(await endExcess(db.paging, { subscriptionId: one.id, most: 4, limit: 100, now: T0 })).toBe(6);
    expect(await endExcess(db.paging, { subscriptionId: one.id, most: 4, limit: 100, now: T0 })).toBe(0);
    expect((await states(one.id)).map(([state]) => state)).toEqual([
      ...upTo(4).map(() => 'waiting'),
      ...upTo(6).map(() => 'failed'),
    ]);
    expect((await states(other.id)).every(([state]) => state === 'waiting')).toBe(true);
  });
});

const oldest = async (id: string) =>
  (await webhooks.deliveries({ subscriptionId: id, state: null, before: null, limit: 200 })).at(-1)?.id ?? 0;

async function tables(): Promise<readonly number[]> {
  const count = async (of: Db, table: 'webhook_events' | 'webhook_deliveries' | 'webhook_attempts') =>
    (await sql<{ n: number }>`SELECT count(*)::int AS n FROM ${sql.table(table)}`.execute(of)).rows[0]?.n ?? -1;
  return [
    await count(db.paging, 'webhook_events'),
    await count(db.paging, 'webhook_deliveries'),
    await count(db.paging, 'webhook_attempts'),
  ];
}

describe('a subscription', () => {
  const manager = (teamIds: readonly string[]): Actor => ({
    kind: 'user',
    userId: newId(),
    name: 'Max',
    role: 'manager',
    teamIds,
    via: 'session',
    scopes: null,
  });

  test('of no team, or of another’s, is not a manager’s to make or change', async () => {
    const { id } = await subscribed();
    const team = newId();
    await sql`INSERT INTO teams (id, key, name, created_at, updated_at) VALUES (${team}, ${team}, 'x', ${T0}, ${T0})`.execute(
      db.paging,
    );
    const acted = { actor: manager([team]), now: T0 };
    const draft = { url: 'http://127.0.0.1/', description: '', eventTypes: ['*'], enabled: true } as const;
    const { subscriptions } = webhooks;
    await expect(subscriptions.create({ ...draft, teamId: null }, acted)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(subscriptions.update(id, { ...draft, teamId: team, version: 1 }, acted)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(subscriptions.rotate(id, 0, acted)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(subscriptions.test(id, acted)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(subscriptions.resend(id, { failedSince: T0 }, acted)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(subscriptions.archive(id, acted)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await subscriptions.list()).map((one) => one.id)).toEqual([id]);
  });

  test('of a team that there is not is a fault of that field', async () => {
    const draft = { url: 'http://127.0.0.1/', description: '', eventTypes: ['*'], enabled: true } as const;
    await expect(
      webhooks.subscriptions.create({ ...draft, teamId: newId() }, { actor: system, now: T0 }),
    ).rejects.toMatchObject({ code: 'BODY_INVALID' });
  });

  test('is changed at the version that was read only', async () => {
    const { id } = await subscribed();
    const draft = {
      url: 'http://127.0.0.1/',
      description: '',
      eventTypes: ['*'],
      teamId: null,
      enabled: true,
    } as const;
    await expect(
      webhooks.subscriptions.update(id, { ...draft, version: 7 }, { actor: system, now: T0 }),
    ).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
  });
});
