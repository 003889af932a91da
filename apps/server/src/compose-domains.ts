import { hostname } from 'node:os';
import { atLeast, authorize, createAccess, demand } from '#access';
import { type AcceptConfig, createAlerts, type ServiceFacts } from '#alerts';
import { createAudit } from '#audit';
import { createCatalog } from '#catalog';
import { createChanges } from '#changes';
import { createEscalation, createPageActs, saveLastResort } from '#escalation';
import { createIntegrations, createMailReader, createOpenAlerts, createPayloads, readers } from '#integrations';
import { type ChecksDeps, createHeartbeatLoop, createHeartbeats } from '#checks';
import { createLedger, type Emergency, type LedgerConfig, type LedgerPorts, nextOf } from '#ledger';
import { type Channel, createNotifications, type StoredRunFacts } from '#notifications';
import { createOncall } from '#oncall';
import type { Clock } from '#platform/clock';
import type { ConfigCache } from '#platform/config-cache';
import type { Databases } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { createEgress } from '#platform/egress';
import type { NewId } from '#platform/ids';
import type { Job } from '#platform/jobs';
import { html } from '#platform/html';
import type { Metrics } from '#platform/metrics';
import type { Secrets } from '#platform/secrets';
import { createWebhooks } from '#webhooks';
import { composeCalendars } from './compose-calendars.ts';
import { composeOutgoing } from './compose-outgoing.ts';
import { createRouting, withCatalog } from '#routing';
import { createSilences } from '#silences';
import type { Logger } from '#platform/log';
import { composeCounts, composeGauges } from './compose-metrics.ts';
import type { Config } from './config.ts';

/** What everything is built on. */
export interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: Databases;
  readonly newId: NewId;
  readonly cache: ConfigCache;
  readonly metrics: Metrics;
  readonly channels: readonly Channel[];
  /** Where people reach us: the public URL, else the address that we listen on. */
  readonly baseUrl: () => string;
  /** A manual clock drives the engine by hand; calls are then waited for. */
  readonly manual: boolean;
  /** Asked by the first-run set-up where strangers can reach it. */
  readonly setupToken: string | undefined;
  readonly secrets: Secrets;
  /** Every recurring job; filled once the domains are there. */
  readonly jobs: Job[];
  /** Wakes a loop of the engine, once there is one. */
  readonly wake: (loop: LoopName, at?: Temporal.Instant) => void;
}

