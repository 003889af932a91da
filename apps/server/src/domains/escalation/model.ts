/**
 * Words of escalation: policies, the frozen snapshot of a run, the run itself, what may happen to it and what it asks for.
 *
 * Coordinates of a page. `notifications` holds one row per (run, round, step, person, method), so every separate
 * call of a run needs a (round, step) of its own; n is the number of steps in the snapshot:
 *
 *     0 … n-1   the policy's own steps; each at most once a round
 *     n         the last resort; in a run's own `step` it says that the rounds are over (last resort or repeating)
 *     -1        only in a run's own `step`: the first step of this round is still to come; never on a page
 *     ≤ -2      a call outside the plan (holder first, reassigned, responder added): -(version + 1), where `version`
 *               is the run's version after the decision. Each decision that changes a run raises its version and
 *               makes at most one such call, so no two share a number.
 */
export type Id = string;
export type Instant = Temporal.Instant;
export type Urgency = 'high' | 'low';
/** SEV1 (worst) … SEV5 as a number. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** Whom a step calls: a person, whoever is on call in a schedule, all active members of a team, or a signed webhook. */
export interface Target {
  readonly kind: 'user' | 'schedule' | 'team' | 'webhook';
  readonly id: Id;
}

/** One rung: the targets called together, then the wait before the next rung (seconds, 0–86400). */
export interface Step {
  readonly delaySeconds: number;
  readonly targets: readonly Target[];
}

/** The plan that people edit. Rounds are passes through all steps; what follows the last round never ends by itself. */
export interface Policy {
  readonly id: Id;
  readonly name: string;
  readonly version: number;
  readonly teamId: Id | null;
  readonly steps: readonly Step[];
  readonly rounds: number;
  readonly repeatIntervalSeconds: number;
  readonly ackTimeoutSeconds: number;
}

/**
 * What a run froze when it started: steps, delays and targets as references. Who stands behind a reference is asked
 * at each step, from the present. Without a policy `steps` is empty and the last resort is called at once.
 */
export interface Snapshot {
  readonly policyId: Id | null;
  readonly policyName: string | null;
  readonly policyVersion: number | null;
  readonly steps: readonly Step[];
  readonly rounds: number;
  readonly repeatIntervalSeconds: number;
  readonly ackTimeoutSeconds: number;
  readonly lastResort: readonly Target[];
}

export type Phase = 'escalating' | 'last-resort' | 'repeating' | 'acknowledged' | 'snoozed' | 'ended';

/**
 * One snapshotted execution of a policy for one page.
 *
 *     from \ event      wake                acknowledge   unacknowledge  snooze   reassign    escalate-now  resolved, muted, end
 *     escalating        next step           acknowledged  –              snoozed  escalating  next step     ended
 *     last-resort       repeating           acknowledged  –              snoozed  repeating   repeating     ended
 *     repeating         repeating           acknowledged  –              snoozed  repeating   repeating     ended
 *     acknowledged      next round, holder  –             next round     snoozed  escalating  next step     ended
 *     snoozed           next step (2)       acknowledged  next step (3)  snoozed  escalating  next step     ended
 *     ended             –                   –             –              –        –           –             – (4)
 *     (a begin after ended: a new run; held again when the page fires again in the quiet time of the old one)
 *
 * (1) – changes nothing and says why. (2) of an acknowledged page: next round, holder first. (3) of an acknowledged
 * page: next round. (4) ended by a mute: resolve tells those who were told. Reassign and escalate-now of a run whose rounds are over lead to repeating.
 */
