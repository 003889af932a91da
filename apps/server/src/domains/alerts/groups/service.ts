import { earliest } from '#platform/clock';
import { type ConfigCache, holdConfigVersion } from '#platform/config-cache';
import type { Trx } from '#platform/db';
import type { Muting } from '#silences';
import type { AcceptConfig } from '../describe-alert.ts';
import { applyTraffic, decideFlush, type Flushed, type GroupTraffic } from '../grouping.ts';
import type { GroupState } from '../group-model.ts';
import type { DueGroup, PageDecider } from '../ports.ts';
import {
  intervalsOf,
  lookAfterJoining,
  type MemberMute,
  type MuteVerdict,
  refOf,
  storedMute,
  tellsLater,
  toldAfterMutes,
  untoldKinds,
  verdictOf,
} from './muted.ts';
import { type GroupRow, type GroupUpdate, readFiringMembers, updateGroups } from './store.ts';

/** Members looked at first; the rest only while all of them are muted. */
const FIRST_LOOK = 20;
/** Members read at once after that. */
const FURTHER_LOOK = 1_000;
/** A decision is made again at most this often when other processes keep changing what it stood on. */
export const MOST_ATTEMPTS = 5;

/** Thrown inside a decision when what it decided by has changed: roll back and decide again. */
export class DecideAgain extends Error {
  readonly mustRead: readonly string[];
  constructor(why: string, mustRead: readonly string[] = []) {
    super(why);
    this.mustRead = mustRead;
  }
}

/** What deciding pages needs. */
export interface Deciding {
  readonly config: Pick<ConfigCache, 'version' | 'refresh'>;
  readonly acceptConfig: { current(): AcceptConfig };
  readonly decider: PageDecider;
  readonly muting: Muting;
}

/** Makes a decision again with a fresh configuration when what it stood on has changed. */
export async function decideAgain<T>({ config }: Pick<Deciding, 'config'>, decide: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof DecideAgain) || attempt === MOST_ATTEMPTS) throw error;
      await config.refresh();
    }
  }
}

/** Locked groups, what joined and left them, and who decides their runs. */
export interface Settling {
  readonly groups: ReadonlyMap<string, GroupRow>;
  readonly traffic: ReadonlyMap<string, GroupTraffic>;
  readonly deps: Deciding;
  readonly now: Temporal.Instant;
  /** The transaction ends with this: its last write and the COMMIT go together. */
  readonly commit?: boolean;
}

/**
 * Counts traffic into locked groups, flushes those that are due, asks what mutes them, has the response stage decide,
 * and writes all back in one statement. Shared by intake, the tick, the sweep and resolve by hand. Answers when the
 * earliest wants to wake.
 */
export async function settleGroups(
  trx: Trx,
  { groups, traffic, deps, now, commit = false }: Settling,
): Promise<Temporal.Instant | null> {
  const flushed = [...groups.values()].map((group) => flushGroup(group, traffic.get(group.id), now));
  const verdicts = await askMutes(trx, { deps, flushed, now });
  const settled = flushed.map((one) =>
    verdicts.has(one.group.id) ? underMutes(one, verdicts.get(one.group.id) ?? null, now) : unasked(one),
  );
  const due = settled.flatMap(({ due: wanted }) => wanted ?? []);
  const runs = due.length > 0 ? await deps.decider.decide(trx, due, now) : new Map<string, Temporal.Instant | null>();
  await recordMutes(trx, { deps, settled, now });
  const updates = settled
    .filter(({ touched }) => touched)
    .map(({ update }) => (runs.has(update.id) ? { ...update, runAt: runs.get(update.id) ?? null } : update));
  await updateGroups(trx, updates, { now, commit });
  return earliest(
    updates.flatMap(({ state, closed, runAt }) => [
      closed || state.flushAtMs === null ? null : Temporal.Instant.fromEpochMilliseconds(state.flushAtMs),
      runAt,
    ]),
  );
}

/** A group after its traffic and its flush, before anybody asked what mutes it. */
interface Looked {
  readonly group: GroupRow;
  /** After the traffic, before the flush. */
  readonly before: GroupState;
  readonly flushed: Flushed | null;
  /** The flush only looked at mutes; what joined is still to be told. */
  readonly isEarly: boolean;
  readonly state: GroupState;
  readonly joined: boolean;
  readonly runDue: boolean;
  readonly touched: boolean;
}

/** A group as it is written, and what the response stage is asked about it. */
interface Settled {
  readonly group: GroupRow;
  readonly update: GroupUpdate;
  readonly due: DueGroup | null;
  readonly touched: boolean;
  readonly verdict: MuteVerdict | null;
}

