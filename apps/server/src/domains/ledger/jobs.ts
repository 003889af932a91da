import { sql } from 'kysely';
import type { Clock } from '#platform/clock';
import type { Databases } from '#platform/db';
import type { Job } from '#platform/jobs';
import type { Pass } from '#platform/loop';
import { decideAlarms } from './alarms.ts';
import type { Emergency } from './adapters/emergency.ts';
import { readEmergencyFile, writeEmergencyFile } from './adapters/emergency-file.ts';
import { sendHeartbeat } from './adapters/outside-heartbeat.ts';
import type { CallOutward, OutwardFailure } from './adapters/outward-call.ts';
import { backText, type EmergencyCopy, goneText, mailAddresses } from './emergency-copy.ts';
import { decideHeartbeat, type NoHeartbeatReason } from './heartbeat.ts';
import { type Instant, lateSeconds } from './model.ts';
import { decideOutage, noOutage, spoken } from './outage.ts';
import type { LedgerConfig, LedgerLog, LedgerPorts } from './ports.ts';
import { readContacts, readOpenPages } from './search.ts';
import { engineLateSeconds, findStalls, type Stall, type WatchFacts } from './stalled.ts';
import { readDelivery, readJobAges, readLostPages, readLostRuns, readMemory, readQueues, saveMemory } from './store.ts';

const WATCH_EVERY_SECONDS = 10;
const COPY_EVERY_SECONDS = 60;
const LOOK_EVERY_SECONDS = 5;
/** A watch that has not looked for so long begins anew: what was late meanwhile is the absence's, not the engine's. */
const SERIES_BREAKS_AFTER_SECONDS = 60;
const WATCH_JOB = 'ledger.watch';

/** What the ledger's jobs need. */
export interface LedgerJobsDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly ports: LedgerPorts;
  readonly config: LedgerConfig;
  readonly emergency: Emergency;
  readonly call: CallOutward;
  readonly log: LedgerLog;
}

/** The last outcome of the outward heartbeat on this node. */
export interface HeartbeatOutcome {
  readonly sentAt: Instant | null;
  readonly reason: string | null;
}

/** The ledger's recurring work. */
export interface LedgerJobs {
  readonly jobs: readonly Job[];
  /**
   * One look at the database, for a loop of its own: it must go on when the loop of the jobs hangs on a database that
   * is frozen. Speaks by the emergency channel, reads `emergency.json`, writes nothing.
   */
  lookAtDatabase(now: Instant): Promise<Pass>;
  /** Looks once at everything and speaks; what the watch job does. Returns the stalls found. */
  watch(now: Instant): Promise<readonly Stall[]>;
  heartbeat(now: Instant): Promise<HeartbeatOutcome>;
  lastHeartbeat(): HeartbeatOutcome;
}

/** Builds the jobs. Watch and heartbeat run in one process at a time; copy and look in each. */
export function createLedgerJobs(deps: LedgerJobsDeps): LedgerJobs {
  const { heartbeat } = deps.config;
  let outcome: HeartbeatOutcome = { sentAt: null, reason: null };
  const beat = async (now: Instant) => {
    const reason = await sendWhenWell(deps, now);
    if (reason !== null) deps.log.warn({ reason }, 'the heartbeat to the outside was not sent');
    outcome = { sentAt: reason === null ? now : outcome.sentAt, reason };
    return outcome;
  };
  const beating: readonly Job[] =
    heartbeat.url === null
      ? []
      : [
          {
            name: 'ledger.heartbeat',
            everySeconds: heartbeat.everySeconds,
            scope: 'organisation',
            run: async (now) => void (await beat(now)),
          },
        ];
  return {
    jobs: [
      {
        name: WATCH_JOB,
        everySeconds: WATCH_EVERY_SECONDS,
        scope: 'organisation',
        run: async (now) => void (await watch(deps, now)),
      },
      {
        name: 'ledger.emergency-copy',
        everySeconds: COPY_EVERY_SECONDS,
        scope: 'process',
        run: (now) => copyForEmergency(deps, now),
      },
      ...beating,
    ],
    lookAtDatabase: createLook(deps),
    watch: (now) => watch(deps, now),
    heartbeat: beat,
    lastHeartbeat: () => outcome,
  };
}

async function watch(deps: LedgerJobsDeps, now: Instant): Promise<readonly Stall[]> {
  const { db, emergency, log } = deps;
  const memory = await readMemory(db.paging);
  const goesOn = memory.lastPassAt !== null && lateSeconds(memory.lastPassAt, now) <= SERIES_BREAKS_AFTER_SECONDS;
  const since = goesOn && memory.since !== null ? memory.since : now;
  const stalls = findStalls(await readWatchFacts(deps, since, now), now);
  const { text, told, untold } = decideAlarms(memory.alarms, stalls, now);
  let alarms = told;
  if (text !== null) {
    log.error({ stalls: stalls.map(({ key }) => key) }, text);
    const key = `watch-${now.epochMilliseconds}`;
    const { ok, failures } = await emergency.speak({
      subject: 'Tocsin watches itself',
      text,
      key,
      alsoMail: await lastResortMail(deps, now),
      now,
    });
    if (!ok) alarms = untold;
    if (failures.length > 0) log.warn({ failures }, 'the emergency channel did not take everything');
  }
  await saveMemory(db.paging, { alarms, since, lastPassAt: now }, now);
  return stalls;
}