export interface Run {
  readonly snapshot: Snapshot;
  readonly phase: Phase;
  /** Passes begun so far, from 0; repeats count on. Never falls. */
  readonly round: number;
  /** Index last executed; see the coordinates above. */
  readonly step: number;
  readonly urgency: Urgency;
  readonly severity: Severity;
  /** Who has it, or had it last: told of what joins, and called first when an acknowledgement expires. Always a person. */
  readonly holderId: Id | null;
  /** A person, who is then the holder too; or the integration of a sender, which never holds. */
  readonly acknowledgedBy: Id | null;
  readonly acknowledgedAt: Instant | null;
  /** End of the acknowledgement or snooze; an ended run keeps it, for a page that fires again. */
  readonly quietUntil: Instant | null;
  /** The run's only wake-up; null exactly when the run has ended. */
  readonly wakeAt: Instant | null;
  readonly startedAt: Instant;
  readonly startReason: StartReason;
  readonly endedAt: Instant | null;
  readonly endReason: EndReason | null;
  /** Raised by each decision that changes the run. */
  readonly version: number;
}

/** Why a run began. */
export type StartReason =
  | { readonly kind: 'route-pages' }
  | { readonly kind: 'new-kind'; readonly kinds: readonly string[] }
  | { readonly kind: 'severity-raised'; readonly to: Severity }
  | { readonly kind: 'urgency-raised' }
  | { readonly kind: 'nobody-holds' }
  | { readonly kind: 'drill' };

/** Why a run ended. */
export type EndReason =
  | { readonly kind: 'resolved' }
  | { readonly kind: 'resolved-by-hand'; readonly by: Id }
  | { readonly kind: 'muted' }
  | { readonly kind: 'ended-by-hand'; readonly by: Id }
  | { readonly kind: 'superseded' };

/** Who did it: a person; or a sender, with its name as people read it, and `by` is then its integration. */
export interface By {
  readonly by: Id;
  readonly sender?: string;
}

/** What may happen to a run. Acts carry who did them. */
export type RunEvent =
  | {
      readonly kind: 'begin';
      readonly snapshot: Snapshot;
      readonly urgency: Urgency;
      readonly severity: Severity;
      readonly firstTarget: Id | null;
      readonly why: StartReason;
    }
  | { readonly kind: 'wake' }
  | ({ readonly kind: 'acknowledge'; readonly at: Instant } & By)
  | ({ readonly kind: 'unacknowledge' } & By)
  | ({ readonly kind: 'snooze'; readonly until: Instant } & By)
  | ({ readonly kind: 'reassign'; readonly to: Id } & By)
  | ({ readonly kind: 'escalate-now' } & By)
  | { readonly kind: 'add-responder'; readonly user: Id; readonly by: Id }
  | CallFailed
  | AlertsJoined
  | { readonly kind: 'all-resolved' }
  | { readonly kind: 'resolved-by-hand'; readonly by: Id }
  | { readonly kind: 'muted' }
  | { readonly kind: 'end'; readonly by: Id };

/** Nobody called under this (round, step) could be told: every method has failed. `because` is the call's own reason. */
export interface CallFailed {
  readonly kind: 'call-failed';
  readonly round: number;
  readonly step: number;
  readonly because: PageReason['kind'];
}

/** Alerts came into the group; `urgency` is what the route now asks for (left out: unchanged). */
export interface AlertsJoined {
  readonly kind: 'alerts-joined';
  readonly newKinds: readonly string[];
  readonly severityRaisedTo: Severity | null;
  readonly count: number;
  readonly urgency?: Urgency;
}

/** Why a target or a person cannot be called. */
export type NobodyReason =
  | 'nobody-on-call'
  | 'no-active-members'
  | 'inactive'
  | 'no-contact-method'
  | 'unverified'
  | 'archived'
  | 'unknown';

/** Who stands behind a target now. */
export type Resolution =
  | { readonly people: readonly Id[]; readonly endpoints: readonly Id[]; readonly nobody?: undefined }
  | { readonly nobody: NobodyReason; readonly people?: undefined; readonly endpoints?: undefined };

/** Whether a person can be called now, at the run's urgency. */
export type Reach =
  | { readonly reachable: true; readonly methods: number }
  | { readonly reachable: false; readonly reason: 'no-contact-method' | 'inactive' | 'unverified' };