function flushGroup(group: GroupRow, traffic: GroupTraffic | undefined, now: Temporal.Instant): Looked {
  const nowMs = now.epochMilliseconds;
  const before = traffic ? countedIn(group, traffic, nowMs) : group.state;
  const runDue = group.runAt !== null && group.runAt.epochMilliseconds <= nowMs;
  // A page that is muted whole has no run: what is due at run_at is the question whether it still is.
  const isDue = (before.flushAtMs !== null && before.flushAtMs <= nowMs) || (runDue && group.muted?.all === true);
  const found = isDue ? decideFlush(before, group.told, group.options, nowMs) : null;
  const laterMs =
    found && group.muted === null ? tellsLater({ before, change: found.change }, group.options, nowMs) : null;
  const flushed = found && laterMs !== null ? putOff(found, before, laterMs) : found;
  return {
    group,
    before,
    flushed,
    isEarly: laterMs !== null,
    state: flushed?.group ?? before,
    joined: (traffic?.joined.length ?? 0) > 0,
    runDue,
    touched: traffic !== undefined || flushed !== null || runDue,
  };
}

/** A flush that tells nothing yet: the next one, at the time that grouping gave it, does. */
function putOff(found: Flushed, before: GroupState, laterMs: number): Flushed {
  const group = { ...found.group, decidedAtMs: before.decidedAtMs, flushAtMs: laterMs };
  return { ...found, group, change: { ...found.change, cause: 'nothing' } };
}

function countedIn(group: GroupRow, traffic: GroupTraffic, nowMs: number): GroupState {
  const state = applyTraffic(group.state, traffic, group.options, nowMs).group;
  const look = lookAfterJoining(group.muted, traffic, { decidedAtMs: group.state.decidedAtMs, nowMs });
  return look === null ? state : { ...state, flushAtMs: Math.min(state.flushAtMs ?? look, look) };
}

/** What mutes the pages that are about to be decided; nobody is asked about when nothing can. */
async function askMutes(
  trx: Trx,
  {
    deps,
    flushed,
    now,
  }: { readonly deps: Deciding; readonly flushed: readonly Looked[]; readonly now: Temporal.Instant },
): Promise<ReadonlyMap<string, MuteVerdict | null>> {
  const { muting, acceptConfig } = deps;
  const any = muting.any();
  const byId = acceptConfig.current().tree.byId;
  const asked = flushed.flatMap(({ group, flushed: flush, state, runDue }) => {
    if (group.options.mode !== 'page' || state.firing === 0 || (flush === null && !runDue)) return [];
    const intervals = intervalsOf(byId.get(group.routeId)?.options ?? group.options);
    return any || intervals !== null || group.muted !== null ? [{ group, intervals }] : [];
  });
  if (asked.length === 0) return new Map();
  const members = new Map<string, MemberMute[]>(asked.map(({ group }) => [group.id, []]));
  const lastSeen = new Map<string, string>();
  let open = asked;
  for (let limit = FIRST_LOOK; open.length > 0; limit = FURTHER_LOOK) {
    const rows = await readFiringMembers(
      trx,
      open.map(({ group }) => ({ id: group.id, before: lastSeen.get(group.id) ?? null })),
      limit,
    );
    const intervalsById = new Map(open.map(({ group, intervals }) => [group.id, intervals]));
    const { muted } = await muting.evaluate(
      trx,
      rows.map(({ groupId, integrationId, labels }) => ({
        view: muting.viewOf(labels),
        integrationId,
        intervals: intervalsById.get(groupId) ?? null,
      })),
      { now, lock: true },
    );
    const seen = new Map<string, number>();
    rows.forEach(({ groupId, alertId, kind }, i) => {
      const found = muted[i] ?? { by: [], until: null };
      const { options } = groupOf(open, groupId);
      members.get(groupId)?.push({
        kind,
        by: found.by.map((mute) => ({ kind: mute.kind, ref: refOf(mute), reason: mute.reason })),
        until: found.until ?? now.add({ seconds: options.groupIntervalSeconds }),
      });
      lastSeen.set(groupId, alertId);
      seen.set(groupId, (seen.get(groupId) ?? 0) + 1);
    });
    open = open.filter(
      ({ group }) => seen.get(group.id) === limit && members.get(group.id)?.every(({ by }) => by.length > 0),
    );
  }
  const verdicts = new Map([...members].map(([id, looked]) => [id, verdictOf(looked)]));
  // What mutes may not change before this is committed: whoever changes it then finds this page muted.
  if (
    [...verdicts.values()].some((verdict) => verdict !== null) &&
    (await holdConfigVersion(trx)) !== deps.config.version()
  )
    throw new DecideAgain('what mutes has changed');
  return verdicts;
}

const groupOf = (open: readonly { readonly group: GroupRow }[], id: string): GroupRow =>
  (open.find(({ group }) => group.id === id) as { readonly group: GroupRow }).group;

