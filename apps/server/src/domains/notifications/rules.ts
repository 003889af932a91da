import type { ContactMethod, Id, Instant, Person, QueueReason, Reach, UnreachableReason, Urgency } from './model.ts';

/** One notification to queue: by which method, when, why. */
export interface PlannedNotification {
  readonly methodId: Id;
  readonly channel: string;
  readonly dueAt: Instant;
  readonly reason: QueueReason;
}

/** Why a rule or method was passed over. */
export type SkipReason = 'method-gone' | 'disabled' | 'unverified' | 'channel-off';

/** What telling a person comes to. `rows` is empty exactly when `unreachable` says why. */
export interface NotificationPlan {
  readonly rows: readonly PlannedNotification[];
  readonly unreachable: UnreachableReason | null;
  readonly skipped: readonly { readonly methodId: Id; readonly reason: SkipReason }[];
}

/** What a decision about a person is made with; `channels` are those that this installation can send by. */
export interface TellPerson {
  readonly person: Person;
  readonly urgency: Urgency;
  readonly channels: ReadonlySet<string>;
  readonly now: Instant;
}

/**
 * Expands a call of a person into notifications by the person's rules for that urgency. A rule whose method cannot
 * be used is passed over with the reason; when none is left, or there was none, every usable method is due at once:
 * rules shape how somebody is called, they never make a person silent.
 */
export function planNotifications({ person, urgency, channels, now }: TellPerson): NotificationPlan {
  const usable = new Map(
    person.methods.filter((method) => faultOf(method, channels) === null).map((method) => [method.id, method]),
  );
  const rules = person.rules.filter((rule) => rule.urgency === urgency);
  const skipped = skips(
    person,
    rules.length > 0 ? rules.map((rule) => rule.methodId) : person.methods.map((method) => method.id),
    channels,
  );
  const unreachable = person.active ? whyNone(person, usable.size) : 'inactive';
  if (unreachable !== null) return { rows: [], unreachable, skipped };
  const byRule = rules.flatMap((rule) => {
    const method = usable.get(rule.methodId);
    if (!method) return [];
    const reason: QueueReason = { kind: 'rule', delaySeconds: rule.delaySeconds };
    return [planned(method, now.add({ seconds: rule.delaySeconds }), reason)];
  });
  if (byRule.length > 0) return { rows: soonestOfEach(byRule), unreachable: null, skipped };
  const reason: QueueReason = { kind: rules.length > 0 ? 'rules-unusable' : 'no-rule' };
  return { rows: [...usable.values()].map((method) => planned(method, now, reason)), unreachable: null, skipped };
}

/** Whether a person can be reached at an urgency; by the same decision that queues, so the two cannot differ. */
export function reachOf(tell: Omit<TellPerson, 'now'>): Reach {
  const { rows, unreachable } = planNotifications({ ...tell, now: EPOCH });
  return unreachable === null ? { reachable: true, methods: rows.length } : { reachable: false, reason: unreachable };
}

/** The methods by which a person can be told at all, in their own order. */
export function usableMethods(person: Person, channels: ReadonlySet<string>): readonly ContactMethod[] {
  return person.active ? person.methods.filter((method) => faultOf(method, channels) === null) : [];
}

/** The channels that can be sent by at this moment. */
export function readyChannels(
  channels: Iterable<{ readonly name: string; readonly isReady?: () => boolean }>,
): ReadonlySet<string> {
  return new Set([...channels].filter((channel) => channel.isReady?.() !== false).map((channel) => channel.name));
}

const EPOCH = Temporal.Instant.fromEpochMilliseconds(0);

function planned(method: ContactMethod, dueAt: Instant, reason: QueueReason): PlannedNotification {
  return { methodId: method.id, channel: method.channel, dueAt, reason };
}

/** One row a method: of two rules for the same one the sooner counts. */
function soonestOfEach(rows: readonly PlannedNotification[]): readonly PlannedNotification[] {
  const byMethod = new Map<Id, PlannedNotification>();
  for (const row of rows) {
    const held = byMethod.get(row.methodId);
    if (!held || Temporal.Instant.compare(row.dueAt, held.dueAt) < 0) byMethod.set(row.methodId, row);
  }
  return [...byMethod.values()];
}

function faultOf(method: ContactMethod, channels: ReadonlySet<string>): SkipReason | null {
  if (method.disabledAt !== null) return 'disabled';
  if (method.verifiedAt === null) return 'unverified';
  return channels.has(method.channel) ? null : 'channel-off';
}

function skips(person: Person, ids: readonly Id[], channels: ReadonlySet<string>): NotificationPlan['skipped'] {
  return ids.flatMap((methodId) => {
    const method = person.methods.find((one) => one.id === methodId);
    const reason = method ? faultOf(method, channels) : 'method-gone';
    return reason === null ? [] : [{ methodId, reason }];
  });
}

/** `unverified` when verifying would help; else there is simply nothing to reach the person by. */
function whyNone(person: Person, usable: number): UnreachableReason | null {
  if (usable > 0) return null;
  const waiting = person.methods.some((method) => method.disabledAt === null && method.verifiedAt === null);
  return waiting ? 'unverified' : 'no-contact-method';
}
