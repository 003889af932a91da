import type { Clock } from '#platform/clock';
import type { ConfigCache } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import type { Egress } from '#platform/egress';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import type { Job } from '#platform/jobs';
import type { Channel, SendResult } from './adapters/channel.ts';
import { type Contacts, createContacts } from './contacts/service.ts';
import { type ContactsConfig, readContacts } from './contacts/store.ts';
import type {
  CallReason,
  CancelReason,
  ContactMethod,
  Id,
  Instant,
  Person,
  QueueReason,
  Reach,
  Severity,
  Urgency,
} from './model.ts';
import type { NotificationPorts } from './ports.ts';
import { type Answering, createAnswering } from './phone-answers/service.ts';
import { phoneJobs } from './phone/jobs.ts';
import { createReporting, type Reporting } from './phone-receipts/service.ts';
import { createPhone, type Phone } from './phone/service.ts';
import { planNotifications, reachOf, readyChannels, usableMethods } from './rules.ts';
import { createReplies, type Replies } from './replies/service.ts';
import { createCircuits } from './sending/circuits.ts';
import { createSender, type Sender } from './sending/jobs.ts';
import { createRecalls } from './sending/recalls.ts';
import {
  cancelOfRuns,
  hasWaitingUpdate,
  insertNotifications,
  killReplyTokens,
  type NewNotification,
  readToldMethods,
  readToldWays,
  type ToldWay,
} from './store.ts';

/** One call of one person or endpoint, to be expanded by the person's rules. */
export interface PageRequest {
  readonly groupId: Id;
  readonly runId: Id;
  readonly round: number;
  readonly step: number;
  readonly userId?: Id | null | undefined;
  readonly endpointId?: Id | null | undefined;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly reason: CallReason;
}

/** Something to tell a holder that calls nobody. */
export interface UpdateRequest {
  readonly groupId: Id;
  readonly runId: Id;
  readonly userId: Id;
  readonly severity: Severity;
  readonly urgency: Urgency;
  readonly reason: CallReason;
}

/** A page that reaches nobody. */
export interface AlarmRequest {
  readonly groupId: Id | null;
  readonly runId: Id | null;
  readonly severity: Severity;
  readonly reason: string;
  /** What it is about, in words, where that is no page. */
  readonly subject?: string;
  /** Told alone, by ways that do not ring. Without this, or a way to reach them, everybody is whom alarms about Tocsin go to. */
  readonly to?: Id;
}

/** What notifications needs from outside. */
export interface NotificationDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly ports: NotificationPorts;
  /** The ways that this installation can send by, e.g. email and webhook. */
  readonly channels: readonly Channel[];
  readonly sealing: Sealing;
  /** The way out to providers of texts and calls, whose addresses owners set. */
  readonly egress: Egress;
  /** Where the outside reaches Tocsin; null when only the listening address is known. */
  readonly publicUrl: () => string | null;
  /** Where people reach Tocsin, without a slash at its end. */
  readonly baseUrl: () => string;
  readonly awaitCalls: boolean;
  readonly wake: (at?: Instant) => void;
  readonly onError: (where: string, error: unknown) => void;
  readonly onClockDrift?: () => void;
  readonly onAttempt?: (attempt: {
    readonly channel: string;
    readonly kind: string;
    readonly result: SendResult;
    readonly seconds: number;
  }) => void;
  readonly onCircuit?: (change: { readonly channel: string; readonly became: 'open' | 'closed' }) => void;
}

/** Telling people: what is queued in the caller's transaction is sent after its commit. */
export interface Notifications extends Sender {
  /** Expands calls into notifications by the people's own rules, in one statement. */
  queuePages(trx: Trx, requests: readonly PageRequest[], now: Instant): Promise<void>;
  /** Cancels what these runs have queued or under way; returns how many. */
  cancelForRuns(trx: Trx, runIds: readonly Id[], reason: CancelReason, now: Instant): Promise<number>;
  queueUpdate(trx: Trx, request: UpdateRequest, now: Instant): Promise<void>;
  /** Tells, quietly, who was really told of these pages, by the way that reached them. */
  queueResolved(trx: Trx, groups: readonly { readonly groupId: Id; readonly runId: Id }[], now: Instant): Promise<void>;
  /** Tells the organisation's alarm recipients, and the emergency channel where there is one. */
  raiseAlarms(trx: Trx, alarms: readonly AlarmRequest[], now: Instant): Promise<void>;
  killTokens(trx: Trx, groupIds: readonly Id[], now: Instant): Promise<void>;
  /** From the cached configuration, by the same decision that queues. */
  reachOf(userId: Id, urgency: Urgency): Reach;
  endpointExists(endpointId: Id): boolean;
  /** Providers that fail and are passed over, in this process. */
  openCircuits(): number;
  /** The channels that people can add now. */
  channelNames(): readonly string[];
  readonly contacts: Contacts;
  readonly replies: Replies;
  /** Texts and calls: who carries them, what is reported of them, what people answer. */
  readonly phone: Phone & {
    readonly reporting: Reporting;
    readonly answering: Answering;
    readonly jobs: readonly Job[];
  };
}

