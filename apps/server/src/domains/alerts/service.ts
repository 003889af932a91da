import type { Clock } from '#platform/clock';
import { type ConfigCache, holdConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { createGroupCommit, type Refused } from '#platform/group-commit';
import { writeHints } from '#platform/hints';
import type { NewId } from '#platform/ids';
import type { Muting } from '#silences';
import { type AcceptConfig, describeAlert } from './describe-alert.ts';
import {
  type Accepted,
  collectByKey,
  type KeyEvents,
  memoDescribe,
  toWaiting,
  type Waiting,
  wantedGroups,
} from './flush-input.ts';
import { type KnownGroup, learn } from './grouping.ts';
import { intervalsOf } from './groups/muted.ts';
import { DecideAgain, decideAgain, type Deciding, MOST_ATTEMPTS, settleGroups } from './groups/service.ts';
import { insertGroups, lockGroups, findOpenGroups, type NewGroup } from './groups/store.ts';
import { writeCounted } from './intake/store.ts';
import { decideLifecycle } from './lifecycle.ts';
import { planCounted } from './plan-counted.ts';
import {
  nextState,
  planFlush,
  toUpdate,
  trafficOf,
  type FlushFacts,
  type FlushPlan,
  type IdentityEvents,
} from './plan-flush.ts';
import type { PageDecider } from './ports.ts';
import { createRepeatCache, type RepeatCache } from './repeat-cache.ts';
import { lockAlerts, lockCurrentAlerts, type Payload, readAlerts, updateAlerts, writeFlush } from './store.ts';

/** Alerts remembered for repeats; about 400 bytes each. */
const CACHE_CAPACITY = 200_000;
/**
 * Events of one flush at most: two flushes of one size overlap well, one being built while PostgreSQL writes the other.
 * Measured with 2,048 alerts under way: 19k to 24k/s, where one of 1,800 beside one of 128 gave 12k to 19k/s.
 */
const MOST_IN_FLUSH = 512;
/** Ids of open groups remembered at most. */
const OPEN_GROUPS_REMEMBERED = 100_000;

/** What the alerts domain needs from outside. */
export interface AlertsDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly acceptConfig: { current(): AcceptConfig };
  readonly decider: PageDecider;
  readonly muting: Muting;
  /** Something is due at this moment: wakes the loop of groups. */
  readonly wake: (at: Temporal.Instant) => void;
  /** Told after the commit of alerts that are new. */
  readonly onOpened?: (alerts: readonly { readonly integration: string }[]) => void;
}

/** Accepting events and resolving by hand. */
export interface Alerts {
  /** Resolves when every event is committed (or was an unchanged repeat); returns those refused for their data. */
  accept(items: readonly Accepted[], nowMs: number): Promise<readonly Refused<Accepted>[]>;
  /**
   * Resolves by hand every firing alert of a group; they stay resolved until their source says otherwise. Returns how
   * many. `record` writes what the response stage keeps of it, in the same transaction.
   */
  resolveByHand(
    groupId: string,
    by: `user:${string}` | `system:${string}`,
    now: Temporal.Instant,
    record: (trx: Trx, resolved: number) => Promise<void>,
  ): Promise<number>;
  readonly cache: RepeatCache;
  readonly waiting: () => number;
  idle(): Promise<void>;
}

/** Builds the alerts service. */
export function createAlerts(deps: AlertsDeps): Alerts {
  const cache = createRepeatCache(CACHE_CAPACITY);
  const openGroups = new Map<string, KnownGroup>();
  const commit = createGroupCommit<Waiting>({
    flush: (items) => flushWithRetry(deps, { cache, openGroups }, items),
    keyOf: ({ key }) => key,
    mostInFlush: MOST_IN_FLUSH,
  });
  return {
    cache,
    async accept(items, nowMs) {
      const fresh: Waiting[] = [];
      for (const item of items) {
        const waiting = toWaiting(item);
        if (!(item.event.resends && cache.absorb(waiting.key, item.event, nowMs))) fresh.push(waiting);
      }
      return commit.submit(fresh);
    },
    resolveByHand: (groupId, by, now, record) => resolveByHand(deps, { groupId, by, now, record }),
    waiting: () => commit.waiting,
    idle: () => commit.idle(),
  };
}

/** What a process remembers between flushes; all of it is checked against the database before it decides anything. */
interface Memory {
  readonly cache: RepeatCache;
  /** Open groups by key, as last seen. The write that stands on it says whether they still are. */
  readonly openGroups: Map<string, KnownGroup>;
}

