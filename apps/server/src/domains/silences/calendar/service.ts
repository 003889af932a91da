import { AppError } from '#platform/errors';
import { isZone } from '../interval-parse.ts';
import type { By } from '../ports.ts';
import type { Change } from '../service.ts';
import { matcherFaults, type SilenceFault } from '../silence.ts';
import { expandInThread } from '../adapters/calendar-expander.ts';
import { fetchFeed, httpUrl } from '../adapters/calendar-feed.ts';
import { createCalendarReader, type CalendarReader } from './jobs.ts';
import { aboutCalendar, AHEAD, BACK, type CalendarFault, faultText, type WantedWindow } from './model.ts';
import { type EventWindow, isEmptyPlan, type MatcherRule, planWindows, wantedWindows } from './plan.ts';
import type { CalendarDeps } from './ports.ts';
import {
  archiveCalendar,
  type CalendarWish,
  deleteOldWindows,
  findCalendar,
  insertCalendar,
  listCalendars,
  lockCalendar,
  readEventWindows,
  savePlan,
  type StoredCalendar,
  updateCalendar,
} from './store.ts';

/** Calendars of one installation. Each window is asked about each alert that its matchers may want. */
const MOST_CALENDARS = 50;
/** Windows that a preview shows. */
const MOST_SHOWN = 50;
/** A person waits for it. */
const LONGEST_PREVIEW_MS = 25_000;

/** A calendar as a person sends it. */
export type CalendarDraft = CalendarWish & { readonly url: string };

/** What a feed would plan. */
export interface CalendarPreview {
  readonly events: number;
  readonly windows: readonly WantedWindow[];
  /** How many more there are in the next 90 days. */
  readonly more: number;
  readonly faults: readonly CalendarFault[];
}

/** Calendars outside whose events are maintenance windows. Writes throw FORBIDDEN for a team that is not the actor's. */
export interface Calendars extends CalendarReader {
  list(): Promise<readonly StoredCalendar[]>;
  /** Throws MAINTENANCE_CALENDAR_NOT_FOUND. */
  get(id: string): Promise<StoredCalendar>;
  create(draft: CalendarDraft, by: By): Promise<StoredCalendar>;
  update(id: string, change: Partial<CalendarDraft> & { readonly version: number }, by: By): Promise<StoredCalendar>;
  archive(id: string, by: By): Promise<void>;
  /** Reads it now. What came of it stands in the answer. */
  refresh(id: string, by: By): Promise<StoredCalendar>;
  /** Reads a feed and says what it would plan; stores nothing. */
  preview(
    draft: MatcherRule & { readonly url: string; readonly zone: string; readonly teamId: string | null },
    by: By,
  ): Promise<CalendarPreview>;
  /** What is planned of a calendar from now on. */
  windows(
    id: string,
    now: Temporal.Instant,
  ): Promise<{ readonly shown: readonly EventWindow[]; readonly more: number }>;
  /** Forgets windows that were over a month ago. */
  sweep(now: Temporal.Instant): Promise<void>;
}

/** Builds it; `change` commits with the note that pages are to be looked at again. */
export function createCalendars(deps: CalendarDeps, change: Change): Calendars {
  const { db, demand } = deps;
  const reader = createCalendarReader(deps, change);
  const get = async (id: string) => {
    const calendar = await findCalendar(db.paging, id);
    if (!calendar) throw new AppError('MAINTENANCE_CALENDAR_NOT_FOUND');
    return calendar;
  };
  return {
    ...reader,
    list: () => listCalendars(db.reports),
    get,
    async create({ url, ...wish }, by) {
      demand(by.actor, 'silences:write', wish.teamId);
      refuse(faultsOf(wish), deps, url);
      const id = deps.newId();
      const userId = by.actor.kind === 'user' ? by.actor.userId : null;
      const made = { ...wish, ...sealed(deps, id, url), id, userId };
      await change({ ...by, kind: 'maintenance-calendar.created', id, payload: auditOf(made) }, async (trx) => {
        if ((await listCalendars(trx)).length >= MOST_CALENDARS)
          throw new AppError('MUTES_TOO_MANY', { most: MOST_CALENDARS, what: 'calendars' });
        await insertCalendar(trx, made, by.now);
      });
      deps.wake(by.now);
      return get(id);
    },
    update: async (id, wish, by) => {
      await update(deps, change, { id, wish, by });
      return get(id);
    },
    async archive(id, by) {
      await change({ ...by, kind: 'maintenance-calendar.archived', id, payload: {} }, async (trx) => {
        const stored = await lockCalendar(trx, id);
        if (!stored) throw new AppError('MAINTENANCE_CALENDAR_NOT_FOUND');
        demand(by.actor, 'silences:write', stored.teamId);
        await endAll(deps, trx, stored, by.now);
        await archiveCalendar(trx, id, by.now);
      });
    },
    async refresh(id, by) {
      const stored = await get(id);
      demand(by.actor, 'silences:write', stored.teamId);
      if (!stored.enabled) throw new AppError('MAINTENANCE_CALENDAR_DISABLED');
      await reader.readNow(id, by.now);
      return get(id);
    },
    preview: (draft, by) => preview(deps, draft, by),
    async windows(id, now) {
      await get(id);
      const all = await readEventWindows(db.reports, id);
      const coming = all.filter(({ endsAt, isRemoved }) => !isRemoved && Temporal.Instant.compare(endsAt, now) > 0);
      return { shown: coming.slice(0, MOST_SHOWN), more: Math.max(0, coming.length - MOST_SHOWN) };
    },
    async sweep(now) {
      await deleteOldWindows(db.paging, now);
    },
  };
}

