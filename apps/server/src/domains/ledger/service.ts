import { type AlertChange, foldChanges } from '#alerts';
import type { SealFault, SealReport } from '#audit';
import type { Clock } from '#platform/clock';
import type { ConfigCache } from '#platform/config-cache';
import type { Databases, Db } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Route } from '#platform/http/route';
import { partitionedTables } from '#platform/partitions';
import { createEmergency, type Emergency } from './adapters/emergency.ts';
import { type CallOutward, callOutward } from './adapters/outward-call.ts';
import { checkFoldedPage } from './fold-page.ts';
import { briefOf, type Health } from './health.ts';
import { checkAccounted, checkMessage, checkNotification, checkRun, type Violation } from './invariants.ts';
import { type AlertRow, checkFolded, checkHeld, checkOpenedOnce } from './invariants-folds.ts';
import { createLedgerJobs, type LedgerJobs } from './jobs.ts';
import type { Id, Instant } from './model.ts';
import type { LedgerConfig, LedgerLog, LedgerPorts, ShippedSeal } from './ports.ts';
import type { RowLookup } from './present.ts';
import {
  type ChangedAlert,
  doubledIdentities,
  duplicateCalls,
  ERASED,
  orphanedWakeUps,
  readAccounted,
  readCalledPages,
  readChangedAlerts,
  readNotifications,
  readRuns,
  type RowPage,
  type Slice,
} from './adapters/stored-rows.ts';
import { ledgerRoutes } from './routes.ts';
import { readNames } from './search.ts';
import { readJobAges, readMemory, readQueues } from './store.ts';
import { Findings, type InvariantId, type Verify } from './verifier.ts';

/** Rows of one slice: a few megabytes with their events. */
const SLICE = 1_000;
/** A call may have been begun by a sender that looked before the acknowledgement's commit; reliability.md promises 2 s. */
const COMMIT_ALLOWANCE_MS = 2_000;

/** What the verifier needs; rows are read by the reports pool, so that it never takes a connection from a page. */
export interface VerifierDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly ports: Pick<LedgerPorts, 'seals'>;
  /** Rows of one slice; default 1,000. */
  readonly sliceRows?: number;
}

interface Run {
  readonly sliceRows: number;
  readonly db: Db;
  readonly clock: Clock;
  readonly now: Instant;
  readonly findings: Findings;
  readonly deadline: Instant | null;
  /** Facts older than this may have been dropped with their partition. */
  readonly retainedSince: Instant;
}

/** Builds the verifier. Reading only: it may run at any time, also beside a busy server. */
export function createVerifier({ db, clock, ports, sliceRows = SLICE }: VerifierDeps): Verify {
  const sealsWithin = createSealsWithin(ports.seals);
  return async (options) => {
    const now = clock.now();
    const { budgetSeconds } = options;
    const deadline = budgetSeconds === null ? null : now.add({ milliseconds: Math.round(budgetSeconds * 1000) });
    const findings = new Findings();
    const run: Run = { sliceRows, db: db.reports, clock, now, findings, deadline, retainedSince: retainedSince(now) };
    await verifyRows(run, options.acknowledgeAllowanceMs ?? COMMIT_ALLOWANCE_MS);
    const seals = await sealsWithin(run, options.expectedSeal ?? null);
    if (seals === 'cut-short') findings.cutShort(['seals']);
    else if (seals !== null) findings.add('seals', seals.sealed, seals.faults.map(sealViolation), seals.moreFaults);
    const invariants = findings.results();
    const ok = invariants.every(({ violations }) => violations.length === 0);
    return { at: now, ok, complete: invariants.every(({ complete }) => complete), invariants };
  };
}

/**
 * Walks the seals, which cannot be stopped half-way: a request stops waiting at its deadline, the walk goes on, and while
 * it does no other bounded one begins.
 */
