import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DueGroup } from '#alerts';
import { createManualClock } from '#platform/clock';
import { createConfigCache, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, json, openDatabases } from '#platform/db';
import { createIds } from '#platform/ids';
import { defaultRouteOptions } from '#routing';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import type { EscalationPorts, PageRequest } from './ports.ts';
import { escalationRoutes } from './routes.ts';
import { createEscalation, type Escalation } from './service.ts';
import { readLatestRuns } from './store.ts';
import { at, T0 } from './testkit.ts';

const clock = createManualClock(T0);
const newId = createIds(clock);
const [ann, bo, cy, duty, primary] = [newId(), newId(), newId(), newId(), newId()];
const names = new Map([
  [ann, 'ann'],
  [bo, 'bo'],
  [cy, 'cy'],
  [duty, 'duty'],
]);

let database: TestDatabase;
let db: Databases;
let escalation: Escalation;
let config: ReturnType<typeof createConfigCache>;
let policyId: string;
let unreachable: Set<string>;
let failPages: boolean;
let refreshes = 0;
let skipRefreshes = 0;
let log: string[];

const name = (id: string | undefined) => names.get(id ?? '') ?? id ?? '';
const ports: EscalationPorts = {
  people: { person: (id) => (names.has(id) ? 'active' : null), activeMembersOf: () => null },
  oncall: { onCallAt: (id) => (id === primary ? [ann] : null) },
  owners: { policyOf: () => policyId },
  pager: {
    reachOf: (id) =>
      unreachable.has(id) ? { reachable: false, reason: 'no-contact-method' } : { reachable: true, methods: 1 },
    endpointExists: () => false,
    async queuePages(_trx, requests: readonly PageRequest[]) {
      if (failPages) throw new Error('the database went away');
      for (const { round, step, userId } of requests) log.push(`${round}.${step} ${name(userId)}`);
    },
    async cancelForRuns(_trx, runIds, reason) {
      log.push(`cancel ${runIds.length} ${reason}`);
      return 0;
    },
    async queueUpdate(_trx, { userId }) {
      log.push(`update ${name(userId)}`);
    },
    async queueResolved(_trx, groups) {
      log.push(`resolved ${groups.length}`);
    },
    async raiseAlarms(_trx, alarms) {
      for (const alarm of alarms) log.push(`alarm ${alarm.reason}`);
    },
    async killTokens() {},
  },
  audit: { record: async (_trx, entry) => void log.push(entry.kind) },
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const cache = createConfigCache(db.paging);
  config = {
    ...cache,
    async refresh() {
      refreshes += 1;
      if (skipRefreshes > 0) skipRefreshes -= 1;
      else await cache.refresh();
    },
  };
  escalation = createEscalation({
    db,
    clock,
    newId,
    config,
    ports,
    alerts: () => ({ resolveByHand: async () => 2 }),
    wakeGroups: () => {},
    wakeNotifications: () => {},
  });
  log = [];
  unreachable = new Set();
  failPages = false;
  await config.refresh();
  const steps = [
    { delaySeconds: 300, targets: [{ kind: 'schedule' as const, id: primary }] },
    { delaySeconds: 300, targets: [{ kind: 'user' as const, id: bo }] },
  ];
  const draft = {
    name: 'Payments',
    teamId: null,
    steps,
    rounds: 2,
    repeatIntervalSeconds: 1800,
    ackTimeoutSeconds: 1800,
  };
  policyId = (await escalation.policies.create(draft, { by: 'system:test', now: T0 })).id;
  await escalation.policies.saveLastResort([{ kind: 'user', id: duty }], { by: 'system:test', now: T0 });
});