/** The channel that reaches people without naming any: alarms go there too. */
const EMERGENCY = 'emergency';

/** Builds the service and registers its configuration with the cache. */
export function createNotifications(deps: NotificationDeps): Notifications {
  const part = deps.config.register<ContactsConfig>('notifications', readContacts);
  const phone = createPhone(deps);
  const given = new Set(deps.channels.map((channel) => channel.name));
  const byPhone = phone.channels.filter((channel) => !given.has(channel.name));
  const channels = new Map([...deps.channels, ...byPhone].map((channel) => [channel.name, channel]));
  const names = () => readyChannels(channels.values());
  const personOf = (userId: Id): Person | null => {
    const facts = deps.ports.people.person(userId);
    if (facts === null) return null;
    const { methodsOf, rulesOf } = part.current();
    return { userId, active: facts.active, methods: methodsOf.get(userId) ?? [], rules: rulesOf.get(userId) ?? [] };
  };
  const circuits = createCircuits();
  const senderDeps = { ...deps, contacts: part, channels, personOf, circuits, recalls: createRecalls(deps) };
  const sender = createSender(senderDeps);
  const source: Source = { deps, names, personOf, rings: (name) => channels.get(name)?.rings === true };
  const contacts = createContacts({ ...deps, part, channels, guard: phone.guard, wake: () => deps.wake() });
  const reporting = createReporting(senderDeps);
  const alarm = async (request: Omit<AlarmRequest, 'groupId' | 'runId'>, now: Instant) => {
    const alarms = [{ ...request, groupId: null, runId: null }];
    await inTransaction(deps.db.paging, (trx) => raiseAlarms(source, trx, { alarms, now }));
    deps.wake();
  };
  return {
    ...sender,
    queuePages: async (trx, requests, now) =>
      void (await insertNotifications(
        trx,
        requests.flatMap((request) => expand(source, request, now)),
        now,
      )),
    cancelForRuns: (trx, runIds, reason, now) => cancelOfRuns(trx, { runIds, reason, now }),
    queueUpdate: (trx, request, now) => queueUpdate(source, trx, { request, now }),
    queueResolved: (trx, groups, now) => queueResolved(source, trx, { groups, now }),
    raiseAlarms: (trx, alarms, now) => raiseAlarms(source, trx, { alarms, now }),
    killTokens: (trx, groupIds, now) => killReplyTokens(trx, groupIds, now),
    reachOf(userId, urgency) {
      const person = personOf(userId);
      return person === null
        ? { reachable: false, reason: 'inactive' }
        : reachOf({ person, urgency, channels: names() });
    },
    openCircuits: circuits.openCount,
    endpointExists: (endpointId) => names().has('webhook') && part.current().endpoints.has(endpointId),
    channelNames: () => [...names()].filter((name) => name !== EMERGENCY),
    contacts,
    replies: createReplies({ db: deps.db, ports: deps.ports, baseUrl: deps.baseUrl }),
    phone: {
      ...phone,
      reporting,
      answering: createAnswering({
        ...deps,
        contacts,
        methodsAt: (channel, address) => methodsAt(part.current(), { channel, address }),
        tell: (to, subject, now) => alarm({ severity: 4, reason: 'texts-stopped', to, subject }, now),
      }),
      jobs: phoneJobs({
        db: deps.db,
        reporting,
        limits: () => phone.settings().guard,
        alarm: (reason, subject, now) => alarm({ severity: 3, reason, subject }, now),
      }),
    },
  };
}

/** Whose number this is: several people may share a phone. */
function methodsAt(
  { methods }: ContactsConfig,
  wanted: { readonly channel: string; readonly address: string },
): readonly ContactMethod[] {
  return [...methods.values()].filter(
    ({ channel, address, verifiedAt, disabledAt }) =>
      channel === wanted.channel && address === wanted.address && verifiedAt !== null && disabledAt === null,
  );
}

interface Source {
  readonly deps: NotificationDeps;
  readonly names: () => ReadonlySet<string>;
  readonly personOf: (userId: Id) => Person | null;
  readonly rings: (channel: string) => boolean;
}