function createSealsWithin(
  seals: LedgerPorts['seals'],
): (run: Run, expected: ShippedSeal | null) => Promise<SealReport | 'cut-short' | null> {
  let walking = false;
  return async ({ clock, now, deadline }, shippedHead) => {
    if (seals === null) return null;
    if (deadline === null) return seals.verifySeals({ now, shippedHead });
    if (walking || Temporal.Instant.compare(clock.now(), deadline) >= 0) return 'cut-short';
    walking = true;
    const walk = seals.verifySeals({ now, shippedHead }).finally(() => {
      walking = false;
    });
    const enough = new AbortController();
    const waited = clock.sleep(deadline, enough.signal).then(() => 'cut-short' as const);
    try {
      return await Promise.race([walk, waited]);
    } finally {
      enough.abort();
    }
  };
}

/** A fault of the seals as a violation: the seal that shows it, and which range it covers. */
function sealViolation(fault: SealFault): Violation {
  const { what, seal, log, between, counts, xid, id } = fault;
  return { id: `seal ${seal}`, what: what.replaceAll('-', ' '), evidence: { log, xid, id, between, counts } };
}

function retainedSince(now: Instant): Instant {
  const kept = partitionedTables.flatMap(({ table, keepDays }) =>
    keepDays !== null && (table === 'alert_events' || table === 'page_events' || table === 'notification_attempts')
      ? [keepDays]
      : [],
  );
  // Whole weeks are dropped: a week of margin.
  return now.subtract({ hours: 24 * (Math.min(...kept) - 7) });
}

async function verifyRows(run: Run, allowanceMs: number): Promise<void> {
  const { findings, now } = run;
  await walk(run, ['1'], readAccounted, (rows) =>
    findings.add(
      '1',
      rows.length,
      rows.flat().flatMap((row) => checkAccounted(row, now)),
    ),
  );
  await walk(run, ['2'], readRuns, (rows) => findings.add('2', rows.length, rows.flatMap(checkRun)));
  findings.add('2', 0, await orphanedWakeUps(run.db));
  await walk(run, ['3', '10'], readNotifications, (rows) => {
    const kept = rows.filter(({ sentAt }) => sentAt === null || isRetained(sentAt, run));
    findings.add('3', kept.length, kept.flatMap(checkNotification));
    findings.add('10', kept.length, kept.flatMap(checkMessage));
  });
  findings.add('3', 0, await duplicateCalls(run.db));
  await walk(run, ['4', '7'], readCalledPages, (rows) => {
    findings.add(
      '4',
      rows.length,
      rows.flatMap(({ held }) => checkHeld(held, allowanceMs)),
    );
    const whole = rows.filter(({ page }) => isRetained(page.startedAt, run) && !isErased(page.events));
    findings.add(
      '7',
      whole.length,
      whole.flatMap(({ page }) => checkFoldedPage(page)),
    );
  });
  for (const table of ['alerts', 'alerts_past'] as const) {
    await walk(
      run,
      ['5', '7'],
      (db, slice) => readChangedAlerts(db, table, slice),
      (rows) => {
        const whole = rows.filter(
          ({ facts, shape }) =>
            isRetained(Temporal.Instant.fromEpochMilliseconds(shape.openedAtMs), run) && !isErased(facts),
        );
        const alerts = whole.map(alertRow);
        findings.add('5', alerts.length, alerts.flatMap(checkOpenedOnce));
        findings.add('7', alerts.length, alerts.flatMap(checkFolded));
      },
    );
  }
  findings.add('5', 0, await doubledIdentities(run.db));
}

const isRetained = (at: Instant, { retainedSince: since }: Run) => Temporal.Instant.compare(at, since) >= 0;
const isErased = (facts: ChangedAlert['facts']) => facts.some(({ payload }) => payload === ERASED);

/** The alerts' own fold: the verifier may not have a second opinion on what a change means. */
function alertRow({ id, shape, facts }: ChangedAlert): AlertRow {
  const folded = foldChanges(
    facts.map(({ at, kind, payload }) => ({
      atMs: at.epochMilliseconds,
      change: { ...payload, kind } as unknown as AlertChange,
    })),
  );
  return { id, shape, folded, kinds: facts.map(({ kind }) => kind) };
}