beforeEach(() => {
  log = [];
  unreachable = new Set();
  failPages = false;
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

/** Stores an open group as grouping does. */
async function openGroup(): Promise<string> {
  const id = newId();
  await db.paging
    .insertInto('alert_groups')
    .values({
      id,
      route_id: newId(),
      group_hash: Buffer.from(id),
      labels: json({}),
      options: json({}),
      reason: json({}),
      title: 'Checkout fails',
      severity: 2,
      integration_id: newId(),
      opened_at: T0,
      last_joined_at: T0,
      last_event_at: T0,
      config_version: 1,
    })
    .execute();
  return id;
}

function due(
  id: string,
  seconds: number,
  change: Partial<DueGroup['change']> | null = { cause: 'opened' },
  runAt: Temporal.Instant | null = null,
): DueGroup {
  return {
    id,
    number: 1,
    routeId: id,
    options: defaultRouteOptions,
    title: 'Checkout fails',
    labels: {} as DueGroup['labels'],
    severity: 2,
    serviceId: null,
    teamId: null,
    firing: 1,
    openedAt: T0,
    lastEventAt: T0,
    version: 1,
    runAt,
    change: change && { cause: 'joined', newKinds: [], severityRaisedTo: null, firing: 1, ...change },
  };
}

/** Decides groups and stores their wake-ups, as the alerts domain does. */
async function decide(groups: readonly DueGroup[], seconds: number, plugin?: KyselyPlugin) {
  return inTransaction(db.paging, async (trx) => {
    const runs = await escalation.decide(plugin ? (trx.withPlugin(plugin) as typeof trx) : trx, groups, at(seconds));
    for (const [id, runAt] of runs)
      await trx.updateTable('alert_groups').set({ run_at: runAt }).where('id', '=', id).execute();
    return runs;
  });
}

/** Resolves when some session of this database waits for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const waiting =
      await sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
        db.paging,
      );
    if (waiting.rows.length > 0) return;
  }
}

async function opened(): Promise<string> {
  const id = await openGroup();
  await decide([due(id, 0)], 0);
  log = [];
  return id;
}

const runOf = async (id: string) => (await readLatestRuns(db.paging, [id])).get(id);
const ledgerOf = async (id: string) =>
  (
    await db.paging
      .selectFrom('page_events')
      .select(['kind', 'payload'])
      .where('subject', '=', id)
      .orderBy('id')
      .execute()
  ).map((row) => row.kind);

describe('deciding groups', () => {
  test('starts a run, calls the first step, arms the one wake-up and writes the ledger', async () => {
    const id = await openGroup();
    const runs = await decide([due(id, 0)], 0);
    expect(runs.get(id)).toEqual(at(300));
    expect(log).toEqual(['0.0 ann']);
    const stored = await runOf(id);
    expect(stored).toMatchObject({ groupId: id, run: { phase: 'escalating', round: 0, step: 0, version: 1 } });
    expect([stored?.run.wakeAt, stored?.run.startedAt]).toEqual([at(300), T0]);
    expect(await ledgerOf(id)).toEqual(['run-started', 'called']);
  });

  test('takes the same number of statements for fifty groups as for one', async () => {
    const count = async (ids: readonly string[], seconds: number, change?: DueGroup['change'] | null) => {
      let statements = 0;
      const plugin: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      await decide(
        ids.map((id) => due(id, seconds, change, change === null ? at(300) : null)),
        seconds,
        plugin,
      );
      return statements;
    };
    const many: string[] = [];
    for (let i = 0; i < 50; i += 1) many.push(await openGroup());
    const one = [await openGroup()];
    expect(await count(many, 0)).toBe(await count(one, 0));
    expect(await count(many, 300, null)).toBe(await count(one, 300, null));
    expect(log.filter((line) => line === '0.1 bo')).toHaveLength(51);
  });

  test('stores a whole run so that the next wake-up goes on from it', async () => {
    const id = await opened();
    const told = [];
    for (const seconds of [300, 600, 900, 1200, 3000, 4800]) {
      await decide([due(id, seconds, null, at(seconds))], seconds);
      told.push(...log.splice(0));
    }
    expect(told).toEqual(['0.1 bo', '1.0 ann', '1.1 bo', '1.2 duty', '2.1 bo', '3.1 bo']);
  });

  test('ends the held run and starts its successor in one transaction when a first of its kind joins', async () => {
    const id = await opened();
    await escalation.act(id, at(10), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
    log = [];
    const runs = await decide([due(id, 60, { cause: 'joined', newKinds: ['db/Disk'] }, at(1810))], 60);
    expect(log).toEqual(['0.-2 bo']);
    expect(runs.get(id)).toEqual(at(360));
    const rows = await db.paging
      .selectFrom('escalation_runs')
      .select(['live', 'phase', 'end_reason'])
      .where('group_id', '=', id)
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { live: false, phase: 'ended', end_reason: { kind: 'superseded' } },
      { live: true, phase: 'escalating', end_reason: null },
    ]);
  });

  test('resolve ends the run, cancels over all runs of the page and leaves no wake-up', async () => {
    const id = await opened();
    const runs = await decide([due(id, 60, { cause: 'all-resolved', firing: 0 }, at(300))], 60);
    expect(runs.get(id)).toBeNull();
    expect(log).toEqual(['cancel 1 resolved', 'resolved 1']);
    expect(await runOf(id)).toMatchObject({ run: { phase: 'ended', wakeAt: null, endReason: { kind: 'resolved' } } });
  });

  test('leaves nothing behind when the calls cannot be queued', async () => {
    const id = await openGroup();
    failPages = true;
    await expect(decide([due(id, 0)], 0)).rejects.toThrow('went away');
    expect(await runOf(id)).toBeUndefined();
    expect(await ledgerOf(id)).toEqual([]);
  });

  test('calls nobody for a route that does not page', async () => {
    const id = await openGroup();
    const group = due(id, 0);
    const runs = await decide([{ ...group, options: { ...group.options, mode: 'record' } }], 0);
    expect([runs.get(id), log]).toEqual([null, []]);
  });

  test('calls the last resort at once when the route names a policy that is gone', async () => {
    const id = await openGroup();
    const group = due(id, 0);
    await decide([{ ...group, options: { ...group.options, policy: { kind: 'policy', id: newId() } } }], 0);
    expect(log).toEqual(['0.0 duty']);
  });

  test('raises an alarm when nobody at all can be reached', async () => {
    unreachable = new Set(names.keys());
    await decide([due(await openGroup(), 0)], 0);
    expect(log).toEqual(['alarm nobody-at-all']);
  });
});

describe("people's acts", () => {
  test('an acknowledge cancels, re-arms the wake-up and raises the version of the page in one commit', async () => {
    const id = await opened();
    const result = await escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(result).toMatchObject({ outcome: 'changed', run: { run: { phase: 'acknowledged', holderId: ann } } });
    expect(log).toEqual(['cancel 1 acknowledged']);
    const group = await db.paging.selectFrom('alert_groups').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect([group.run_at, group.wake_at, group.last_event_at, group.version]).toEqual([at(1890), at(1890), at(90), 2]);
    expect((await runOf(id))?.run).toEqual(result.run?.run);
    const hint = await db.paging
      .selectFrom('hints')
      .selectAll()
      .where('ref', '=', id)
      .orderBy('id', 'desc')
      .executeTakeFirst();
    expect(hint).toMatchObject({ kind: 'page', version: 2 });
  });

  test('an act is never dated before the last event of its page', async () => {
    const id = await opened();
    await sql`UPDATE alert_groups SET last_event_at = ${at(100)} WHERE id = ${id}`.execute(db.paging);
    const result = await escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(result.run?.run.acknowledgedAt).toEqual(at(100));
  });

  test('waits for whoever holds the page, and is decided by what they did', async () => {
    const id = await opened();
    const { acting } = await inTransaction(db.paging, async (trx) => {
      await sql`SELECT id FROM alert_groups WHERE id = ${id} FOR UPDATE`.execute(trx);
      const held = {
        phase: 'acknowledged',
        holder_id: ann,
        acknowledged_by: ann,
        acknowledged_at: at(80),
        quiet_until: at(1880),
      };
      await trx.updateTable('escalation_runs').set(held).where('group_id', '=', id).execute();
      const acting = escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
      await untilSomebodyWaits();
      return { acting };
    });
    expect((await acting).reasons).toEqual([{ kind: 'helper-joined', first: ann, firstAt: at(80), helper: bo }]);
  });

  test('of acknowledges at the same moment one is first and the others help', async () => {
    const id = await opened();
    const people = [ann, bo, cy, duty];
    const results = await Promise.all(
      people.map((by) => escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by, at: now }))),
    );
    const kinds = results.map((result) => result.reasons[0]?.kind).sort();
    expect(kinds).toEqual(['acknowledged', 'helper-joined', 'helper-joined', 'helper-joined']);
    expect(new Set(results.map((result) => result.run?.run.acknowledgedBy)).size).toBe(1);
  });

  test('a refused wish changes nothing', async () => {
    const id = await opened();
    unreachable = new Set([cy]);
    const before = await runOf(id);
    const result = await escalation.act(id, at(90), () => ({ kind: 'reassign', to: cy, by: ann }));
    expect(result.outcome).toBe('refused');
    expect(await runOf(id)).toEqual(before);
    expect(log).toEqual([]);
  });

  test('an act on a page that does not exist says so', async () => {
    await expect(escalation.act(newId(), at(0), () => ({ kind: 'escalate-now', by: ann }))).rejects.toMatchObject({
      code: 'PAGE_NOT_FOUND',
    });
  });

  test('a held page is not wanted by a sender any more, an added responder is', async () => {
    const id = await opened();
    const runId = (await runOf(id))?.id ?? '';
    const pages = [
      { runId, reason: { kind: 'policy-step' } },
      { runId, reason: { kind: 'responder-added' } },
    ];
    expect(await escalation.stillWanted(pages)).toEqual([true, true]);
    await escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(await escalation.stillWanted(pages)).toEqual([false, true]);
    expect(await escalation.stillWanted([{ runId: newId(), reason: { kind: 'policy-step' } }])).toEqual([true]);
  });

  test('a resolve by hand is in the ledger with who did it', async () => {
    const id = await opened();
    expect(await escalation.resolve(id, ann, at(5))).toBe(2);
    expect(await ledgerOf(id)).toContain('resolved-by-hand');
  });
});

describe('policies', () => {
  const change = { by: 'user:x', now: T0 };
  const draft = () => ({
    name: 'Checkout',
    teamId: null,
    rounds: 1,
    repeatIntervalSeconds: 600,
    ackTimeoutSeconds: 600,
    steps: [{ delaySeconds: 60, targets: [{ kind: 'user' as const, id: bo }] }],
  });

  test('are refused for faults of shape only, all at once, with their paths', async () => {
    const bad = {
      ...draft(),
      name: ' ',
      rounds: 0,
      steps: [
        { delaySeconds: 60, targets: [] },
        { delaySeconds: -1, targets: [{ kind: 'user' as const, id: newId() }] },
      ],
    };
    await expect(escalation.policies.create(bad, change)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    const paths = escalation.policies.check(bad, T0).faults.map((fault) => fault.path);
    expect(paths).toEqual(['name', 'rounds', 'steps.0.targets', 'steps.1.delaySeconds', 'steps.1.targets.0']);
  });

  test('are saved with warnings when somebody cannot be reached', async () => {
    unreachable = new Set([bo]);
    const policy = await escalation.policies.create(draft(), change);
    expect(escalation.policies.check(policy, T0).warnings.map((warning) => warning.kind)).toEqual([
      'person-unreachable',
      'step-reaches-nobody',
      'reaches-no-person',
    ]);
  });

  test('change only from the version that was read, and every process sees it', async () => {
    const policy = await escalation.policies.create(draft(), change);
    const changed = await escalation.policies.update(policy.id, { ...draft(), rounds: 5, version: 1 }, change);
    expect(changed.version).toBe(2);
    expect(await escalation.policies.get(policy.id)).toEqual(changed);
    await expect(escalation.policies.update(policy.id, { ...draft(), version: 1 }, change)).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(log).toEqual(['policy.created', 'policy.changed']);
  });

  test('are not archived while a service uses them', async () => {
    const policy = await escalation.policies.create(draft(), change);
    await db.paging
      .insertInto('services')
      .values({ id: newId(), key: 'checkout', name: 'Checkout', policy_id: policy.id, created_at: T0, updated_at: T0 })
      .execute();
    await expect(escalation.policies.archive(policy.id, change)).rejects.toMatchObject({ code: 'POLICY_IN_USE' });
    await db.paging.updateTable('services').set({ policy_id: null }).where('policy_id', '=', policy.id).execute();
    await escalation.policies.archive(policy.id, change);
    await expect(escalation.policies.get(policy.id)).rejects.toMatchObject({ code: 'POLICY_NOT_FOUND' });
  });

  test('are simulated by the functions that page, last resort and repetition included', async () => {
    const { moments } = await escalation.policies.simulate(policyId, { at: T0, urgency: 'high', severity: 1 });
    expect(
      moments.map((moment) => [
        moment.afterSeconds,
        ...moment.calls.flatMap((call) => call.users.map((callee) => name(callee.userId))),
      ]),
    ).toEqual([
      [0, 'ann'],
      [300, 'bo'],
      [600, 'ann'],
      [900, 'bo'],
      [1200, 'duty'],
      [3000, 'bo'],
      [4800, 'bo'],
    ]);
  });

  test('an act that finds a newer configuration under its lock is decided again by that one', async () => {
    const id = await opened();
    await inTransaction(db.paging, raiseConfigVersion);
    refreshes = 0;
    skipRefreshes = 1;
    await escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(refreshes).toBe(2);
    expect((await runOf(id))?.configVersion).toBe(config.version());
  });
});

describe('routes', () => {
  const person = {
    kind: 'user',
    userId: ann,
    name: 'Ann',
    role: 'responder',
    teamIds: [],
    via: 'session',
    scopes: null,
  };

  /** Calls a route as the HTTP edge does: the body through its schema, the answer through the declared one. */
  async function call(
    method: string,
    url: string,
    input: {
      readonly id?: string;
      readonly body?: unknown;
      readonly query?: unknown;
      readonly actor?: unknown;
      readonly seconds?: number;
    } = {},
  ) {
    const route = escalationRoutes(escalation).find((one) => one.method === method && one.url === url);
    if (route === undefined) throw new Error(`no route ${method} ${url}`);
    const request = {
      params: { id: input.id },
      query: route.query?.parse(input.query ?? {}),
      body: route.body?.parse(input.body),
      actor: input.actor ?? person,
      now: at(input.seconds ?? 0),
    };
    const answer = await route.handle(request as never);
    return route.answers[answer.status]?.parse(JSON.parse(JSON.stringify(answer.body))) as Record<string, unknown>;
  }

  test('answer an acknowledge, a second one and a late one in the declared shape, none as an error', async () => {
    const id = await opened();
    const acknowledge = (seconds: number, actor?: unknown) =>
      call('POST', '/api/v1/pages/:id/acknowledge', { id, seconds, actor });
    expect(await acknowledge(10)).toMatchObject({
      outcome: 'changed',
      run: { phase: 'acknowledged', holderId: ann, wakeAt: at(1810).toString() },
    });
    expect(await acknowledge(20, { ...person, userId: bo })).toMatchObject({
      reasons: [{ kind: 'helper-joined', first: ann }],
    });
    expect(await acknowledge(30)).toMatchObject({ outcome: 'unchanged', reasons: [{ kind: 'already-acknowledged' }] });
    await call('POST', '/api/v1/pages/:id/end', { id, seconds: 40 });
    expect(await acknowledge(50)).toMatchObject({
      outcome: 'unchanged',
      reasons: [{ kind: 'already-ended' }],
      run: { phase: 'ended', wakeAt: null },
    });
  });

  test('answer every other act in the declared shape', async () => {
    const id = await opened();
    for (const [name, body] of Object.entries({
      snooze: { forSeconds: 600 },
      unacknowledge: undefined,
      escalate: undefined,
      reassign: { userId: cy },
      responders: { userId: bo },
    })) {
      expect(await call('POST', `/api/v1/pages/:id/${name}`, { id, body })).toMatchObject({
        outcome: 'changed',
        pageId: id,
      });
    }
    expect(await call('POST', '/api/v1/pages/:id/resolve', { id })).toEqual({ pageId: id, resolved: 2 });
  });

  test('refuse with a stable code what cannot be granted', async () => {
    const id = await opened();
    unreachable = new Set([cy]);
    const post = (act: string, input: Parameters<typeof call>[2]) => () =>
      call('POST', `/api/v1/pages/:id/${act}`, input);
    const ended = await opened();
    await post('end', { id: ended })();
    log = [];
    const refused = [
      [post('reassign', { id, body: { userId: cy } }), 'PERSON_UNREACHABLE'],
      [post('snooze', { id, body: { until: T0.toString() } }), 'SNOOZE_INVALID'],
      [post('acknowledge', { id, actor: { kind: 'system', name: 'x' } }), 'ACTOR_NOT_A_PERSON'],
      [post('acknowledge', { id: await openGroup() }), 'PAGE_NOT_CALLING'],
      [post('escalate', { id: ended }), 'PAGE_NOT_CALLING'],
    ] as const;
    for (const [wish, code] of refused) await expect(wish()).rejects.toMatchObject({ code });
    expect(log).toEqual([]);
  });

  test('answer policies, their simulation and the last resort in the declared shape', async () => {
    const body = { name: 'By wire', steps: [{ delaySeconds: 0, targets: [{ kind: 'user', id: bo }] }] };
    const made = (await call('POST', '/api/v1/policies', { body })) as { policy: { id: string } };
    const id = made.policy.id;
    expect(made).toMatchObject({
      policy: { rounds: 3, version: 1 },
      warnings: [{ kind: 'round-wait-raised', toSeconds: 60 }],
    });
    expect(await call('GET', '/api/v1/policies/:id', { id })).toEqual(made);
    expect(await call('POST', '/api/v1/policies/check', { body: { ...body, steps: [] } })).toMatchObject({
      faults: [{ path: 'steps' }],
    });
    const simulated = await call('GET', '/api/v1/policies/:id/simulate', {
      id,
      query: { at: '2026-10-25T02:30:00+01:00' },
    });
    expect(simulated).toMatchObject({
      policyId: id,
      moments: [
        { afterSeconds: 0, at: '2026-10-25T01:30:00Z', calls: [{ users: [{ userId: bo }] }] },
        {},
        {},
        {},
        {},
        {},
      ],
    });
    expect(await call('PUT', '/api/v1/escalation/last-resort', { body: { targets: [] } })).toMatchObject({
      warnings: [{ kind: 'last-resort-reaches-no-person' }],
    });
    const resort = { targets: [{ kind: 'user', id: duty }] };
    await call('PUT', '/api/v1/escalation/last-resort', { body: resort });
    expect(await call('GET', '/api/v1/escalation/last-resort')).toEqual({ ...resort, warnings: [] });
    expect(
      await call('PUT', '/api/v1/policies/:id', { id, body: { ...body, name: 'Renamed', version: 1 } }),
    ).toMatchObject({ policy: { name: 'Renamed', version: 2 } });
    expect(await call('DELETE', '/api/v1/policies/:id', { id })).toBeUndefined();
  });
});