function expand({ deps, names, personOf }: Source, request: PageRequest, now: Instant): readonly NewNotification[] {
  const { groupId, runId, round, step, urgency, severity, reason } = request;
  const base = { groupId, runId, round, step, kind: 'page', urgency, severity } as const;
  const row = (queued: QueueReason) => ({ ...base, id: deps.newId(), reason: { call: reason, queued } });
  if (request.endpointId) {
    return [
      {
        ...row({ kind: 'endpoint' }),
        userId: null,
        endpointId: request.endpointId,
        methodId: null,
        channel: 'webhook',
        dueAt: now,
      },
    ];
  }
  const userId = request.userId as Id;
  const person = personOf(userId);
  if (person === null) return [];
  const plan = planNotifications({ person, urgency, channels: names(), now });
  return plan.rows.map((one) => ({
    ...row(one.reason),
    userId,
    endpointId: null,
    methodId: one.methodId,
    channel: one.channel,
    dueAt: one.dueAt,
  }));
}

/** By the method that last reached the holder for this page, else by their first; nothing when one is waiting already. */
async function queueUpdate(
  { deps, names, personOf, rings }: Source,
  trx: Trx,
  { request, now }: { readonly request: UpdateRequest; readonly now: Instant },
): Promise<void> {
  const { groupId, runId, userId, severity, urgency, reason } = request;
  const person = personOf(userId);
  if (person === null || (await hasWaitingUpdate(trx, request))) return;
  const usable = usableMethods(person, names()).filter((one) => !rings(one.channel));
  const told = await readToldMethods(trx, request);
  const first = planNotifications({ person, urgency, channels: names(), now }).rows.toSorted((a, b) =>
    Temporal.Instant.compare(a.dueAt, b.dueAt),
  )[0];
  const method =
    told.map((id) => usable.find((one) => one.id === id)).find((one) => one !== undefined) ??
    usable.find((one) => one.id === first?.methodId);
  if (!method) return;
  const row = {
    id: deps.newId(),
    groupId,
    runId,
    round: 0,
    step: 0,
    kind: 'update',
    userId,
    endpointId: null,
    methodId: method.id,
    channel: method.channel,
  } as const;
  await insertNotifications(
    trx,
    [{ ...row, urgency, severity, reason: { call: reason, queued: { kind: 'holder' } }, dueAt: now }],
    now,
  );
}

/** A call at night to say that all is well is no kindness: who was only called is told by a way that does not ring. */
function quietWays({ names, personOf, rings }: Source, ways: readonly ToldWay[]): readonly ToldWay[] {
  return ways.flatMap((way) => {
    if (!rings(way.channel)) return [way];
    const told = ways.some((one) => one.groupId === way.groupId && one.userId === way.userId && !rings(one.channel));
    const person = told || way.userId === null ? null : personOf(way.userId);
    const method = person && usableMethods(person, names()).find((one) => !rings(one.channel));
    return method ? [{ ...way, methodId: method.id, channel: method.channel }] : [];
  });
}

async function queueResolved(
  source: Source,
  trx: Trx,
  { groups, now }: { readonly groups: readonly { readonly groupId: Id; readonly runId: Id }[]; readonly now: Instant },
): Promise<void> {
  const runOf = new Map(groups.map((group) => [group.groupId, group.runId]));
  const { deps } = source;
  const ways = await readToldWays(trx, [...runOf.keys()]);
  const rows = quietWays(source, ways).map(
    (way): NewNotification => ({
      ...way,
      id: deps.newId(),
      runId: runOf.get(way.groupId) ?? null,
      round: 0,
      step: 0,
      kind: 'resolved',
      reason: { call: null, queued: { kind: 'was-told' } },
      dueAt: now,
    }),
  );
  await insertNotifications(trx, rows, now);
}

async function raiseAlarms(
  source: Source,
  trx: Trx,
  { alarms, now }: { readonly alarms: readonly AlarmRequest[]; readonly now: Instant },
): Promise<void> {
  const { deps, names } = source;
  const ways = deps.ports.people.alarmRecipients().flatMap((userId) => waysOf(source, userId));
  const everywhere = names().has(EMERGENCY) ? [...ways, { userId: null, methodId: null, channel: EMERGENCY }] : ways;
  const waysTo = (to: Id | undefined) => {
    const own = to === undefined ? [] : waysOf(source, to).filter((way) => !source.rings(way.channel));
    return own.length > 0 ? own : everywhere;
  };
  const rows = alarms.flatMap(({ groupId, runId, severity, reason, subject, to }) =>
    waysTo(to).map(
      (way): NewNotification => ({
        ...way,
        id: deps.newId(),
        groupId,
        runId,
        round: 0,
        step: 0,
        kind: 'alarm',
        endpointId: null,
        urgency: 'high',
        severity,
        reason: {
          call: { kind: reason, ...(subject === undefined ? {} : { subject }) },
          queued: { kind: 'alarm' },
        },
        dueAt: now,
      }),
    ),
  );
  await insertNotifications(trx, rows, now);
}

/** Every way that a person can be told by. */
function waysOf({ names, personOf }: Source, userId: Id) {
  const person = personOf(userId);
  const usable = person === null ? [] : usableMethods(person, names());
  return usable.map((method) => ({ userId, methodId: method.id, channel: method.channel }));
}
