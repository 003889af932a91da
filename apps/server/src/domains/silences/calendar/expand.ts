import { RRuleTemporal } from 'rrule-temporal';
import type { CalendarFault, Expanded, ExpandOptions, Occurrence } from './model.ts';
import {
  type CalendarEvent,
  type EventTime,
  readEvent,
  readLocations,
  startOf,
  uidOf,
  Unreadable,
} from './read-event.ts';
import { splitText } from './split-text.ts';

/** Steps that one rule may take, e.g. to count off 27 years of days; without a COUNT it begins near the time that is asked for. */
const MOST_STEPS = 10_000;
/** Occurrences of all events together; beyond, the feed is refused rather than read for minutes. */
const MOST_IN_ALL = 20_000;

/**
 * What a calendar's text (RFC 5545) says happens between two moments: rules, extra dates, exceptions and moved
 * occurrences carried out by the clock of each event's zone. Cancelled and transparent events are left out. Sorted by
 * start. A local time that a clock skips does not happen, as the RFC says; one that it shows twice is the first.
 */
export function expandCalendar(text: string, options: ExpandOptions): Expanded {
  // What PostgreSQL takes in no text.
  const split = splitText(text.replaceAll('\0', '\uFFFD').toWellFormed());
  if (!split.ok) return split;
  const zones = { zone: options.zone, locations: readLocations(split.zones) };
  const faults: CalendarFault[] = [];
  const byUid = new Map<string, CalendarEvent[]>();
  for (const block of split.events) {
    try {
      const event = readEvent(block, zones);
      const same = byUid.get(event.uid);
      if (same) same.push(event);
      else byUid.set(event.uid, [event]);
    } catch (error) {
      faults.push(faultOf(error, { line: block.line, uid: uidOf(block.text) }));
    }
  }
  const spoilt = new Set(faults.map(({ uid }) => uid));
  const occurrences: Occurrence[] = [];
  for (const [uid, events] of byUid) {
    // Where one part of an event cannot be read, its other parts alone might mute what was moved away.
    if (spoilt.has(uid)) continue;
    try {
      occurrences.push(...occurrencesOf(events, options));
    } catch (error) {
      faults.push(faultOf(error, { line: (events[0] as CalendarEvent).line, uid }));
    }
    if (occurrences.length > MOST_IN_ALL) {
      const message = `its events happen more than ${MOST_IN_ALL} times in the time that is planned`;
      return { ok: false, fault: { line: (events[0] as CalendarEvent).line, uid: null, message } };
    }
  }
  occurrences.sort((a, b) => Temporal.Instant.compare(a.startsAt, b.startsAt) || (a.uid < b.uid ? -1 : 1));
  return { ok: true, events: split.events.length, occurrences, faults };
}

function faultOf(error: unknown, where: { readonly line: number; readonly uid: string | null }): CalendarFault {
  if (error instanceof Unreadable) return { ...where, message: error.message };
  throw error;
}

/** The occurrences of one event: its rule's, without exceptions, with those that were moved in their place. */
function occurrencesOf(events: readonly CalendarEvent[], options: ExpandOptions): readonly Occurrence[] {
  const newest = (a: CalendarEvent, b: CalendarEvent) => b.sequence - a.sequence || b.line - a.line;
  const master = events.filter(({ replaces }) => replaces === null).sort(newest)[0];
  const moved = new Map<string, CalendarEvent>();
  for (const event of [...events].sort(newest)) {
    const key = event.replaces === null ? null : keyOf(event.replaces);
    if (key !== null && !moved.has(key)) moved.set(key, event);
  }
  const found = new Map<string, Occurrence>();
  if (master && !master.isVoid) {
    for (const { start, length } of startsOf(master, options)) {
      const key = keyOf(start);
      if (!moved.has(key))
        found.set(key, occurrenceOf(master, { start, length, key: recurs(master) ? key : '' }, options));
    }
  }
  for (const [key, event] of master?.isVoid ? [] : moved) {
    const { start, length, isVoid } = event;
    if (!isVoid) found.set(key, occurrenceOf(event, { start, length, key }, options));
  }
  const isWithin = ({ startsAt, endsAt }: Occurrence) =>
    Temporal.Instant.compare(startsAt, endsAt) < 0 &&
    Temporal.Instant.compare(endsAt, options.from) > 0 &&
    Temporal.Instant.compare(startsAt, options.to) < 0;
  return [...found.values()].filter(isWithin);
}