async function flushWithRetry(
  deps: AlertsDeps,
  { cache, openGroups }: Memory,
  items: readonly Waiting[],
): Promise<void> {
  const mustRead = new Set<string>();
  const counted = await countFlush(deps, { cache, openGroups }, items, deps.clock.now());
  if (counted === 'written') return;
  if (counted === 'again') {
    for (const { key } of items) mustRead.add(key);
    openGroups.clear();
    await deps.config.refresh();
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const now = deps.clock.now();
      const { plan, groupIds, wakeAt } = await inTransaction(deps.db.paging, (trx) =>
        flush(deps, trx, { items, now, cache, openGroups, mustRead, holdsConfig: attempt > 2 }),
      );
      remember(cache, items, plan);
      deps.onOpened?.(plan.inserts);
      if (openGroups.size > OPEN_GROUPS_REMEMBERED) openGroups.clear();
      for (const [key, id] of groupIds) openGroups.set(key, learn(openGroups.get(key), id, plan.traffic.get(id)));
      deps.decider.committed();
      if (wakeAt) deps.wake(wakeAt);
      return;
    } catch (error) {
      if (!(error instanceof DecideAgain) || attempt === MOST_ATTEMPTS) throw error;
      for (const key of error.mustRead) mustRead.add(key);
      openGroups.clear();
      await deps.config.refresh();
    }
  }
}

/** A flush that is about to commit. */
interface Flushed {
  readonly plan: FlushPlan;
  readonly groupIds: ReadonlyMap<string, string>;
  readonly wakeAt: Temporal.Instant | null;
}

interface FlushInput {
  readonly openGroups: ReadonlyMap<string, KnownGroup>;
  /** True after two attempts: no change of configuration commits before this flush does. */
  readonly holdsConfig: boolean;
  readonly items: readonly Waiting[];
  readonly now: Temporal.Instant;
  readonly cache: RepeatCache;
  readonly mustRead: ReadonlySet<string>;
}

/**
 * One flush: commit 1 of design.md section 2, and commit 2 with it for groups that need not wait. Alerts first, groups
 * last: two flushes into the same groups overlap in all but the last statement and the commit.
 */
async function flush(deps: AlertsDeps, trx: Trx, input: FlushInput): Promise<Flushed> {
  if (input.holdsConfig) await deps.config.ensure(await holdConfigVersion(trx));
  const { items, now } = input;
  const describe = memoDescribe(deps.acceptConfig.current());
  const byKey = collectByKey(items);
  const stored = await lockStored(trx, byKey, input);
  const wanted = wantedGroups(byKey, stored, describe, deps.newId);
  const groupIds = await findOrOpenGroups(trx, {
    wanted,
    now,
    configVersion: deps.config.version(),
    known: input.openGroups,
  });
  const identities: IdentityEvents[] = [...byKey].map(([key, { identity, integrationId, events }]) => ({
    key,
    identity,
    events,
    stored: stored.get(integrationId + identity)?.state ?? null,
  }));
  const plan = planFlush(identities, {
    nowMs: now.epochMilliseconds,
    newId: deps.newId,
    describe,
    groupIdOf: (key) => groupIds.get(key) as string,
    isMuted: mutedAsItComes(deps, now),
  });
  await updateAlerts(trx, plan.updates, now);
  const { inserts, lateUpdates } = plan;
  const { taken, groups } = await writeFlush(
    trx,
    { inserts, lateUpdates, payloads: payloadsOf(items), groupIds: [...plan.traffic.keys()] },
    now,
  );
  if (taken.length > 0)
    throw new DecideAgain(
      'an alert is already current',
      taken.map((alert) => alert.integration + alert.identity),
    );
  if (groups.configVersion !== deps.config.version()) throw new DecideAgain('the configuration changed');
  for (const [id, { joined }] of plan.traffic)
    if (joined.length > 0 && !groups.byId.get(id)?.open) throw new DecideAgain('the group closed meanwhile');
  const changesMutes = await noteSources(deps, trx, { plan, now });
  const wakeAt = await settleGroups(trx, { groups: groups.byId, traffic: plan.traffic, deps, now, commit: true });
  return { plan, groupIds, wakeAt: changesMutes ? now : wakeAt };
}

/** Says of each alert that opens whether it is muted; nothing is asked where nothing mutes. */
function mutedAsItComes(
  { muting }: Pick<Deciding, 'muting'>,
  now: Temporal.Instant,
): NonNullable<FlushFacts['isMuted']> {
  const any = muting.any();
  return ({ labels, integrationId }, options) => {
    const intervals = intervalsOf(options);
    if (!any && intervals === null) return false;
    return muting.mutedByPlan({ view: muting.viewOf(labels), integrationId, intervals }, now);
  };
}

/** Tells inhibition of what began to fire and what ended; true when other pages are to be looked at for it. */
async function noteSources(
  { muting }: Pick<Deciding, 'muting'>,
  trx: Trx,
  {
    plan,
    now,
  }: { readonly plan: Pick<FlushPlan, 'inserts' | 'updates' | 'lateUpdates'>; readonly now: Temporal.Instant },
): Promise<boolean> {
  if (!muting.hasRules()) return false;
  const ended = [...plan.updates, ...plan.lateUpdates]
    .filter(({ status }) => status === 'resolved')
    .map(({ id }) => id);
  const gone = new Set(ended);
  return muting.noteAlerts(trx, { opened: plan.inserts.filter(({ id }) => !gone.has(id)), ended }, now);
}

/**
 * A flush decided from memory alone and written as one statement. 'read' when it needs more than memory; 'again' when
 * the database says that memory was wrong (nothing was written then).
 */
