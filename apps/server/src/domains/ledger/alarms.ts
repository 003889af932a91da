import type { Instant } from './model.ts';
import { lateSeconds } from './model.ts';
import type { Stall } from './stalled.ts';

/** A stall that lasts is told again after this many seconds. */
export const REPEAT_SECONDS = 900;
/** Stalls named in one message; the others are counted. */
const MOST_NAMED = 5;
/** Stalls remembered; more at once is one disaster, not so many. */
const MOST_REMEMBERED = 500;

/** A stall that was told and lasts. */
export interface OpenAlarm {
  readonly key: string;
  readonly sentence: string;
  readonly since: Instant;
  /** When it was last told; null while no way of telling has worked. */
  readonly toldAt: Instant | null;
}

/** What to say now, and the alarms as they stand when it has been said (`told`) or could not be (`untold`). */
export interface AlarmDecision {
  /** Null: nothing to say. */
  readonly text: string | null;
  readonly told: readonly OpenAlarm[];
  readonly untold: readonly OpenAlarm[];
}

/**
 * Decides what to say about the stalls found now: each once when it appears, again every 15 minutes while it lasts, once
 * when all are over. One message a pass; what could not be told stays untold and is tried with the next pass.
 */
export function decideAlarms(open: readonly OpenAlarm[], stalls: readonly Stall[], now: Instant): AlarmDecision {
  const before = new Map(open.map((alarm) => [alarm.key, alarm]));
  const lasting = stalls.slice(0, MOST_REMEMBERED).map(({ key, sentence }): OpenAlarm => {
    const known = before.get(key);
    return { key, sentence, since: known?.since ?? now, toldAt: known?.toldAt ?? null };
  });
  const due = lasting.filter(({ toldAt }) => toldAt === null || lateSeconds(toldAt, now) >= REPEAT_SECONDS);
  if (due.length > 0) {
    const keys = new Set(due.map(({ key }) => key));
    const told = lasting.map((alarm) => (keys.has(alarm.key) ? { ...alarm, toldAt: now } : alarm));
    return { text: alarmText(due, stalls.length, now), told, untold: lasting };
  }
  const wereTold = open.filter(({ toldAt }) => toldAt !== null);
  if (lasting.length === 0 && wereTold.length > 0) {
    return { text: `Over: ${namesOf(wereTold)} Pages travel again.`, told: [], untold: open };
  }
  return { text: null, told: lasting, untold: lasting };
}

function alarmText(due: readonly OpenAlarm[], total: number, now: Instant): string {
  const oldest = Math.max(...due.map(({ since }) => lateSeconds(since, now)));
  const lasts = oldest >= REPEAT_SECONDS ? ` For ${Math.floor(oldest / 60)} minutes now.` : '';
  const others = total > due.length ? ` ${total - due.length} told before still stand.` : '';
  return `Tocsin itself is in trouble and pages may be late: ${namesOf(due)}${lasts}${others}`;
}

function namesOf(alarms: readonly OpenAlarm[]): string {
  const named = alarms.slice(0, MOST_NAMED).map(({ sentence }) => sentence);
  return [...named, ...(alarms.length > MOST_NAMED ? [`And ${alarms.length - MOST_NAMED} more.`] : [])].join(' ');
}