type LoopName = 'groups' | 'notifications' | 'webhooks' | 'alerts' | 'heartbeats' | 'calendars' | 'jobs' | 'database';
/** Every domain, built on the base and handed what it asks of the others. */
export function composeDomains(base: Base) {
  const { db, clock, newId, cache: config, log } = base;
  const shared = { db, clock, newId, config };
  const counts = composeCounts(base.metrics);
  const publicUrl = base.config.publicUrl ?? null;
  const audit = createAudit({ db });
  const access = createAccess({
    ...shared,
    audit: audit.record,
    publicUrl,
    setupToken: base.setupToken,
    onFirstOwner: (trx, id, now) => saveLastResort(trx, [{ kind: 'user', id }], now),
  });
  const catalog = createCatalog({
    ...shared,
    audit: audit.record,
    demand: (actor, teamId) => demand(actor, 'catalog:write', { teamId }),
  });
  const oncall = createOncall({
    ...shared,
    ports: {
      person: (id) => personOf(id),
      mayWrite: (actor, teamId) => authorize(actor, 'schedules:write', { teamId }).allowed,
      audit: audit.record,
    },
  });
  const routing = createRouting({
    ...shared,
    audit: audit.record,
    onFaults: (faults) => log.error({ faults }, 'the stored routing tree cannot be used; the last good one routes on'),
  });
  const viewOf: ChecksDeps['viewOf'] = (labels) => {
    const key = labels['service'];
    return withCatalog(labels, key === undefined ? undefined : serviceFacts(catalog.current(), key)?.facts);
  };
  const silences = createSilences({
    ...shared,
    audit: audit.record,
    demand: (actor, permission, teamId) => demandForTeam(actor, permission, teamId),
    nameOf: (id) => access.people.current().users.get(id)?.name ?? 'a former member',
    viewOf,
    onFaults: (faults) => log.error({ faults }, 'something that should mute cannot be used; it mutes nothing'),
    wake: (at) => base.wake('groups', at),
  });
  const personOf = (id: string) => {
    const person = access.people.current().users.get(id);
    return person ? (person.active ? ('active' as const) : ('inactive' as const)) : null;
  };
  const notifications = createNotifications({
    ...shared,
    channels: hasEmergency(base.config) ? [...base.channels, emergencyChannel(() => ledger.emergency)] : base.channels,
    sealing: base.secrets,
    egress: createEgress({ allow: base.config.egressAllow }),
    publicUrl: () => publicUrl?.replace(/\/$/, '') ?? null,
    baseUrl: base.baseUrl,
    awaitCalls: base.manual,
    wake: (at) => base.wake('notifications', at),
    onClockDrift: counts.clockDrifted,
    onAttempt: counts.attempted,
    onCircuit: counts.circuitChanged,
    onError: (where, err) => log.error({ err, where }, 'telling failed; it will be tried again'),
    ports: {
      people: {
        person(id) {
          const person = access.people.current().users.get(id);
          if (person) return { name: person.name, zone: person.timeZone, active: person.active };
          // An integration whose sender has acknowledged stands where people do: it has a name and is never told.
          const sender = integrations.nameOf(id);
          return sender === null ? null : { name: sender, zone: 'UTC', active: false };
        },
        alarmRecipients: () =>
          [...access.people.current().users.values()]
            .filter((person) => person.active && person.role === 'owner')
            .map((person) => person.id),
      },
      escalation: () => ({ ...escalation, whoNext: (run) => whoNext(ports(), run) }),
      audit: (trx, { by, now, ...entry }) => audit.record(trx, { ...entry, actor: by, at: now }),
    },
  });
  const escalation = createEscalation({
    ...shared,
    ports: {
      people: {
        person: personOf,
        activeMembersOf: (teamId) =>
          access.people
            .current()
            .teams.get(teamId)
            ?.members.map((member) => member.userId)
            .filter((id) => personOf(id) === 'active') ?? null,
      },
      oncall,
      owners: catalog,
      pager: notifications,
      followers: { happened: (trx, happenings, now) => webhooks.happened(trx, happenings, now) },
      audit: { record: (trx, { by, now, ...entry }) => audit.record(trx, { ...entry, actor: by, at: now }) },
    },
    alerts: () => alerts,
    wakeGroups: (at) => base.wake('groups', at),
    wakeNotifications() {
      base.wake('notifications');
      if (webhooks.isFollowed()) base.wake('webhooks');
    },
  });
  const acceptConfig = {
    current: (): AcceptConfig => ({ tree: routing.current(), service: (key) => serviceFacts(catalog.current(), key) }),
  };
  const openAlerts = createOpenAlerts({
    ...shared,
    limits: { alarmAt: base.config.openAlertsAlarm, most: base.config.openAlertsMost },
    tell: (trx, id, count, now) => {
      const subject = `${integrations.nameOf(id) ?? id}: ${count.toLocaleString('en')} open alerts`;
      const about = { groupId: null, runId: null };
      return notifications.raiseAlarms(trx, [{ ...about, severity: 3, reason: 'too-many-open-alerts', subject }], now);
    },
  });
  const alerts = createAlerts({
    ...shared,
    onOpened: openAlerts.opened,
    acceptConfig,
    decider: escalation,
    muting: silences.muting,
    wake: (at) => base.wake('groups', at),
  });
  const pageActs = createPageActs({ db, escalation });
  const changes = createChanges({ db, newId });
  composeGauges(base.metrics, alerts, notifications);
  const integrations = createIntegrations({
    ...shared,
    alerts,
    sealing: base.secrets,
    heartbeats: () => heartbeats,
    isFull: openAlerts.isFull,
    audit: audit.record,
  });
  const checks: ChecksDeps = {
    ...shared,
    alerts: () => alerts,
    viewOf,
    async demand(actor, integrationId) {
      const integration = await integrations.find(integrationId);
      if (!integration) throw new AppError('INTEGRATION_NOT_FOUND');
      demand(actor, 'checks:write', { teamId: integration.teamId });
    },
    audit: audit.record,
    wake: (at) => base.wake('heartbeats', at),
  };
  const heartbeats = createHeartbeats(checks);
  const payloads = createPayloads({
    db,
    newId,
    integrations,
    readers: { ...readers, email: createMailReader({ db }) },
    audit: audit.record,
  });
  const webhooks = createWebhooks({
    ...shared,
    ...composeOutgoing(base, { audit, access, notifications }),
  });
  const ports = () => ledgerPorts({ audit, access, oncall, escalation, integrations }, base);
  const ledger = createLedger({ ...shared, log, appConfig: ledgerConfig(base.config), ports: ports() });
  return {
    heartbeats,
    heartbeatLoop: createHeartbeatLoop(checks),
    audit,
    access,
    catalog,
    oncall,
    routing,
    silences,
    calendars: composeCalendars(base, { change: silences.change, demand: demandForTeam }),
    notifications,
    escalation,
    pageActs,
    changes,
    alerts,
    integrations,
    openAlerts,
    payloads,
    ledger,
    webhooks,
    acceptConfig,
    counts,
  };
}