async function countFlush(
  deps: AlertsDeps,
  { cache, openGroups }: Memory,
  items: readonly Waiting[],
  now: Temporal.Instant,
): Promise<'written' | 'read' | 'again'> {
  const configVersion = deps.config.version();
  const config = deps.acceptConfig.current();
  const plan = planCounted(items, {
    describe: (event) => describeAlert(event, config),
    openGroups,
    knows: cache.knows,
    newId: deps.newId,
    isMuted: mutedAsItComes(deps, now),
    isSource: (labels) => deps.muting.isSource(labels),
  });
  if (plan === null) return 'read';
  const counted = { ...plan, payloads: payloadsOf(items), configVersion };
  if (!(await writeCounted(deps.db.paging, counted, now))) return 'again';
  deps.onOpened?.(plan.inserts);
  items.forEach((item, at) => {
    if (item.event.resends) cache.store(item.key, plan.inserts[at]?.id ?? null, item.event);
    else cache.drop(item.key);
  });
  return 'written';
}

/** Locks and reads what may be stored: known to the cache, met before in this flush, or resolved by a source (nothing to insert). */
async function lockStored(trx: Trx, byKey: ReadonlyMap<string, KeyEvents>, input: FlushInput) {
  const look = [...byKey].filter(
    ([key, entry]) => input.cache.knows(key) || input.mustRead.has(key) || entry.events[0]?.event.status === 'resolved',
  );
  const alerts = await lockCurrentAlerts(
    trx,
    look.map(([, entry]) => entry),
  );
  return new Map(alerts.map((alert) => [alert.integrationId + alert.identity, alert]));
}

/** The id of the open group of each wanted key: as this process knows it, else as stored, else opened now. */
async function findOrOpenGroups(
  trx: Trx,
  input: {
    readonly wanted: ReadonlyMap<string, NewGroup>;
    readonly known: ReadonlyMap<string, KnownGroup>;
    readonly now: Temporal.Instant;
    readonly configVersion: number;
  },
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const key of input.wanted.keys()) {
    const known = input.known.get(key);
    if (known) ids.set(key, known.id);
  }
  const unknown = [...input.wanted].filter(([key]) => !ids.has(key));
  for (const [key, id] of await findOpenGroups(
    trx,
    unknown.map(([, group]) => group),
  ))
    ids.set(key, id);
  const missing = unknown.filter(([key]) => !ids.has(key));
  const opened = await insertGroups(
    trx,
    missing.map(([, group]) => group),
    { now: input.now, configVersion: input.configVersion },
  );
  if (opened.size < missing.length) throw new DecideAgain('another process opened the group');
  for (const [key, group] of missing) ids.set(key, group.id);
  return ids;
}

function payloadsOf(items: readonly Accepted[]): readonly Payload[] {
  return [...new Set(items.map(({ payload }) => payload))];
}

/** After the commit only: the cache may not know what the database does not. */
function remember(cache: RepeatCache, items: readonly Waiting[], plan: FlushPlan): void {
  for (const item of items) {
    const { key } = item;
    const state = plan.outcomes.get(key) ?? null;
    if (!item.event.resends) cache.drop(key);
    else if (state) cache.store(key, state.id, { ...item.event, status: 'firing' });
    else if (item.event.status === 'resolved') cache.store(key, null, item.event);
    else cache.drop(key);
  }
}

async function resolveByHand(
  deps: AlertsDeps,
  input: {
    readonly groupId: string;
    readonly by: `user:${string}` | `system:${string}`;
    readonly now: Temporal.Instant;
    readonly record: (trx: Trx, resolved: number) => Promise<void>;
  },
): Promise<number> {
  const { groupId, by, now, record } = input;
  const resolved = await decideAgain(deps, () =>
    inTransaction(deps.db.paging, async (trx) => {
      const members = await readAlerts(trx, { groupId });
      const plan: Pick<FlushPlan, 'traffic'> = { traffic: new Map() };
      const updates = [];
      for (const { state } of await lockAlerts(
        trx,
        members.map((alert) => alert.state.id),
      )) {
        const transition = decideLifecycle(state, { kind: 'hand', by }, now.epochMilliseconds);
        if (transition.changes.length === 0) continue;
        updates.push(toUpdate(nextState(state, transition, now.epochMilliseconds), transition.changes));
        for (const id of state.groupIds) trafficOf(plan, id).resolved += 1;
      }
      await updateAlerts(trx, updates, now);
      const { byId: groups } = await lockGroups(trx, [...plan.traffic.keys()]);
      await deps.muting.noteAlerts(trx, { opened: [], ended: updates.map(({ id }) => id) }, now);
      await settleGroups(trx, { groups, traffic: plan.traffic, deps, now });
      await writeHints(trx, [{ kind: 'page', ref: groupId, version: 0 }], now);
      if (updates.length > 0) await record(trx, updates.length);
      return updates.length;
    }),
  );
  deps.decider.committed();
  deps.wake(now);
  return resolved;
}