/** The present as data, loaded before the decision: who stands behind each target, who can be reached. */
export interface Facts {
  readonly now: Instant;
  /** By `targetKey`. A missing entry counts as nobody, reason `unknown`. */
  readonly resolved: ReadonlyMap<string, Resolution>;
  /** By `reachKey`. A missing entry counts as unreachable, reason `unknown`. */
  readonly reach: ReadonlyMap<string, Reach>;
}

/** Why a call is made; stored with each notification, so that "why was I paged?" is a fact. */
export type PageReason =
  | { readonly kind: 'policy-step'; readonly round: number; readonly step: number }
  | { readonly kind: 'last-resort'; readonly round: number }
  | { readonly kind: 'repeat'; readonly round: number }
  | {
      readonly kind: 'holder-first';
      readonly because: 'acknowledgement-expired' | 'snooze-ended' | StartReason['kind'];
    }
  | { readonly kind: 'reassigned'; readonly by: Id }
  | { readonly kind: 'responder-added'; readonly by: Id };

/** Why somebody, or a whole step, was passed over. */
export interface Skipped {
  readonly target: Target;
  readonly userId: Id | null;
  readonly reason: NobodyReason;
}

/** Why a run was decided as it was: a closed list, stored and shown. */
export type Reason =
  | { readonly kind: 'started'; readonly why: StartReason }
  | PageReason
  | { readonly kind: 'step-empty'; readonly round: number; readonly step: number; readonly skipped: readonly Skipped[] }
  | { readonly kind: 'late'; readonly seconds: number }
  | { readonly kind: 'acknowledged'; readonly by: Id }
  | { readonly kind: 'already-acknowledged'; readonly by: Id; readonly at: Instant }
  | { readonly kind: 'helper-joined'; readonly first: Id; readonly firstAt: Instant; readonly helper: Id }
  | { readonly kind: 'acknowledgement-expired'; readonly holder: Id | null }
  | { readonly kind: 'unacknowledged'; readonly by: Id }
  | { readonly kind: 'snoozed'; readonly by: Id; readonly until: Instant }
  | { readonly kind: 'snooze-ended' }
  | { readonly kind: 'escalated-by-hand'; readonly by: Id }
  | { readonly kind: 'urgency-raised' }
  | { readonly kind: 'call-failed'; readonly round: number; readonly step: number }
  | { readonly kind: 'hold-kept'; readonly holder: Id | null; readonly until: Instant }
  | { readonly kind: 'joined-held'; readonly holder: Id | null; readonly count: number }
  | { readonly kind: 'joined-unanswered'; readonly count: number }
  | { readonly kind: 'superseded'; readonly why: StartReason }
  | { readonly kind: 'ended'; readonly why: EndReason }
  | { readonly kind: 'nobody'; readonly alarm: AlarmReason }
  | NoChangeReason
  | RefusalReason;

/** Why an event changed nothing, harmlessly. */
export type NoChangeReason =
  | { readonly kind: 'no-run' }
  | { readonly kind: 'already-live' }
  | { readonly kind: 'already-ended' }
  | { readonly kind: 'not-due' }
  | { readonly kind: 'not-held' }
  | { readonly kind: 'nothing-joined' }
  | { readonly kind: 'call-is-over' };

/** Why a person's wish was refused; nothing has changed. */
export type RefusalReason =
  | { readonly kind: 'person-unreachable'; readonly userId: Id; readonly reason: NobodyReason }
  | { readonly kind: 'snooze-in-the-past' }
  | { readonly kind: 'snooze-too-long'; readonly maximumSeconds: number };

/** `nobody-at-all`: policy and last resort reach no person. `nobody-told`: the rounds are over and every method of those called has failed. `last-resort-empty`: the rounds went unanswered and the last resort reaches no person. */
export type AlarmReason = 'nobody-at-all' | 'last-resort-empty' | 'nobody-told';