/** Walks a table slice by slice until its end or the deadline. */
async function walk<T>(
  { db, clock, findings, deadline, sliceRows }: Run,
  invariants: readonly InvariantId[],
  read: (db: Db, slice: Slice) => Promise<RowPage<T>>,
  check: (rows: readonly T[]) => void,
): Promise<void> {
  findings.begin(invariants);
  for (let after: Id | null = null; ; ) {
    if (deadline !== null && Temporal.Instant.compare(clock.now(), deadline) >= 0) return findings.cutShort(invariants);
    const { rows, next }: RowPage<T> = await read(db, { after, limit: sliceRows });
    check(rows);
    if (next === null) return;
    after = next;
  }
}

/** What the ledger needs from outside. */
export interface LedgerDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly config: ConfigCache;
  readonly log: LedgerLog;
  readonly appConfig: LedgerConfig;
  readonly ports: LedgerPorts;
  /** How outward calls are made; left out: over HTTP. */
  readonly call?: CallOutward;
}

/** The page ledger: shows each page's chain, watches all of them, and calls for help by another way. */
export interface Ledger {
  readonly routes: readonly Route[];
  /** `jobs` for the job runner; `lookAtDatabase` for a loop of its own. */
  readonly jobs: LedgerJobs;
  readonly verify: Verify;
  readonly health: Health;
  readonly emergency: Emergency;
}

/** Builds the ledger and registers the names of things with the configuration cache. */
export function createLedger(deps: LedgerDeps): Ledger {
  const { db, clock, config, log, appConfig, ports, call = callOutward } = deps;
  const names = config.register('ledger', readNames);
  const emergency = createEmergency({ channel: appConfig.emergency, call, mail: ports.mail });
  const jobs = createLedgerJobs({ db, clock, ports, config: appConfig, emergency, call, log });
  const verify = createVerifier({ db, clock, ports });
  const health = createHealth(deps, { emergency, jobs });
  const lookupIn = async (zone: string): Promise<RowLookup> => {
    const clockIn = clockOf(zone);
    await config.refresh();
    const name = (id: Id) => names.current().get(id) ?? id;
    const thing = (_kind: string, id: Id) => name(id);
    return {
      name,
      thing,
      clock: clockIn,
      person: (id) => ports.nameOf(id),
      peopleOf: (target, at) => ports.peopleOf(target, at),
    };
  };
  return { routes: ledgerRoutes({ db: db.reports, lookupIn, health, verify }), jobs, verify, health, emergency };
}

/** Shows moments as the time of day in a zone; UTC is named, so that nobody takes it for theirs. */
function clockOf(zone: string): (at: Instant) => string {
  const show = (at: Instant) => at.toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'second' });
  try {
    show(Temporal.Instant.fromEpochMilliseconds(0));
  } catch (error) {
    throw new AppError(
      'BODY_INVALID',
      { faults: [{ path: 'query.zone', message: 'is no time zone' }] },
      { cause: error },
    );
  }
  return zone === 'UTC' ? (at) => `${show(at)} UTC` : show;
}

function createHealth(
  { db, appConfig, ports }: LedgerDeps,
  { emergency, jobs }: { readonly emergency: Emergency; readonly jobs: LedgerJobs },
): Health {
  return {
    brief: async (now) => briefOf(await readQueues(db.paging, now), now),
    async full(now) {
      const queues = await readQueues(db.reports, now);
      const { alarms, lastPassAt, since } = await readMemory(db.reports);
      const ages = await readJobAges(db.reports);
      const { spokeAt, failure } = emergency.last();
      const { sentAt, reason } = jobs.lastHeartbeat();
      return {
        ...briefOf(queues, now),
        queues: queues.map(({ name, due, oldestDueAt }) => ({ name, due, oldestDueAt })),
        jobs: ports.watchedJobs().map(({ name }) => ({ name, lastFinishedAt: ages.get(name) ?? null })),
        watch: { lastPassAt, since },
        alarms,
        emergency: { configured: emergency.configured, lastSpokeAt: spokeAt, lastFailure: failure },
        heartbeat: { configured: appConfig.heartbeat.url !== null, lastSentAt: sentAt, lastReason: reason },
      };
    },
  };
}
