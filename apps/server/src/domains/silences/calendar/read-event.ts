import ICAL from 'ical.js';
import type { Block } from './split-text.ts';
import { zoneOf } from './zones.ts';

/** Longest text of an event's title. */
const LONGEST_NAME = 120;
/** A UID longer than this is not one that anybody wrote. */
const LONGEST_UID = 1_000;
/** Exceptions and extra dates of one event. */
const MOST_DATES = 5_000;
/** Longest event. */
const LONGEST_HOURS = 366 * 24;

/** Something of an event cannot be read; the message says what. */
export class Unreadable extends Error {}

/** A time as an event writes it: a whole day, or a moment by a zone's clock. */
export type EventTime =
  | { readonly kind: 'day'; readonly date: Temporal.PlainDate }
  | { readonly kind: 'moment'; readonly at: Temporal.ZonedDateTime };

/** An extra occurrence; `length` is its own when it states one. */
export interface ExtraDate {
  readonly start: EventTime;
  readonly length: Temporal.Duration | null;
}

/** One VEVENT, read. */
export interface CalendarEvent {
  readonly line: number;
  readonly uid: string;
  readonly sequence: number;
  readonly start: EventTime;
  /** Added to the start on its zone's clock: days are days of the calendar, the rest is elapsed time. */
  readonly length: Temporal.Duration;
  /** RRULE without its UNTIL; null when it does not recur. */
  readonly rule: string | null;
  readonly until: EventTime | null;
  readonly extra: readonly ExtraDate[];
  readonly except: readonly EventTime[];
  /** The occurrence that this one takes the place of. */
  readonly replaces: EventTime | null;
  /** Cancelled, or it takes no time: it mutes nothing. */
  readonly isVoid: boolean;
  readonly name: string;
  readonly categories: readonly string[];
  readonly matcherLine: string | null;
}

type JProperty = readonly [name: string, params: Readonly<Record<string, unknown>>, type: string, ...values: unknown[]];
type JComponent = readonly [name: string, properties: readonly JProperty[], components: readonly JComponent[]];

interface Zones {
  /** Zone of times that name none. */
  readonly zone: string;
  readonly locations: ReadonlyMap<string, string>;
}

/** The X-LIC-LOCATION of each zone that a calendar defines, by its TZID. */
export function readLocations(blocks: readonly Block[]): ReadonlyMap<string, string> {
  const locations = new Map<string, string>();
  for (const { text } of blocks) {
    const [, properties] = parse(text) ?? [];
    const [tzid, location] = ['tzid', 'x-lic-location'].map((name) => properties?.find(([own]) => own === name)?.[3]);
    if (typeof tzid === 'string' && typeof location === 'string') locations.set(tzid, location);
  }
  return locations;
}

/** Null for what cannot be parsed: a zone's definition is only asked when its name says nothing. */
function parse(text: string): JComponent | null {
  try {
    return ICAL.parse(text) as unknown as JComponent;
  } catch {
    return null;
  }
}

/** The UID of a text that may not be readable as a whole. */
export function uidOf(text: string): string | null {
  const found = /^UID(?:;[^:\r\n]*)?:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/im.exec(text)?.[1];
  return found === undefined ? null : found.replaceAll(/\r\n[ \t]/g, '').slice(0, LONGEST_UID);
}

/** Reads one event; throws Unreadable. */
export function readEvent({ text, line }: Block, zones: Zones): CalendarEvent {
  const properties = propertiesOf(text);
  const all = (name: string) => properties.filter(([own]) => own === name);
  const one = (name: string) => all(name)[0];
  const textOf = (name: string) => {
    const value = one(name)?.[3];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  };
  const uid = textOf('uid');
  if (uid === '' || uid.length > LONGEST_UID) throw new Unreadable('it has no UID that can be used');
  const startsBy = one('dtstart');
  if (!startsBy) throw new Unreadable('it has no DTSTART');
  const start = timeOf(startsBy, startsBy[3], zones);
  const replaces = one('recurrence-id');
  if (replaces && 'range' in replaces[1]) throw new Unreadable('RECURRENCE-ID with RANGE is not understood');
  const isPrivate = /^(private|confidential)$/i.test(textOf('class'));
  const name = isPrivate ? 'Private event' : cut(textOf('summary') || 'Untitled event');
  return {
    line,
    uid,
    sequence: Number(textOf('sequence')) || 0,
    start,
    length: lengthOf(start, { end: one('dtend'), duration: one('duration') }, zones),
    ...ruleOf(all('rrule'), zones, start),
    extra: all('rdate').flatMap((property) => property.slice(3).map((value) => extraOf(property, value, zones))),
    except: all('exdate').flatMap((property) => property.slice(3).map((value) => timeOf(property, value, zones))),
    replaces: replaces ? timeOf(replaces, replaces[3], zones) : null,
    isVoid: /^cancelled$/i.test(textOf('status')) || /^transparent$/i.test(textOf('transp')),
    name,
    categories: all('categories').flatMap((property) => property.slice(3).map((value) => String(value).trim())),
    matcherLine: matcherLineOf(textOf('description')),
  };
}

