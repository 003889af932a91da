import { type Clock, earliest } from '#platform/clock';
import type { ConfigCache } from '#platform/config-cache';
import { type Databases, inTransaction } from '#platform/db';
import { writeHints } from '#platform/hints';
import type { Pass } from '#platform/loop';
import { decideLifecycle } from './lifecycle.ts';
import { EXPIRY_MARGIN_MS, type FlushPlan, nextState, toUpdate, trafficOf } from './plan-flush.ts';
import type { RepeatCache } from './repeat-cache.ts';
import { DecideAgain, decideAgain, type Deciding, settleGroups } from './groups/service.ts';
import { flushTouched } from './groups/jobs.ts';
import { claimDueGroups, lockGroups, nextGroupWake, postponeGroup } from './groups/store.ts';
import { addSightings, lockAlerts, moveToPast, nextSweep, readAlerts, rearmSweep, updateAlerts } from './store.ts';

/** Groups decided in one transaction. */
const GROUPS_A_TICK = 50;
/** Alerts swept in one transaction. */
const ALERTS_A_SWEEP = 500;
/** Sightings written in one statement. */
const SIGHTINGS_A_FLUSH = 5_000;
/** How long a resolved alert stays among the open ones. */
const DAYS_AMONG_OPEN = 7;

/** What the alert jobs need. `onTrouble` counts and reports what must not be silent. */
export interface AlertJobsDeps extends Deciding {
  readonly db: Databases;
  readonly clock: Clock;
  readonly config: ConfigCache;
  readonly cache: RepeatCache;
  readonly onTrouble: (what: 'clock-drift' | 'group-failed', detail: unknown) => void;
}

/**
 * One tick over due groups: claim with SKIP LOCKED, flush, decide, commit. When the database's clock is not ours the
 * tick decides nothing: a page a minute early or late is worse than one a second late. A batch that fails is taken
 * again one by one; a group that fails alone waits with back-off and is reported.
 */
export async function tickGroups(deps: AlertJobsDeps, now: Temporal.Instant): Promise<Pass> {
  await deps.config.refresh();
  const changed = await lookAgain(deps, now);
  try {
    const done = await tickBatch(deps, now, GROUPS_A_TICK);
    if (done > 0) deps.decider.committed();
    return { done: done + changed, nextAt: done + changed > 0 ? null : await nextWake(deps) };
  } catch (error) {
    if (error instanceof DecideAgain) return { done: 0, nextAt: now };
    return tickOneByOne(deps, now, error);
  }
}

/** When a group, or something that mutes groups, wants to be woken. */
async function nextWake({ db, muting }: Pick<AlertJobsDeps, 'db' | 'muting'>): Promise<Temporal.Instant | null> {
  return earliest([await nextGroupWake(db.paging), await muting.nextWake(db.paging)]);
}

/** Has every page decided again that a changed mute may matter to; answers how many changes that were. */
async function lookAgain(deps: AlertJobsDeps, now: Temporal.Instant): Promise<number> {
  const due = await deps.muting.nextWake(deps.db.paging);
  if (due === null || Temporal.Instant.compare(due, now) > 0) return 0;
  try {
    return await inTransaction(deps.db.paging, async (trx) => {
      const changes = await deps.muting.takeChanges(trx, now);
      // An older configuration than the database's would take the change without its rules: the next pass has it.
      if (changes === null) throw new DecideAgain('what mutes has changed');
      if (changes.count > 0) await flushTouched(deps, trx, { changes, now });
      return changes.count;
    });
  } catch (error) {
    if (error instanceof DecideAgain) return 0;
    throw error;
  }
}

async function tickBatch(
  deps: AlertJobsDeps,
  now: Temporal.Instant,
  limit: number,
  onClaim: (id: string) => void = () => {},
): Promise<number> {
  return inTransaction(deps.db.paging, async (trx) => {
    const claim = await claimDueGroups(trx, { now, limit, databaseNow: deps.clock.databaseNow() });
    if (!deps.clock.agrees(claim.databaseTime)) {
      deps.onTrouble('clock-drift', { ours: now.toString(), database: claim.databaseTime.toString() });
      return 0;
    }
    // An older configuration than the database's decides nothing; the next pass reads it first.
    if (claim.configVersion !== deps.config.version()) return 0;
    for (const group of claim.groups) onClaim(group.id);
    const groups = new Map(claim.groups.map((group) => [group.id, group]));
    await settleGroups(trx, { groups, traffic: new Map(), deps, now });
    await writeHints(
      trx,
      claim.groups.map((group) => ({ kind: 'page', ref: group.id, version: group.version + 1 })),
      now,
    );
    return claim.groups.length;
  });
}