/** A group of which nobody asked what mutes it: it calls as it always did; one that no longer fires is not muted. */
function unasked(looked: Looked): Settled {
  const { group, flushed, state, runDue } = looked;
  const isOver = group.muted !== null && state.firing === 0;
  const change = flushed && flushed.change.cause !== 'nothing' ? flushed.change : null;
  const runAt = isOver && group.muted?.all === true ? null : group.runAt;
  const wanted = change !== null || (runDue && runAt !== null);
  return {
    group,
    update: { ...updateOf(looked), runAt, muted: isOver ? null : group.muted },
    due: wanted ? { ...toDue(group, state, change), runAt } : null,
    touched: looked.touched,
    verdict: null,
  };
}

/** A group with what mutes it: whole, nothing of it is told, and it is asked again when the first mute ends. */
function underMutes(looked: Looked, verdict: MuteVerdict | null, now: Temporal.Instant): Settled {
  const { group, before, flushed, runDue } = looked;
  const muted = verdict && storedMute(verdict, group.muted, now);
  const update = { ...updateOf(looked), muted };
  if (verdict?.all) {
    const { state } = looked;
    const untold = { ...state, kinds: untoldKinds(before.kinds, state.kinds, { has: () => true }) };
    return {
      group,
      update: { ...update, state: { ...untold, toldAtMs: group.state.toldAtMs }, told: group.told },
      due: { ...toDue(group, state, null), mute: { until: verdict.until, by: verdict.by, isNew: !group.muted?.all } },
      touched: true,
      verdict,
    };
  }
  const state = verdict ? partlyTold(looked, verdict) : looked.state;
  const came = looked.state.total - (group.told?.total ?? 0);
  const change = flushed && toldAfterMutes(flushed.change, { verdict, before: group.muted, joined: came });
  const told = change && change.cause !== 'nothing' ? change : null;
  const isUnmuted = group.muted?.all === true;
  const wanted = told !== null || runDue;
  return {
    group,
    update: { ...update, state },
    due: wanted ? { ...toDue(group, state, told), isUnmuted } : null,
    touched: true,
    verdict,
  };
}

/** The rest is told; what is muted is told of when it no longer is. */
function partlyTold({ before, state }: Looked, verdict: MuteVerdict): GroupState {
  const untilMs = verdict.until.epochMilliseconds;
  return {
    ...state,
    kinds: untoldKinds(before.kinds, state.kinds, verdict.mutedKinds),
    flushAtMs: Math.min(state.flushAtMs ?? untilMs, untilMs),
  };
}

function updateOf({ group, state, flushed, isEarly, joined }: Looked): GroupUpdate {
  const { firing, severity, total } = state;
  return {
    id: group.id,
    state,
    told: flushed && !isEarly ? { firing: firing > 0, severity, total } : group.told,
    runAt: group.runAt,
    joined,
    closed: flushed?.closes ?? false,
    muted: group.muted,
  };
}

function toDue(group: GroupRow, state: GroupState, change: DueGroup['change']): DueGroup {
  const { id, number, routeId, options, title, labels, serviceId, teamId, lastEventAt, runAt, version } = group;
  const openedAt = Temporal.Instant.fromEpochMilliseconds(state.openedAtMs);
  return {
    id,
    number,
    routeId,
    options,
    title,
    labels,
    serviceId,
    teamId,
    lastEventAt,
    runAt,
    version,
    openedAt,
    severity: state.severity,
    firing: state.firing,
    change,
    mute: null,
    isUnmuted: false,
  };
}

/** Keeps what was suppressed: begun or gone on for pages that are muted whole, ended for those that no longer are. */
async function recordMutes(
  trx: Trx,
  {
    deps,
    settled,
    now,
  }: { readonly deps: Deciding; readonly settled: readonly Settled[]; readonly now: Temporal.Instant },
): Promise<void> {
  const ended = settled.flatMap(({ group, update }) => {
    if (!group.muted?.all || update.muted?.all) return [];
    return [{ groupId: group.id, by: update.state.firing > 0 ? ('unmuted' as const) : ('resolved' as const) }];
  });
  await deps.muting.endSuppressed(trx, ended, now);
  const whole = settled.flatMap(({ group, due, verdict }) => (due && verdict?.all ? [{ group, due, verdict }] : []));
  await deps.muting.recordSuppressed(
    trx,
    whole.map(({ group, due, verdict }) => ({
      groupId: group.id,
      routeId: group.routeId,
      title: group.title,
      severity: due.severity,
      serviceId: group.serviceId,
      teamId: group.teamId,
      alerts: verdict.alerts,
      by: verdict.by,
      stoppedRun: group.runAt !== null && !group.muted?.all,
      wouldPage: group.muted?.all ? null : deps.decider.wouldCall(due, now),
    })),
    now,
  );
}
