import { sweepAccess } from '#access';
import { sweepChanges } from '#changes';
import { type AlertJobsDeps, flushSightings, retireAlerts, sweepAlerts, tickGroups } from '#alerts';
import { sealJob } from '#audit';
import { sweepOpsgenieRequests, sweepPayloads } from '#integrations';
import { sweepIdempotencyKeys } from '#platform/http/idempotency';
import { sweepHints } from '#platform/http/stream-feed';
import { createJobs, type Job } from '#platform/jobs';
import { maintainPartitions } from '#platform/partitions';
import { createEngine, type Engine, type EngineLoop } from './engine.ts';
import type { Base, Domains } from './compose-domains.ts';
import { composeReseal } from './compose-reseal.ts';

/** Passes of the engine: what wakes rows. Everything that may be late is a job. */
export function composeEngine(base: Base, domains: Domains): Engine {
  const { db, clock, cache, log } = base;
  const { counts } = domains;
  const trouble: AlertJobsDeps['onTrouble'] = (what, detail) => {
    if (what === 'clock-drift') counts.clockDrifted();
    else counts.engineFailed('groups');
    log.error(
      { detail },
      what === 'clock-drift'
        ? 'our clock and the database disagree: this tick decided nothing'
        : 'a group could not be decided; it is put off',
    );
  };
  const alertJobs: AlertJobsDeps = {
    db,
    clock,
    config: cache,
    acceptConfig: domains.acceptConfig,
    decider: domains.escalation,
    muting: domains.silences.muting,
    cache: domains.alerts.cache,
    onTrouble: trouble,
  };
  base.jobs.push(...composeJobs(base, domains), ...composeReseal(base));
  // A process without the engine's role decides and sends nothing; it keeps its own configuration, clock and counts.
  const isEngine = base.config.roles.includes('engine');
  const jobs = createJobs({
    db: db.paging,
    clock,
    jobs: isEngine ? base.jobs : base.jobs.filter((job) => job.scope === 'process'),
    onError: (job, err) => log.error({ err, job }, 'a job failed; it will run again'),
  });
  const loops: readonly EngineLoop[] = [
    { name: 'groups', pass: (now) => tickGroups(alertJobs, now) },
    {
      name: 'notifications',
      async pass(now) {
        const { sent, nextAt } = await domains.notifications.sendDue(now);
        return { done: sent, nextAt };
      },
    },
    { name: 'webhooks', pass: (now) => domains.webhooks.sendDue(now) },
    { name: 'alerts', pass: (now) => sweepAlerts(alertJobs, now) },
    { name: 'heartbeats', pass: (now) => domains.heartbeatLoop.pass(now) },
    { name: 'calendars', pass: (now) => domains.calendars.readDue(now) },
    { name: 'jobs', pass: (now) => jobs.pass(now) },
    { name: 'database', pass: (now) => domains.ledger.jobs.lookAtDatabase(now) },
  ];
  return createEngine({
    clock,
    log,
    onError: counts.engineFailed,
    loops: loops.filter(({ name }) => isEngine || name === 'jobs' || name === 'database'),
  });
}

function composeJobs(
  { db, cache }: Base,
  { alerts, calendars, integrations, openAlerts, audit, notifications, webhooks, ledger }: Domains,
): readonly Job[] {
  const job = (
    name: string,
    everySeconds: number,
    scope: Job['scope'],
    run: (now: Temporal.Instant) => Promise<unknown>,
  ): Job => ({
    name,
    everySeconds,
    scope,
    run: async (now) => {
      await run(now);
    },
  });
  return [
    job('configuration', 1, 'process', () => cache.refresh()),
    job('sightings', 15, 'process', () => flushSightings({ db, cache: alerts.cache })),
    job('last-events', 15, 'process', () => integrations.flushLastEvents()),
    job('partitions', 3_600, 'organisation', (now) => maintainPartitions(db.paging, now)),
    job('retire-alerts', 60, 'organisation', (now) => retireAlerts({ db }, now)),
    job('access', 86_400, 'organisation', (now) => sweepAccess(db.paging, now)),
    job('idempotency-keys', 3_600, 'organisation', (now) => sweepIdempotencyKeys(db.paging, now)),
    job('opsgenie-requests', 3_600, 'organisation', (now) => sweepOpsgenieRequests(db.paging, now)),
    job('payloads', 600, 'organisation', (now) => sweepPayloads(db.paging, now)),
    job('changes', 3_600, 'organisation', (now) => sweepChanges(db.reports, now)),
    job('calendars', 3_600, 'organisation', (now) => calendars.sweep(now)),
    job('webhook-outbox', 300, 'organisation', (now) => webhooks.sweep(now)),
    job('hints', 60, 'organisation', (now) => sweepHints(db.paging, now)),
    ...openAlerts.jobs,
    sealJob(audit),
    ...notifications.phone.jobs,
    ...ledger.jobs.jobs,
  ];
}
