import type { Pass } from '#platform/loop';
import { SecretUnreadable } from '#platform/secrets';
import type { Change } from '../service.ts';
import { expandInThread } from '../adapters/calendar-expander.ts';
import { type FeedAnswer, fetchFeed } from '../adapters/calendar-feed.ts';
import { aboutCalendar, AHEAD, BACK, type Expanded, faultText } from './model.ts';
import { isEmptyPlan, planWindows, wantedWindows } from './plan.ts';
import { afterFailure, afterSuccess, askWith } from './reading.ts';
import type { CalendarDeps } from './ports.ts';
import {
  claimCalendars,
  lockCalendar,
  nextCalendarWake,
  noteFailure,
  noteRead,
  readEventWindows,
  savePlan,
  type StoredCalendar,
} from './store.ts';

/** Calendars read at once by one process. */
const AT_ONCE = 4;
/** Longest reading: four calls and the thread, with room. Then another process may take it. */
const LEASE = { seconds: 120 };

/** Reads calendars. */
export interface CalendarReader {
  /** One pass of the engine's loop: reads what is due. */
  readDue(now: Temporal.Instant): Promise<Pass>;
  /** Reads one now, due or not; whoever was reading it is too late from now on. */
  readNow(id: string, now: Temporal.Instant): Promise<void>;
  /** Breaks off the readings under way; they are made again. */
  stop(): void;
}

/** Builds the reader; `change` commits with the note that pages are to be looked at again. */
export function createCalendarReader(deps: CalendarDeps, change: Change): CalendarReader {
  const stopping = new AbortController();
  const claim = (now: Temporal.Instant, id?: string) => {
    const lease = deps.newId();
    const which = { now, until: now.add(LEASE), lease, limit: AT_ONCE, ...(id === undefined ? {} : { id }) };
    return claimCalendars(deps.db.paging, which).then((calendars) => ({ lease, calendars }));
  };
  const readAll = async ({ lease, calendars }: Awaited<ReturnType<typeof claim>>, now: Temporal.Instant) => {
    await Promise.all(
      calendars.map((calendar) => readOne(deps, change, { calendar, lease, now, signal: stopping.signal })),
    );
    return calendars.length;
  };
  return {
    async readDue(now) {
      const done = await readAll(await claim(now), now);
      return { done, nextAt: done > 0 ? null : await nextCalendarWake(deps.db.paging) };
    },
    async readNow(id, now) {
      await readAll(await claim(now, id), now);
    },
    stop: () => stopping.abort(),
  };
}

interface Reading {
  readonly calendar: StoredCalendar;
  readonly lease: string;
  readonly now: Temporal.Instant;
  readonly signal: AbortSignal;
}

async function readOne(deps: CalendarDeps, change: Change, reading: Reading): Promise<void> {
  const { calendar, lease, signal } = reading;
  const answer = await fetchOne(deps, reading);
  const expanded = answer.kind === 'text' ? await expandOne(reading, answer.text) : null;
  // The lease runs out, and the next process reads it.
  if (signal.aborted) return;
  // Fetching took its time: what is open is decided by the clock of now.
  const now = deps.clock.now();
  const message = answer.kind === 'failed' ? answer.message : expanded?.ok === false ? faultText(expanded.fault) : null;
  if (message !== null) {
    await noteFailure(deps.db.paging, calendar.id, { ...afterFailure(calendar, now), lease, message });
    deps.onTrouble(calendar, message);
    return;
  }
  await apply(deps, change, { ...reading, now, answer, expanded: expanded?.ok ? expanded : null });
}

async function fetchOne({ sealing, egress }: CalendarDeps, { calendar, now, signal }: Reading): Promise<FeedAnswer> {
  try {
    const url = sealing.open(calendar.sealedUrl, aboutCalendar(calendar.id));
    return await fetchFeed(egress, { url, etag: askWith(calendar, now), signal });
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    return { kind: 'failed', message: 'its address does not open with this secret key: enter it again' };
  }
}

const expandOne = ({ calendar: { zone }, now, signal }: Reading, text: string): Promise<Expanded> =>
  expandInThread(text, { zone, from: now.subtract(BACK), to: now.add(AHEAD) }, signal);

/** Makes the windows those of the calendar, in one commit with the note of its reading. */
async function apply(
  deps: CalendarDeps,
  change: Change,
  reading: Reading & { readonly answer: FeedAnswer; readonly expanded: Extract<Expanded, { ok: true }> | null },
): Promise<void> {
  const { calendar: claimed, lease, now, answer, expanded } = reading;
  const { id } = claimed;
  const actor = { kind: 'system', name: `calendar ${id}` } as const;
  const counts = { added: 0, changed: 0, ended: 0, dropped: 0 };
  await change({ actor, now, kind: 'maintenance-calendar.read', id, payload: counts }, async (trx) => {
    const calendar = await lockCalendar(trx, id, lease);
    // Changed or removed while it was read: it is read again by what it says now.
    if (!calendar) return null;
    const wakeAt = afterSuccess(calendar, now);
    if (!expanded) {
      await noteRead(trx, id, { now, wakeAt, read: null });
      return null;
    }
    const wanted = wantedWindows(expanded.occurrences, calendar, now);
    const faults = [...expanded.faults, ...wanted.faults.map((fault) => ({ ...fault, line: 0 }))];
    const keep = new Set(faults.map(({ uid }) => uid ?? ''));
    const plan = planWindows(await readEventWindows(trx, id), wanted.windows, { now, keep });
    const etag = answer.kind === 'text' ? answer.etag : null;
    await noteRead(trx, id, { now, wakeAt, read: { etag, events: expanded.events, faults: faults.slice(0, 50) } });
    if (isEmptyPlan(plan)) return null;
    await savePlan(trx, plan, { calendar, newId: deps.newId, now });
    counts.added = plan.add.length;
    counts.changed = plan.change.length;
    counts.ended = plan.end.length;
    counts.dropped = plan.drop.length;
    return true;
  });
}
