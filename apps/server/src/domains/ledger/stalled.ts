import type { Id, Instant } from './model.ts';
import { ALARM_LATE_SECONDS, lateSeconds, UNHEALTHY_LATE_SECONDS } from './model.ts';

/** A job may be this many of its own intervals late before it is an alarm; shorter ones have `LEAST_JOB_PATIENCE`. */
const JOB_INTERVALS = 3;
const LEAST_JOB_PATIENCE_SECONDS = 60;
/** The newest seal may be this old while anything is written (seconds); it is made every second. */
const SEAL_PATIENCE_SECONDS = 60;

/** The oldest thing that waits in one queue of the engine, and how many are due. */
export interface QueueFacts {
  readonly name: 'groups' | 'runs' | 'notifications';
  readonly oldestDueAt: Instant | null;
  readonly due: number;
  /** The oldest due one, to look it up. */
  readonly oldestId: Id | null;
}

/** A page that is accepted, must call people, and has nothing that will: named with what is missing. */
export interface LostPage {
  readonly groupId: Id;
  readonly number: number;
  readonly title: string;
  readonly firing: number;
}

/** A live run without its one wake-up, a wake-up without a run, or a page whose decision fails again and again. */
export interface LostRun {
  readonly groupId: Id;
  readonly number: number;
  readonly title: string;
  readonly fault: 'run-without-wake-up' | 'wake-up-without-run' | 'decision-fails';
}

/** What the watch reads in one pass. */
export interface WatchFacts {
  readonly queues: readonly QueueFacts[];
  readonly lostPages: readonly LostPage[];
  readonly lostRuns: readonly LostRun[];
  /** Notifications whose lease ran out and that no sender took again. */
  readonly lostLeases: { readonly count: number; readonly oldestAt: Instant | null };
  /** Page notifications that were tried and have not left, by channel. */
  readonly unsent: readonly { readonly channel: string; readonly count: number; readonly oldestDueAt: Instant }[];
  readonly jobs: readonly {
    readonly name: string;
    readonly everySeconds: number;
    readonly lastFinishedAt: Instant | null;
  }[];
  /** Since when something is stored that is not sealed; null as a whole: there is no sealer here. */
  readonly seal: { readonly unsealedSince: Instant | null } | null;
  /** When this watch began to look: before that nothing can be late by its fault. */
  readonly since: Instant;
}

/** Why the chain of a page, or the machinery under it, stands still. */
export type StallKind =
  | 'wake-up-late'
  | 'page-lost'
  | 'run-without-wake-up'
  | 'wake-up-without-run'
  | 'decision-fails'
  | 'lease-lost'
  | 'page-unsent'
  | 'job-late'
  | 'seal-late';

/** One stall. `key` names it for as long as it lasts, so that it is told once and not with every pass. */
export interface Stall {
  readonly key: string;
  readonly kind: StallKind;
  readonly groupId: Id | null;
  readonly sentence: string;
}

/**
 * Finds what has stalled. Lateness is one stall a queue however many rows are late, so that an overload is one alarm;
 * a lost page or run is a stall of its own, because each is a promise broken.
 */
export function findStalls(facts: WatchFacts, now: Instant): readonly Stall[] {
  const { since } = facts;
  return [
    ...facts.queues.flatMap((queue) => lateQueue(queue, since, now)),
    ...lostLeases(facts, now),
    ...facts.lostPages.map(lostPage),
    ...facts.lostRuns.map(lostRun),
    ...facts.unsent.flatMap((channel) => unsentPages(channel, since, now)),
    ...facts.jobs.flatMap((job) => lateJob(job, since, now)),
    ...lateSeal(facts, now),
  ];
}

/** How late the engine is: its oldest due wake-up, in seconds; 0 when nothing is due. */
export function engineLateSeconds(queues: readonly QueueFacts[], now: Instant): number {
  return Math.max(0, ...queues.map(({ oldestDueAt }) => (oldestDueAt === null ? 0 : lateSeconds(oldestDueAt, now))));
}

