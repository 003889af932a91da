import type { Mute, MuteCount, RouteIntervals } from '#silences';
import type { RouteOptions } from '#routing';
import type { GroupChange, GroupState } from '../group-model.ts';
import type { GroupTimes, GroupTraffic } from '../grouping.ts';

/** Mutes named in a page's row; its suppression names more. */
export const MUTES_NAMED = 10;
/** A page that is muted whole is looked at again this soon after its last look when something joins that is not. */
const AGAIN_MS = 1_000;

/** How much of a page is muted, as stored with it. */
export interface StoredMute {
  /** Every firing alert of it: then it calls nobody. */
  readonly all: boolean;
  /** How many were seen muted. */
  readonly alerts: number;
  readonly since: string;
  /** When it is asked again at the latest. */
  readonly until: string;
  readonly by: readonly MuteCount[];
}

/** What a look at a page's firing alerts found. */
export interface MuteVerdict {
  readonly all: boolean;
  readonly alerts: number;
  readonly until: Temporal.Instant;
  readonly by: readonly MuteCount[];
  /** Kinds of which only muted alerts were seen. */
  readonly mutedKinds: ReadonlySet<string>;
  /** How many of the newest members are muted, up to the first that is not. */
  readonly newest: number;
}

/** One member of a page with what mutes it. */
export interface MemberMute {
  readonly kind: string;
  readonly by: readonly { readonly kind: MuteCount['kind']; readonly ref: string; readonly reason: string }[];
  readonly until: Temporal.Instant;
}

/** The time intervals of a route; groups stored before there were any have none. */
export function intervalsOf(options: Partial<RouteOptions>): RouteIntervals | null {
  const { muteTimeIntervals: mute = [], activeTimeIntervals: active = [] } = options;
  return mute.length + active.length === 0 ? null : { mute, active };
}

/** What a mute is known by: the id of a silence, window or rule, the name of an interval. */
export function refOf(mute: Mute): string {
  if (mute.kind === 'inhibition') return mute.rule;
  return mute.kind === 'time-interval' ? mute.name : mute.id;
}

/** Sums up the members looked at, newest first; null when none of them is muted. */
export function verdictOf(members: readonly MemberMute[]): MuteVerdict | null {
  const muted = members.filter(({ by }) => by.length > 0);
  const [first] = muted;
  if (!first) return null;
  const counts = new Map<string, MuteCount>();
  let { until } = first;
  for (const member of muted) {
    if (Temporal.Instant.compare(member.until, until) < 0) until = member.until;
    for (const { kind, ref, reason } of member.by) {
      const key = `${kind}/${ref}`;
      const known = counts.get(key);
      counts.set(key, { kind, ref, reason: known?.reason ?? reason, alerts: (known?.alerts ?? 0) + 1 });
    }
  }
  const firstLoud = members.findIndex(({ by }) => by.length === 0);
  const loud = new Set(members.filter(({ by }) => by.length === 0).map(({ kind }) => kind));
  return {
    all: muted.length === members.length,
    alerts: muted.length,
    until,
    by: [...counts.values()].sort((a, b) => b.alerts - a.alerts || (a.ref < b.ref ? -1 : 1)),
    mutedKinds: new Set(muted.map(({ kind }) => kind).filter((kind) => !loud.has(kind))),
    newest: firstLoud < 0 ? members.length : firstLoud,
  };
}

/** The verdict as it is stored: since when is kept while it stays whole, or stays a part. */
export function storedMute(verdict: MuteVerdict, before: StoredMute | null, now: Temporal.Instant): StoredMute {
  const { all, alerts, until, by } = verdict;
  const since = before?.all === all ? before.since : now.toString();
  return { all, alerts, since, until: until.toString(), by: by.slice(0, MUTES_NAMED) };
}

/** Kinds of which nobody was told, because only muted alerts of them fire, count as never told. */
export function untoldKinds(
  before: GroupState['kinds'],
  after: GroupState['kinds'],
  muted: { has(kind: string): boolean },
): GroupState['kinds'] {
  return Object.fromEntries(
    Object.entries(after).map(([kind, seen]) => [
      kind,
      muted.has(kind) ? { ...seen, told: before[kind]?.told ?? false } : seen,
    ]),
  );
}

/**
 * What a flush tells once the mutes are known: a kind that is muted is not new yet, nothing joined when all that came
 * (`joined` of them since the last flush) is muted, and what was muted before and is not any more joins, though nothing
 * came.
 */
export function toldAfterMutes(
  change: GroupChange,
  {
    verdict,
    before,
    joined,
  }: { readonly verdict: MuteVerdict | null; readonly before: StoredMute | null; readonly joined: number },
): GroupChange {
  const newKinds = verdict ? change.newKinds.filter((kind) => !verdict.mutedKinds.has(kind)) : change.newKinds;
  const isFreed = before !== null && ((before.all && !verdict?.all) || (verdict?.alerts ?? 0) < before.alerts);
  const isNews = newKinds.length > 0 || change.severityRaisedTo !== null || joined > (verdict?.newest ?? 0);
  const cause = change.cause === 'joined' && !isNews ? 'nothing' : change.cause;
  return { ...change, newKinds, cause: cause === 'nothing' && isFreed ? 'joined' : cause };
}

/**
 * Whether a flush came before its time and found nothing but more of the same: it was made to look at mutes. What joined
 * is then told when it would have been; null when the flush is to be taken as it is, else when that is.
 */
export function tellsLater(
  { before, change }: { readonly before: GroupState; readonly change: GroupChange },
  { groupIntervalSeconds }: GroupTimes,
  nowMs: number,
): number | null {
  if (change.cause !== 'joined' || change.newKinds.length > 0 || change.severityRaisedTo !== null) return null;
  const atMs = (before.decidedAtMs ?? 0) + groupIntervalSeconds * 1000;
  return atMs > nowMs ? atMs : null;
}

/** When a page that is muted whole is looked at because of what joined; null: no sooner than without a mute. */
export function lookAfterJoining(
  muted: StoredMute | null,
  traffic: GroupTraffic,
  { decidedAtMs, nowMs }: { readonly decidedAtMs: number | null; readonly nowMs: number },
): number | null {
  if (!muted?.all || !isLoud(traffic)) return null;
  return Math.max(nowMs, (decidedAtMs ?? 0) + AGAIN_MS);
}

/** Whether something joined that was not known to be muted. */
export function isLoud(traffic: Pick<GroupTraffic, 'joined'>): boolean {
  return traffic.joined.some(({ muted }) => muted !== true);
}
