import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { DueGroup } from '#alerts';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, inTransaction, json, openDatabases } from '#platform/db';
import { createIds } from '#platform/ids';
import { defaultRouteOptions } from '#routing';
import type { EscalationPorts, PageHappening, PageRequest } from './ports.ts';
import { createEscalation, type Escalation } from './service.ts';
import { readLatestRuns } from './store.ts';
import { at, T0 } from './testkit.ts';

/** For database tests only: the service over a database of its own, with the neighbouring domains as ports that take notes. */

const clock = createManualClock(T0);
export const newId = createIds(clock);
export const [ann, bo, cy, duty] = [newId(), newId(), newId(), newId()];
const primary = newId();
export const names = new Map([
  [ann, 'ann'],
  [bo, 'bo'],
  [cy, 'cy'],
  [duty, 'duty'],
]);

/** What a test reads and sets; made anew before each one, the database and the service once a file. */
export interface DbWorld {
  db: Databases;
  escalation: Escalation;
  config: ReturnType<typeof createConfigCache>;
  policyId: string;
  unreachable: Set<string>;
  failPages: boolean;
  refreshes: number;
  skipRefreshes: number;
  log: string[];
  happened: PageHappening[];
}

export const world = {} as DbWorld;
type MakeDatabase = () => Promise<{ readonly connectionString: string; drop(): Promise<void> }>;

let database: Awaited<ReturnType<MakeDatabase>>;

export const name = (id: string | undefined) => names.get(id ?? '') ?? id ?? '';
const ports: EscalationPorts = {
  people: { person: (id) => (names.has(id) ? 'active' : null), activeMembersOf: () => null },
  oncall: { onCallAt: (id) => (id === primary ? [ann] : null) },
  owners: { policyOf: () => world.policyId },
  pager: {
    reachOf: (id) =>
      world.unreachable.has(id) ? { reachable: false, reason: 'no-contact-method' } : { reachable: true, methods: 1 },
    endpointExists: () => false,
    async queuePages(_trx, requests: readonly PageRequest[]) {
      if (world.failPages) throw new Error('the database went away');
      for (const { round, step, userId } of requests) world.log.push(`${round}.${step} ${name(userId)}`);
    },
    async cancelForRuns(_trx, runIds, reason) {
      world.log.push(`cancel ${runIds.length} ${reason}`);
      return 0;
    },
    async queueUpdate(_trx, { userId }) {
      world.log.push(`update ${name(userId)}`);
    },
    async queueResolved(_trx, groups) {
      world.log.push(`resolved ${groups.length}`);
    },
    async raiseAlarms(_trx, alarms) {
      for (const alarm of alarms) world.log.push(`alarm ${alarm.reason}`);
    },
    async killTokens() {},
  },
  audit: { record: async (_trx, entry) => void world.log.push(entry.kind) },
  followers: { happened: async (_trx, happenings) => void world.happened.push(...happenings) },
};

/** Registers the world with the test file that calls it. */
export function useWorld(createTestDatabase: MakeDatabase): void {
  beforeAll(async () => {
    database = await createTestDatabase();
    world.db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
    const cache = createConfigCache(world.db.paging);
    world.config = {
      ...cache,
      async refresh() {
        world.refreshes += 1;
        if (world.skipRefreshes > 0) world.skipRefreshes -= 1;
        else await cache.refresh();
      },
    };
    world.escalation = createEscalation({
      db: world.db,
      clock,
      newId,
      config: world.config,
      ports,
      alerts: () => ({
        async resolveByHand(_groupId, _by, _now, record) {
          await inTransaction(world.db.paging, (trx) => record(trx, 2));
          return 2;
        },
      }),
      wakeGroups: () => {},
      wakeNotifications: () => {},
    });
    world.refreshes = 0;
    world.skipRefreshes = 0;
    world.log = [];
    world.happened = [];
    world.unreachable = new Set();
    world.failPages = false;
    await world.config.refresh();
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
    world.policyId = (
      await world.escalation.policies.create(draft, { actor: { kind: 'system', name: 'test' }, now: T0 })
    ).id;
    await world.escalation.policies.saveLastResort([{ kind: 'user', id: duty }], {
      actor: { kind: 'system', name: 'test' },
      now: T0,
    });
  });

  beforeEach(() => {
    world.log = [];
    world.happened = [];
    world.unreachable = new Set();
    world.failPages = false;
  });

  afterAll(async () => {
    await world.db.close();
    await database.drop();
  });
}

/** Stores an open group as grouping does. */
export async function openGroup(): Promise<string> {
  const id = newId();
  await world.db.paging
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

export function due(
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
    mute: null,
    isUnmuted: false,
    change: change && { cause: 'joined', newKinds: [], severityRaisedTo: null, firing: 1, ...change },
  };
}

/** Decides groups and stores their wake-ups, as the alerts domain does. */
export async function decide(groups: readonly DueGroup[], seconds: number, plugin?: KyselyPlugin) {
  return inTransaction(world.db.paging, async (trx) => {
    const runs = await world.escalation.decide(
      plugin ? (trx.withPlugin(plugin) as typeof trx) : trx,
      groups,
      at(seconds),
    );
    for (const [id, runAt] of runs)
      await trx.updateTable('alert_groups').set({ run_at: runAt }).where('id', '=', id).execute();
    return runs;
  });
}

/** Resolves when some session of this database waits for a lock. */
export async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const waiting =
      await sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
        world.db.paging,
      );
    if (waiting.rows.length > 0) return;
  }
}

export async function opened(): Promise<string> {
  const id = await openGroup();
  await decide([due(id, 0)], 0);
  world.log = [];
  return id;
}

export const runOf = async (id: string) => (await readLatestRuns(world.db.paging, [id])).get(id);
export const ledgerOf = async (id: string) =>
  (
    await world.db.paging
      .selectFrom('page_events')
      .select(['kind', 'payload'])
      .where('subject', '=', id)
      .orderBy('id')
      .execute()
  ).map((row) => row.kind);
