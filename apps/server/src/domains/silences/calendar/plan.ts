import { type Matcher, readMatchers } from '#routing';
import { matcherFaults } from '../silence.ts';
import { type EventMatchers, MOST_OCCURRENCES, type Occurrence, type WantedWindow } from './model.ts';

/** Values of a label that one event may name. */
const MOST_CATEGORIES = 20;

/** Which alerts a calendar's events mute. */
export interface MatcherRule {
  /** For events that do not say it themselves; null: those mute none. */
  readonly matchers: readonly Matcher[] | null;
  readonly eventMatchers: EventMatchers;
}

/** The windows that a calendar wants, and the events that could not be used. */
export interface Wanted {
  readonly windows: readonly WantedWindow[];
  readonly faults: readonly { readonly uid: string; readonly message: string }[];
  /** Occurrences beyond those that are planned at once; they follow as time goes on. */
  readonly later: number;
}

/** Turns occurrences into windows. An event with matchers that cannot be read mutes nothing: its faults say so. */
export function wantedWindows(occurrences: readonly Occurrence[], rule: MatcherRule, now: Temporal.Instant): Wanted {
  const read = new Map<string, ReturnType<typeof matchersOf>>();
  const faults = new Map<string, string>();
  const windows: WantedWindow[] = [];
  for (const { uid, key, name, categories, matcherLine, startsAt, endsAt } of occurrences) {
    if (Temporal.Instant.compare(endsAt, now) <= 0) continue;
    const said = JSON.stringify([matcherLine, categories]);
    const known = read.get(said) ?? matchersOf({ categories, matcherLine }, rule);
    read.set(said, known);
    if (known.kind === 'fault') faults.set(uid, known.message);
    if (known.kind === 'matchers') windows.push({ uid, key, name, matchers: known.matchers, startsAt, endsAt });
  }
  return {
    windows: windows.slice(0, MOST_OCCURRENCES),
    faults: [...faults].map(([uid, message]) => ({ uid, message })),
    later: Math.max(0, windows.length - MOST_OCCURRENCES),
  };
}

type Said =
  | { readonly kind: 'matchers'; readonly matchers: readonly Matcher[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'fault'; readonly message: string };

function matchersOf(
  { categories, matcherLine }: Pick<Occurrence, 'categories' | 'matcherLine'>,
  { matchers, eventMatchers }: MatcherRule,
): Said {
  const byCalendar: Said = matchers === null ? { kind: 'nothing' } : { kind: 'matchers', matchers };
  if (eventMatchers.kind === 'none') return byCalendar;
  if (eventMatchers.kind === 'description') return matcherLine === null ? byCalendar : readLine(matcherLine);
  const values = categories.filter((value) => value !== '').slice(0, MOST_CATEGORIES);
  return values.length === 0 ? byCalendar : checked([labelMatcher(eventMatchers.label, values)]);
}

function readLine(text: string): Said {
  const read = readMatchers(text.slice(0, 4_000));
  return read.ok ? checked(read.matchers) : { kind: 'fault', message: `matchers: ${read.faults[0]?.message}` };
}

function labelMatcher(name: string, values: readonly string[]): Matcher {
  const [first = ''] = values;
  if (values.length === 1) return { name, op: '=', value: first };
  return { name, op: '=~', value: values.map((value) => value.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')).join('|') };
}

function checked(matchers: readonly Matcher[]): Said {
  const [fault] = matcherFaults(matchers);
  return fault ? { kind: 'fault', message: `${fault.path}: ${fault.message}` } : { kind: 'matchers', matchers };
}

/** A window that stands for an event, as stored and not ended. */
export interface EventWindow extends WantedWindow {
  readonly id: string;
  /** A person took it away: this occurrence mutes nothing, whatever the calendar says. */
  readonly isRemoved: boolean;
}

/** What must be done so that the stored windows are those that the calendar wants. */
export interface WindowPlan {
  readonly add: readonly WantedWindow[];
  readonly change: readonly { readonly id: string; readonly to: WantedWindow }[];
  /** Open ones, or such that were: they end now, or ended when their time was over. */
  readonly end: readonly string[];
  /** Ones that never opened. */
  readonly drop: readonly string[];
}

/**
 * Compares. What is open or has been open is never rewritten into another time: it ends, and another begins. Windows of
 * events that could not be read (`keep`) stay as they are.
 */
export function planWindows(
  stored: readonly EventWindow[],
  wanted: readonly WantedWindow[],
  { now, keep }: { readonly now: Temporal.Instant; readonly keep: ReadonlySet<string> },
): WindowPlan {
  const plan = {
    add: [] as WantedWindow[],
    change: [] as WindowPlan['change'][number][],
    end: [] as string[],
    drop: [] as string[],
  };
  const nameOf = ({ uid, key }: WantedWindow) => JSON.stringify([uid, key]);
  const left = new Map(stored.map((window) => [nameOf(window), window]));
  for (const to of wanted) {
    const window = left.get(nameOf(to));
    left.delete(nameOf(to));
    if (!window) plan.add.push(to);
    else if (!window.isRemoved && !isSame(window, to)) {
      if (isOver(window, now) || (hasBegun(window, now) && !holds(to, now))) {
        plan.end.push(window.id);
        plan.add.push(to);
      } else plan.change.push({ id: window.id, to });
    }
  }
  for (const window of left.values()) {
    if (window.isRemoved || keep.has(window.uid) || isOver(window, now)) continue;
    if (hasBegun(window, now)) plan.end.push(window.id);
    else plan.drop.push(window.id);
  }
  return plan;
}

const hasBegun = ({ startsAt }: WantedWindow, now: Temporal.Instant) => Temporal.Instant.compare(startsAt, now) <= 0;
const isOver = ({ endsAt }: WantedWindow, now: Temporal.Instant) => Temporal.Instant.compare(endsAt, now) <= 0;
const holds = (window: WantedWindow, now: Temporal.Instant) => hasBegun(window, now) && !isOver(window, now);

function isSame(a: WantedWindow, b: WantedWindow): boolean {
  return (
    a.name === b.name &&
    Temporal.Instant.compare(a.startsAt, b.startsAt) === 0 &&
    Temporal.Instant.compare(a.endsAt, b.endsAt) === 0 &&
    JSON.stringify(a.matchers) === JSON.stringify(b.matchers)
  );
}

/** Whether a plan changes anything. */
export const isEmptyPlan = ({ add, change, end, drop }: WindowPlan): boolean =>
  add.length + change.length + end.length + drop.length === 0;