/** Where no mail address is configured the last resort is told. */
async function lastResortMail({ db, ports, config }: LedgerJobsDeps, now: Instant): Promise<readonly string[]> {
  if (config.emergency.mailTo !== null || config.emergency.webhookUrl !== null) return [];
  const contacts = await readContacts(db.paging, lastResortIds(ports, now));
  return contacts.flatMap(({ addresses }) =>
    addresses.flatMap(({ channel, address }) => (channel === 'email' ? [address] : [])),
  );
}

function lastResortIds(ports: LedgerPorts, now: Instant): readonly string[] {
  return [...new Set(ports.lastResort().flatMap((target) => ports.peopleOf(target, now)))];
}

async function readWatchFacts({ db, ports }: LedgerJobsDeps, since: Instant, now: Instant): Promise<WatchFacts> {
  const ages = await readJobAges(db.paging);
  const watched = ports.watchedJobs().filter(({ name }) => name !== WATCH_JOB);
  return {
    since,
    queues: await readQueues(db.paging, now),
    lostPages: await readLostPages(db.paging, now),
    lostRuns: await readLostRuns(db.paging),
    ...(await readDelivery(db.paging, now)),
    jobs: watched.map(({ name, everySeconds }) => ({ name, everySeconds, lastFinishedAt: ages.get(name) ?? null })),
    seal: ports.seals === null ? null : { unsealedSince: await ports.seals.unsealedSince() },
  };
}

/** Sends the heartbeat when all is well; answers why it was not sent, or null. */
async function sendWhenWell(
  { db, ports, config, call }: LedgerJobsDeps,
  now: Instant,
): Promise<NoHeartbeatReason | 'not-configured' | OutwardFailure | null> {
  const { url, method } = config.heartbeat;
  if (url === null) return 'not-configured';
  const memory = await readMemory(db.paging);
  const late = engineLateSeconds(await readQueues(db.paging, now), now);
  const untoldAlarms = memory.alarms.filter(({ toldAt }) => toldAt === null).length;
  const decision = decideHeartbeat({ now, watchedAt: memory.lastPassAt, lateSeconds: late, untoldAlarms });
  if (!decision.send) return decision.reason;
  const seal = (await ports.seals?.newestSeal()) ?? null;
  const result = await sendHeartbeat(call, { url, method }, { at: now.toString(), seal });
  if (!result.ok) return result.reason;
  if (seal !== null) await ports.seals?.markShipped(seal.n, now);
  return null;
}

/** Mirrors to the disk of this node what a call for help needs. */
async function copyForEmergency({ db, ports, config }: LedgerJobsDeps, now: Instant): Promise<void> {
  const { pages, count } = await readOpenPages(db.paging);
  const copy: EmergencyCopy = {
    format: 1,
    writtenAt: now.toString({ smallestUnit: 'second' }),
    channel: config.emergency,
    contacts: await readContacts(db.paging, lastResortIds(ports, now)),
    openPages: pages,
    openCount: count,
  };
  await writeEmergencyFile(config.dataDir, copy);
}

function createLook({ db, clock, config, emergency, log }: LedgerJobsDeps): (now: Instant) => Promise<Pass> {
  let state = noOutage;
  let nextAt: Instant | null = null;
  return async (now) => {
    if (nextAt !== null && Temporal.Instant.compare(now, nextAt) < 0) return { done: 0, nextAt };
    const ok = await answers(db);
    const decision = decideOutage(state, { ok, at: now });
    state = decision.state;
    if (decision.speak !== null) {
      const { what, since } = decision.speak;
      const copy = await readEmergencyFile(config.dataDir);
      const about = { node: config.node, since, at: now };
      const text = what === 'gone' ? goneText(copy, about) : backText(about);
      const key = `outage-${what}-${since.epochMilliseconds}-${config.node}`;
      const subject = what === 'gone' ? 'Tocsin has no database' : 'Tocsin has its database back';
      log.error({ since: since.toString() }, text);
      const outcome = await emergency.speak({ subject, text, key, alsoMail: mailAddresses(copy), now });
      if (!outcome.ok) log.error({ failures: outcome.failures }, 'nobody could be told by the emergency channel');
      state = spoken(state, { what, since, ok: outcome.ok, at: clock.now() });
    }
    nextAt = now.add({ seconds: LOOK_EVERY_SECONDS });
    return { done: 0, nextAt };
  };
}

/** The pool's own limits end this within seconds, also when the database is frozen. */
async function answers({ paging }: Databases): Promise<boolean> {
  try {
    await sql`SELECT 1`.execute(paging);
    return true;
  } catch {
    // Whatever the reason: no answer is no database. The log of the pool has the error.
    return false;
  }
}