/** Whether wake-ups are taken in time: the oldest due one is less than 5 s late. */
export function isEngineOnTime(queues: readonly QueueFacts[], now: Instant): boolean {
  return engineLateSeconds(queues, now) < UNHEALTHY_LATE_SECONDS;
}

/** Seconds that something has been due under our eyes: an engine that has just started is not late for its own absence. */
function lateUnderWatch(due: Instant, since: Instant, now: Instant): number {
  return lateSeconds(Temporal.Instant.compare(due, since) < 0 ? since : due, now);
}

function lateQueue({ name, oldestDueAt, due }: QueueFacts, since: Instant, now: Instant): readonly Stall[] {
  if (oldestDueAt === null || lateUnderWatch(oldestDueAt, since, now) <= ALARM_LATE_SECONDS) return [];
  const late = Math.floor(lateSeconds(oldestDueAt, now));
  const what = { groups: 'decisions on pages', runs: 'escalation steps', notifications: 'messages' }[name];
  const sentence = `${due} ${what} are due and nobody takes them; the oldest is ${late} s late.`;
  return [{ key: `wake-up-late:${name}`, kind: 'wake-up-late', groupId: null, sentence }];
}

function lostLeases({ lostLeases: { count, oldestAt }, since }: WatchFacts, now: Instant): readonly Stall[] {
  if (count === 0 || oldestAt === null || lateUnderWatch(oldestAt, since, now) <= ALARM_LATE_SECONDS) return [];
  const sentence = `${count} messages were taken by a sender that never came back, and no other took them again.`;
  return [{ key: 'lease-lost', kind: 'lease-lost', groupId: null, sentence }];
}

function lostPage({ groupId, number, title, firing }: LostPage): Stall {
  const sentence = `Page ${number} (${title}) has ${firing} firing alerts, calls nobody, nothing will wake it, and no reason is stored.`;
  return { key: `page-lost:${groupId}`, kind: 'page-lost', groupId, sentence };
}

const LOST_RUN: Readonly<Record<LostRun['fault'], string>> = {
  'run-without-wake-up': 'has a live escalation that nothing will wake',
  'wake-up-without-run': 'has a wake-up for an escalation that is not there',
  'decision-fails': 'cannot be decided: every try fails, and it is tried again',
};

function lostRun({ groupId, number, title, fault }: LostRun): Stall {
  const sentence = `Page ${number} (${title}) ${LOST_RUN[fault]}.`;
  return { key: `${fault}:${groupId}`, kind: fault, groupId, sentence };
}

function unsentPages(
  { channel, count, oldestDueAt }: WatchFacts['unsent'][number],
  since: Instant,
  now: Instant,
): readonly Stall[] {
  if (lateUnderWatch(oldestDueAt, since, now) <= ALARM_LATE_SECONDS) return [];
  const late = Math.floor(lateSeconds(oldestDueAt, now));
  const sentence = `${count} pages could not be sent by ${channel}; the oldest has been tried for ${late} s.`;
  return [{ key: `page-unsent:${channel}`, kind: 'page-unsent', groupId: null, sentence }];
}

function lateJob(
  { name, everySeconds, lastFinishedAt }: WatchFacts['jobs'][number],
  since: Instant,
  now: Instant,
): readonly Stall[] {
  const patience = Math.max(everySeconds * JOB_INTERVALS, LEAST_JOB_PATIENCE_SECONDS);
  const late = lateUnderWatch(lastFinishedAt ?? since, since, now);
  if (late <= patience) return [];
  const sentence = `The background work ${name} has not finished for ${Math.floor(late)} s.`;
  return [{ key: `job-late:${name}`, kind: 'job-late', groupId: null, sentence }];
}

function lateSeal({ seal, since }: WatchFacts, now: Instant): readonly Stall[] {
  if (seal === null || seal.unsealedSince === null) return [];
  const late = lateUnderWatch(seal.unsealedSince, since, now);
  if (late <= SEAL_PATIENCE_SECONDS) return [];
  const sentence = `What was stored in the last ${Math.floor(late)} s is not sealed.`;
  return [{ key: 'seal-late', kind: 'seal-late', groupId: null, sentence }];
}