interface Start {
  readonly start: EventTime;
  readonly length: Temporal.Duration;
}

const recurs = ({ rule, extra }: CalendarEvent) => rule !== null || extra.length > 0;

const keyOf = (time: EventTime) => (time.kind === 'day' ? time.date.toString() : time.at.toInstant().toString());

function occurrenceOf(
  { uid, name, categories, matcherLine }: CalendarEvent,
  { start, length, key }: Start & { readonly key: string },
  { zone }: ExpandOptions,
): Occurrence {
  const begin = startOf(start, zone);
  const says = { uid, key, name, categories, matcherLine };
  return { ...says, startsAt: begin.toInstant(), endsAt: endOf(start, length, zone) };
}

/** Days are counted as days of the calendar before they become moments: a day of 23 hours is one. */
function endOf(start: EventTime, length: Temporal.Duration, zone: string): Temporal.Instant {
  if (start.kind === 'moment') return start.at.add(length).toInstant();
  const { days, weeks, months, years } = length;
  const last = start.date.add({ days, weeks, months, years }).toZonedDateTime(zone);
  return last.add(length.with({ days: 0, weeks: 0, months: 0, years: 0 })).toInstant();
}

function startsOf(event: CalendarEvent, options: ExpandOptions): readonly Start[] {
  const { start, length, except, extra } = event;
  const excepted = new Set(except.map(keyOf));
  const isExcepted = (time: EventTime) =>
    excepted.has(keyOf(time)) ||
    // Some exporters write the exceptions of a timed event as days.
    (time.kind === 'moment' && excepted.has(time.at.toPlainDate().toString()));
  const byRule = event.rule === null ? [start] : ruleStarts(event, event.rule, options);
  const all = [
    ...byRule.map((one) => ({ start: one, length })),
    ...extra.map((one) => ({ start: one.start, length: one.length ?? length })),
  ];
  return all.filter((one) => !isExcepted(one.start));
}

function ruleStarts(event: CalendarEvent, rule: string, { zone, from, to }: ExpandOptions): readonly EventTime[] {
  const { start, length, until } = event;
  // Whole days recur on a calendar that skips nothing; only then do they begin by the zone's clock.
  const first = start.kind === 'day' ? start.date.toZonedDateTime('UTC') : start.at;
  const earliest = from.toZonedDateTimeISO('UTC').subtract(length).subtract({ days: 2 });
  const latest = earlier(to.toZonedDateTimeISO('UTC').add({ days: 2 }), until && lastOf(until, start, zone));
  if (Temporal.ZonedDateTime.compare(earliest, latest) > 0) return [];
  const dates = expandRule(rule, first, [earliest, latest]);
  return dates.map((at) => (start.kind === 'day' ? { kind: 'day', date: at.toPlainDate() } : { kind: 'moment', at }));
}

function expandRule(
  rule: string,
  dtstart: Temporal.ZonedDateTime,
  [earliest, latest]: readonly [Temporal.ZonedDateTime, Temporal.ZonedDateTime],
): readonly Temporal.ZonedDateTime[] {
  const limits = { maxIterations: MOST_STEPS, maxCandidateEvaluations: MOST_STEPS * 5 };
  try {
    const rrule = new RRuleTemporal({
      rruleString: `RRULE:${rule}`,
      dtstart,
      temporal: Temporal,
      includeDtstart: true,
      ...limits,
    });
    return rrule.between(earliest, latest, true);
  } catch (error) {
    const message = (error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 150);
    const why = /exceed|maximum/i.test(message) ? 'it happens too often' : message;
    throw new Unreadable(`its rule ${rule.slice(0, 100)} cannot be carried out: ${why}`, { cause: error });
  }
}

/** The last moment that UNTIL lets an occurrence begin at. */
function lastOf(until: EventTime, start: EventTime, zone: string): Temporal.ZonedDateTime {
  if (start.kind === 'day') {
    const date = until.kind === 'day' ? until.date : until.at.toPlainDate();
    return date.toZonedDateTime('UTC');
  }
  if (until.kind === 'moment') return until.at;
  const own = start.at.timeZoneId || zone;
  return until.date.add({ days: 1 }).toZonedDateTime(own).subtract({ seconds: 1 });
}

function earlier(a: Temporal.ZonedDateTime, b: Temporal.ZonedDateTime | null): Temporal.ZonedDateTime {
  return b !== null && Temporal.ZonedDateTime.compare(b, a) < 0 ? b : a;
}
