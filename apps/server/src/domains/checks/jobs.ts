import { earliest } from '#platform/clock';
import { inTransaction } from '#platform/db';
import type { Pass } from '#platform/loop';
import { decideMissed } from './heartbeat.ts';
import { heartbeatAlert } from './heartbeat-alert.ts';
import type { Heartbeat } from './model.ts';
import type { ChecksDeps } from './ports.ts';
import { claimMissed, claimUntold, giveTime, nextHeartbeatWake, noteHearing, noteTold, savePulses } from './store.ts';

/** Heartbeats looked at in one pass at most. */
const MOST_A_PASS = 500;
/** Who takes a heartbeat's alert upon itself has so long to tell it; then another may. */
const LEASE = { seconds: 30 };
/** How often it is noted that pings are listened to. */
const NOTE_EVERY_SECONDS = 20;
/** Longer without a note: nobody listened, and what was not heard may have been said. */
const DEAF_AFTER_MS = 60_000;
/** So long senders have to be heard again after that, when their grace is shorter. */
const LEAST_GRACE_SECONDS = 60;

/** The engine's loop over heartbeats: finds what is missed, and tells alerts. */
export interface HeartbeatLoop {
  pass(now: Temporal.Instant): Promise<Pass>;
}

/** Builds the loop. */
export function createHeartbeatLoop(deps: ChecksDeps): HeartbeatLoop {
  let notedMs = Number.NEGATIVE_INFINITY;
  return {
    async pass(now) {
      if (now.epochMilliseconds - notedMs >= NOTE_EVERY_SECONDS * 1_000) {
        await listenAgain(deps, now);
        notedMs = now.epochMilliseconds;
      }
      const missed = await markMissed(deps, now);
      const told = await tellAlerts(deps, now);
      const done = missed + told;
      if (done > 0) return { done, nextAt: null };
      const next = await nextHeartbeatWake(deps.db.paging);
      // While something is expected, that somebody listens must be noted too.
      return { done, nextAt: next && earliest([next, now.add({ seconds: NOTE_EVERY_SECONDS })]) };
    },
  };
}

/** After a time in which nobody listened nothing counts as missed before it could have been heard again. */
async function listenAgain({ db }: ChecksDeps, now: Temporal.Instant): Promise<void> {
  await inTransaction(db.paging, async (trx) => {
    const before = await noteHearing(trx, now);
    const gapMs = before === null ? 0 : now.epochMilliseconds - before.epochMilliseconds;
    if (gapMs > DEAF_AFTER_MS) await giveTime(trx, now, LEAST_GRACE_SECONDS);
  });
}

function markMissed({ db }: ChecksDeps, now: Temporal.Instant): Promise<number> {
  return inTransaction(db.paging, async (trx) => {
    const missed = await claimMissed(trx, now, MOST_A_PASS);
    await savePulses(
      trx,
      missed.map((heartbeat) => ({ ...decideMissed(heartbeat, now), id: heartbeat.id })),
    );
    return missed.length;
  });
}

/** Tells the alerts of changed heartbeats. A crash between telling and noting it tells once more, which changes nothing. */
async function tellAlerts(deps: ChecksDeps, now: Temporal.Instant): Promise<number> {
  const lease = now.add(LEASE);
  const changed = await claimUntold(deps.db.paging, { now, lease, limit: MOST_A_PASS });
  if (changed.length === 0) return 0;
  const refused = await deps.alerts().accept(
    changed.map((heartbeat) => ({ event: heartbeatAlert(heartbeat, now), payload: payloadOf(deps, heartbeat, now) })),
    now.epochMilliseconds,
  );
  // What the database refuses for its data would be refused for ever; its labels are to blame, and they are shown.
  await noteTold(
    deps.db.paging,
    changed.map(({ id }) => id),
    lease,
  );
  return changed.length - refused.length;
}

function payloadOf(
  { newId }: ChecksDeps,
  { id, name, state, reason, integrationId }: Heartbeat,
  now: Temporal.Instant,
) {
  const body = Buffer.from(JSON.stringify({ heartbeat: id, name, state, reason }));
  return { id: newId(), integrationId, at: now, contentType: 'application/json', body };
}