async function tickOneByOne(deps: AlertJobsDeps, now: Temporal.Instant, cause: unknown): Promise<Pass> {
  let done = 0;
  for (let i = 0; i < GROUPS_A_TICK; i += 1) {
    let claimed: string | null = null;
    try {
      const one = await tickBatch(deps, now, 1, (id) => {
        claimed = id;
      });
      if (one === 0) break;
      done += one;
    } catch (error) {
      if (!claimed) throw error;
      deps.onTrouble('group-failed', { group: claimed, error, cause });
      await postponeGroup(deps.db.paging, claimed, now.add({ seconds: 10 }));
    }
  }
  if (done > 0) deps.decider.committed();
  return { done, nextAt: await nextGroupWake(deps.db.paging) };
}

/** One sweep: resolves by expiry what its source no longer sends, re-arms what it does. */
export async function sweepAlerts(deps: AlertJobsDeps, now: Temporal.Instant): Promise<Pass> {
  const candidates = await readAlerts(deps.db.paging, { dueBy: now, limit: ALERTS_A_SWEEP });
  if (candidates.length === 0) return { done: 0, nextAt: await nextSweep(deps.db.paging) };
  const nowMs = now.epochMilliseconds;
  const gone = candidates.filter(({ state }) => state.endsAtMs + EXPIRY_MARGIN_MS <= nowMs);
  await rearmSweep(
    deps.db.paging,
    EXPIRY_MARGIN_MS,
    candidates.filter(({ state }) => state.endsAtMs + EXPIRY_MARGIN_MS > nowMs).map(({ state }) => state.id),
  );
  if (gone.length > 0) {
    await decideAgain(deps, () =>
      inTransaction(deps.db.paging, async (trx) => {
        const plan: Pick<FlushPlan, 'traffic'> = { traffic: new Map() };
        const updates = [];
        for (const { state } of await lockAlerts(
          trx,
          gone.map((alert) => alert.state.id),
        )) {
          const transition = decideLifecycle(state, { kind: 'expire', marginMs: EXPIRY_MARGIN_MS }, nowMs);
          const next = nextState(state, transition, nowMs);
          updates.push(toUpdate(next, transition.changes));
          if (transition.changes[0]?.kind === 'resolved')
            for (const id of state.groupIds) trafficOf(plan, id).resolved += 1;
        }
        await updateAlerts(trx, updates, now);
        const { byId: groups } = await lockGroups(trx, [...plan.traffic.keys()]);
        const ended = updates.filter(({ status }) => status === 'resolved').map(({ id }) => id);
        await deps.muting.noteAlerts(trx, { opened: [], ended }, now);
        await settleGroups(trx, { groups, traffic: plan.traffic, deps, now });
        await writeHints(trx, [{ kind: 'alerts', ref: null, version: 0 }], now);
      }),
    );
    deps.decider.committed();
  }
  return { done: candidates.length, nextAt: null };
}

/** Writes counted sightings; an alert that is no longer current is dropped from the cache, so its next repeat is decided anew. */
export async function flushSightings(deps: Pick<AlertJobsDeps, 'db' | 'cache'>): Promise<number> {
  let written = 0;
  for (;;) {
    const sightings = deps.cache.takeSightings(SIGHTINGS_A_FLUSH);
    if (sightings.length === 0) return written;
    const current = await addSightings(deps.db.paging, sightings);
    for (const sighting of sightings) if (!current.has(sighting.alertId)) deps.cache.drop(sighting.key);
    written += sightings.length;
    if (sightings.length < SIGHTINGS_A_FLUSH) return written;
  }
}

/** Moves long-resolved alerts out of the open table, in batches that hold no lock for long. */
export async function retireAlerts(deps: Pick<AlertJobsDeps, 'db'>, now: Temporal.Instant): Promise<number> {
  const before = now.subtract({ hours: 24 * DAYS_AMONG_OPEN });
  return inTransaction(deps.db.paging, (trx) => moveToPast(trx, before, 1_000));
}