/** A person to call and the target that led to them. */
export interface Callee {
  readonly userId: Id;
  readonly via: Target;
}

/** Call these people and endpoints now. */
export interface PageAction {
  readonly kind: 'page';
  readonly users: readonly Callee[];
  readonly endpoints: readonly Id[];
  readonly round: number;
  readonly step: number;
  readonly reason: PageReason;
}

/** What a decision asks the shell to do, in this order, in the same transaction. */
export type Action =
  | PageAction
  | { readonly kind: 'cancel-queued'; readonly reason: CancelReason }
  | { readonly kind: 'tell-update'; readonly userId: Id }
  | { readonly kind: 'tell-resolved' }
  | StartNewRun
  | { readonly kind: 'alarm'; readonly reason: AlarmReason }
  | { readonly kind: 'ledger'; readonly entry: LedgerEntry };

/** The held run is over; freeze the policy of now and `begin` again, holder first. */
interface StartNewRun {
  readonly kind: 'start-new-run';
  readonly firstTarget: Id | null;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly why: StartReason;
}

export type CancelReason = 'acknowledged' | 'snoozed' | 'reassigned' | 'urgency-raised' | EndReason['kind'];

/** One fact of the page's ledger (`page_events`). People stand in it by id only. */
export interface LedgerEntry {
  readonly kind: LedgerKind;
  readonly payload: Readonly<Record<string, unknown>>;
}

export type LedgerKind =
  | 'run-started'
  | 'called'
  | 'target-skipped'
  | 'step-skipped'
  | 'round-started'
  | 'nobody-reached'
  | 'woken-late'
  | 'acknowledged'
  | 'helper-joined'
  | 'acknowledgement-expired'
  | 'unacknowledged'
  | 'snoozed'
  | 'snooze-ended'
  | 'reassigned'
  | 'escalated-by-hand'
  | 'responder-added'
  | 'alerts-joined'
  | 'hold-kept'
  | 'call-failed'
  | 'resolved-by-hand'
  | 'noted'
  | 'run-ended';

/** A fact about the page itself, which no run does: what began or ceased to mute all of it. */
export interface MuteEntry {
  readonly kind: 'muted' | 'unmuted';
  readonly payload: Readonly<Record<string, unknown>>;
}

/** `changed`: save the run and do the actions. `unchanged`: harmless. `refused`: tell the person why. */
export type Outcome = 'changed' | 'unchanged' | 'refused';

/** What follows from one event. `wakeAt` is the run's (null: no live run). At least one reason. */
export interface Decision {
  readonly outcome: Outcome;
  readonly run: Run | null;
  readonly actions: readonly Action[];
  readonly wakeAt: Instant | null;
  readonly reasons: readonly Reason[];
}

/** Whether the run still has work to do. */
export function isLive(run: Run): boolean {
  return run.phase !== 'ended';
}

/** Whether the run rests: acknowledged or snoozed, by a person or a sender. */
export function isHeld(run: Run): boolean {
  return run.phase === 'acknowledged' || run.phase === 'snoozed';
}

/** Whether a resting run rests by the word of a sender alone: no person has said that they know of it. */
export function hasNoHolder(run: Pick<Run, 'holderId' | 'acknowledgedBy'>): boolean {
  return run.holderId === null || (run.acknowledgedBy !== null && run.acknowledgedBy !== run.holderId);
}

/** Who did it, as the ledger keeps it. */
export function byOf({ by, sender }: By): By {
  return sender === undefined ? { by } : { by, sender };
}

/** Key of a target in `Facts.resolved`. */
export function targetKey(target: Target): string {
  return `${target.kind}:${target.id}`;
}

/** Key of a person at an urgency in `Facts.reach`. */
export function reachKey(userId: Id, urgency: Urgency): string {
  return `${urgency}:${userId}`;
}