/** Who may act on pages may silence; what belongs to a team only its people and admins may change. */
function demandForTeam(actor: Actor, permission: 'silences:write' | 'routing:write', teamId: string | null): void {
  demand(actor, permission, { teamId });
  if (teamId === null || actor.kind !== 'user' || atLeast(actor.role, 'admin')) return;
  if (!actor.teamIds.includes(teamId)) throw new AppError('FORBIDDEN', { permission, reason: 'other-team' });
}

/** Every domain. */
export type Domains = ReturnType<typeof composeDomains>;

function ledgerPorts(
  {
    audit,
    access,
    oncall,
    escalation,
    integrations,
  }: Pick<Domains, 'audit' | 'access' | 'oncall' | 'escalation' | 'integrations'>,
  base: Base,
): LedgerPorts {
  const mail = base.channels.find((channel) => channel.name === 'email');
  const people = () => access.people.current();
  return {
    nameOf: (id) => people().users.get(id)?.name ?? integrations.nameOf(id) ?? 'a former member',
    peopleOf(target, at) {
      if (target.kind === 'user') return [target.id];
      if (target.kind === 'schedule') return oncall.onCallAt(target.id, at) ?? [];
      return target.kind === 'team'
        ? (people()
            .teams.get(target.id)
            ?.members.map((member) => member.userId) ?? [])
        : [];
    },
    lastResort: () => escalation.lastResort(),
    watchedJobs: () => base.jobs.filter((job) => job.scope === 'organisation'),
    seals: audit,
    mail: mail
      ? ({ to, subject, text, key, now }) =>
          mail.send(
            { format: 'mail', subject, text, html: html`<pre>${text}</pre>`.markup, thread: 'emergency', urgent: true },
            { to },
            { key, now, signal: AbortSignal.timeout(10_000) },
          )
      : null,
  };
}

/** Who is called next by a run, in names; null when nobody is known. */
function whoNext(
  { nameOf, peopleOf }: LedgerPorts,
  { snapshot, phase, round, step, runAt }: StoredRunFacts,
): string | null {
  const run = {
    live: true,
    snapshot,
    phase,
    round,
    step,
    holderId: null,
    acknowledgedBy: null,
  } as unknown as Parameters<typeof nextOf>[0];
  const next = nextOf(run, runAt, { peopleOf, thing: (_kind, id) => id, person: nameOf, clock: (at) => at.toString() });
  return next && next.people.length > 0 ? next.people.map(nameOf).join(', ') : null;
}

const hasEmergency = (config: Config) =>
  config.emergencyWebhookUrl !== undefined || config.emergencyMailTo !== undefined;

/** The emergency channel as one more way to tell: alarms about pages that reach nobody go there too. */
function emergencyChannel(emergency: () => Emergency): Channel {
  return {
    name: 'emergency',
    format: 'text',
    needs: [],
    async send(message, _to, { key, now }) {
      if (message.format !== 'text') return { ok: false, retryable: false, reason: 'not-supported' };
      const [subject = 'Tocsin needs you', ...rest] = message.text.split('\n');
      const { ok, failures } = await emergency().speak({
        subject,
        text: rest.length > 0 ? rest.join('\n') : subject,
        key,
        alsoMail: [],
        now,
      });
      return ok ? { ok } : { ok, retryable: true, reason: 'server-error', detail: failures.join('; ') };
    },
  };
}

function ledgerConfig(config: Config): LedgerConfig {
  return {
    emergency: { webhookUrl: config.emergencyWebhookUrl ?? null, mailTo: config.emergencyMailTo ?? null },
    heartbeat: { url: config.heartbeatUrl ?? null, method: 'POST', everySeconds: config.heartbeatIntervalSeconds },
    dataDir: config.dataDir,
    node: hostname(),
  };
}

function serviceFacts(catalogue: ReturnType<Domains['catalog']['current']>, key: string): ServiceFacts | undefined {
  const service = catalogue.byKey.get(key);
  if (!service) return undefined;
  const teamKey = service.teamId === null ? null : (catalogue.owners.get(service.teamId)?.key ?? null);
  return { facts: { service: { key, teamKey, tier: service.tier } }, serviceId: service.id, teamId: service.teamId };
}