function propertiesOf(text: string): readonly JProperty[] {
  let component: JComponent;
  try {
    component = ICAL.parse(text) as unknown as JComponent;
  } catch (error) {
    throw new Unreadable((error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 200), { cause: error });
  }
  const dates = component[1].filter(([name]) => name === 'rdate' || name === 'exdate');
  if (dates.reduce((sum, property) => sum + property.length - 3, 0) > MOST_DATES)
    throw new Unreadable(`it has more than ${MOST_DATES} RDATE and EXDATE`);
  return component[1];
}

const cut = (text: string) =>
  text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1).toWellFormed()}…` : text;

/** What stands after `matchers:` in a line of its own; some calendars write descriptions as HTML. */
function matcherLineOf(description: string): string | null {
  const plain = description
    .slice(0, 20_000)
    .replaceAll(/<br\s*\/?>|<\/?(?:p|div|li)>/gi, '\n')
    .replaceAll(/<\/?[a-z][^<>]{0,200}>/gi, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
  return /^[ \t]*matchers:[ \t]*(\S.*)$/im.exec(plain)?.[1]?.trim() ?? null;
}

function timeOf([name, params]: JProperty, value: unknown, { zone, locations }: Zones): EventTime {
  const text = String(value);
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) {
      return { kind: 'day', date: inReach(Temporal.PlainDate.from(text, { overflow: 'reject' })) };
    }
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/.test(text)) throw new Unreadable(badTime(name, text));
    const local = Temporal.PlainDateTime.from(text.replace(/Z$/, ''), { overflow: 'reject' });
    inReach(local);
    const { tzid } = params;
    const named = typeof tzid === 'string' ? zoneOf(tzid, locations) : zone;
    if (text.endsWith('Z')) return { kind: 'moment', at: local.toZonedDateTime('UTC') };
    if (named === null) throw new Unreadable(`its time zone ${String(tzid).slice(0, 80)} is not known`);
    return { kind: 'moment', at: local.toZonedDateTime(named) };
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(badTime(name, text), { cause: error });
  }
}

const badTime = (name: string, text: string) => `${name.toUpperCase()} ${text.slice(0, 40)} is no date or time`;

function inReach<T extends { readonly year: number }>(date: T): T {
  if (date.year < 1900 || date.year > 2200) throw new Unreadable(`the year ${date.year} is out of reach`);
  return date;
}

function lengthOf(
  start: EventTime,
  { end, duration }: { readonly end: JProperty | undefined; readonly duration: JProperty | undefined },
  zones: Zones,
): Temporal.Duration {
  if (end) return between(start, timeOf(end, end[3], zones), zones);
  if (duration) return durationOf(duration[3]);
  return Temporal.Duration.from(start.kind === 'day' ? { days: 1 } : { seconds: 0 });
}

function between(start: EventTime, end: EventTime, { zone }: Zones): Temporal.Duration {
  if (start.kind === 'day' && end.kind === 'day') return checked(start.date.until(end.date, { largestUnit: 'days' }));
  return checked(startOf(start, zone).toInstant().until(startOf(end, zone).toInstant(), { largestUnit: 'hours' }));
}

/** The moment that a time begins at; days begin in the calendar's own zone. */
export function startOf(time: EventTime, zone: string): Temporal.ZonedDateTime {
  return time.kind === 'day' ? time.date.toZonedDateTime(zone) : time.at;
}

function durationOf(value: unknown): Temporal.Duration {
  try {
    return checked(Temporal.Duration.from(String(value)));
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable(`DURATION ${String(value).slice(0, 40)} cannot be read`, { cause: error });
  }
}

function checked(length: Temporal.Duration): Temporal.Duration {
  if (length.sign < 0) throw new Unreadable('it ends before it starts');
  const { days, weeks } = length;
  const hours = length.with({ days: 0, weeks: 0 }).total('hours') + (days + weeks * 7) * 24;
  if (hours > LONGEST_HOURS) throw new Unreadable('it is longer than 366 days');
  return length;
}

function extraOf(property: JProperty, value: unknown, zones: Zones): ExtraDate {
  if (!Array.isArray(value)) return { start: timeOf(property, value, zones), length: null };
  const [from, to] = value as readonly unknown[];
  const start = timeOf(property, from, zones);
  if (/^[+-]?P/.test(String(to))) return { start, length: durationOf(to) };
  return { start, length: between(start, timeOf(property, to, zones), zones) };
}

/** UNTIL is taken out and compared here: exporters write it as a date, in UTC or by the event's clock. */
function ruleOf(rules: readonly JProperty[], zones: Zones, start: EventTime): Pick<CalendarEvent, 'rule' | 'until'> {
  const [found, second] = rules;
  if (!found) return { rule: null, until: null };
  if (second) throw new Unreadable('it has more than one RRULE');
  const { until, ...parts } = found[3] as Record<string, unknown>;
  const rule = Object.entries(parts)
    .map(([name, value]) => `${name.toUpperCase()}=${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(';');
  if (until === undefined) return { rule, until: null };
  const own = start.kind === 'moment' ? start.at.timeZoneId : zones.zone;
  return { rule, until: timeOf(['until', {}, '', until], until, { ...zones, zone: own }) };
}