async function update(
  deps: CalendarDeps,
  change: Change,
  { id, wish, by }: { id: string; wish: Partial<CalendarDraft> & { readonly version: number }; by: By },
): Promise<void> {
  const { version, url, ...rest } = wish;
  await change({ ...by, kind: 'maintenance-calendar.changed', id, payload: rest }, async (trx) => {
    const stored = await lockCalendar(trx, id);
    if (!stored) throw new AppError('MAINTENANCE_CALENDAR_NOT_FOUND');
    deps.demand(by.actor, 'silences:write', stored.teamId);
    if (stored.version !== version) throw new AppError('VERSION_CONFLICT');
    const sent = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const changed: StoredCalendar = { ...stored, ...sent };
    // Giving it away is writing for the other team, too.
    deps.demand(by.actor, 'silences:write', changed.teamId);
    refuse(faultsOf(changed), deps, url);
    const address = url === undefined ? stored : sealed(deps, id, url);
    const { sealedUrl, shownUrl } = address;
    await updateCalendar(trx, { ...changed, sealedUrl, shownUrl }, by.now);
    // What another team's people may now decide, or nobody reads any more, mutes nothing until it is read again.
    if (!changed.enabled || changed.teamId !== stored.teamId) await endAll(deps, trx, stored, by.now);
  });
  deps.wake(by.now);
}

/** Ends what is open and drops what is planned. */
async function endAll(
  { newId }: CalendarDeps,
  trx: Parameters<typeof savePlan>[0],
  calendar: StoredCalendar,
  now: Temporal.Instant,
): Promise<void> {
  const plan = planWindows(await readEventWindows(trx, calendar.id), [], { now, keep: new Set() });
  if (!isEmptyPlan(plan)) await savePlan(trx, plan, { calendar, newId, now });
}

async function preview(
  deps: CalendarDeps,
  draft: Parameters<Calendars['preview']>[0],
  { actor, now }: By,
): Promise<CalendarPreview> {
  deps.demand(actor, 'silences:write', draft.teamId);
  refuse(faultsOf({ ...draft, name: 'preview' }), deps, draft.url);
  const signal = AbortSignal.timeout(LONGEST_PREVIEW_MS);
  const answer = await fetchFeed(deps.egress, { url: draft.url, etag: null, signal });
  if (answer.kind !== 'text')
    throw new AppError('MAINTENANCE_CALENDAR_UNREADABLE', { why: answer.kind === 'failed' ? answer.message : '' });
  const span = { from: now.subtract(BACK), to: now.add(AHEAD) };
  const expanded = await expandInThread(answer.text, { zone: draft.zone, ...span }, signal);
  if (!expanded.ok) throw new AppError('MAINTENANCE_CALENDAR_UNREADABLE', { why: faultText(expanded.fault) });
  const wanted = wantedWindows(expanded.occurrences, draft, now);
  const faults = [...expanded.faults, ...wanted.faults.map((fault) => ({ ...fault, line: 0 }))];
  return {
    events: expanded.events,
    windows: wanted.windows.slice(0, MOST_SHOWN),
    more: Math.max(0, wanted.windows.length - MOST_SHOWN) + wanted.later,
    faults: faults.slice(0, MOST_SHOWN),
  };
}

function sealed({ sealing }: CalendarDeps, id: string, url: string) {
  return { sealedUrl: sealing.seal(httpUrl(url), aboutCalendar(id)), shownUrl: shownUrl(url) };
}

/** Private addresses of calendars carry their secret in path or query. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(httpUrl(url));
  const file = /\/([\w-]{1,20}\.ics)$/i.exec(pathname)?.[1];
  return `${origin}/…${file === undefined ? '' : `/${file}`}`;
}

const auditOf = ({
  name,
  matchers,
  eventMatchers,
  zone,
  refreshSeconds,
  teamId,
  shownUrl: shown,
}: CalendarWish & { readonly shownUrl: string }) => ({
  name,
  matchers,
  eventMatchers,
  zone,
  refreshSeconds,
  teamId,
  url: shown,
});

function faultsOf({
  name,
  matchers,
  eventMatchers,
  zone,
}: MatcherRule & { readonly name: string; readonly zone: string }) {
  const faults: SilenceFault[] = matchers === null ? [] : matcherFaults(matchers);
  if (name.trim() === '') faults.push({ path: 'name', message: 'it needs a name' });
  if (!isZone(zone)) faults.push({ path: 'zone', message: 'write an IANA name such as Europe/Berlin' });
  if (matchers === null && eventMatchers.kind === 'none')
    faults.push({ path: 'matchers', message: 'say which alerts its events mute, or how an event says it' });
  return faults;
}

function refuse(faults: readonly SilenceFault[], { egress }: CalendarDeps, url: string | undefined): void {
  const why = url === undefined ? null : egress.refuses(httpUrl(url));
  const all = why === null ? faults : [...faults, { path: 'url', message: why }];
  if (all.length > 0) throw new AppError('MUTING_INVALID', { faults: all });
}
