import { type FinalLine, finalLine, type Slot } from './final-line.ts';
import { type Handoff, HORIZON_DAYS, type OnCallAnswer, type Schedule } from './model.ts';
import { DAY, type Micros, toInstant, toMicros } from './wall-clock.ts';

const HORIZON: Micros = HORIZON_DAYS * DAY;

/**
 * Who is on call at an instant, since when and until when, and why; or that nobody is, and why.
 * Never throws for a schedule that `validateSchedule` accepts. The cost does not depend on how far the instant
 * lies from a rotation's anchor: measured (median) 5 µs for a weekly layer, 11 µs for four layers with active
 * hours, 80 µs with 500 overrides, 0.5 ms for a higher layer whose turns never meet its active hours.
 */
export function onCallAt(schedule: Schedule, instant: Temporal.Instant): OnCallAnswer {
  const line = finalLine(schedule);
  const at = toMicros(instant);
  const slot = line.at(at).value;
  const end = endOf(line, at, sameShift);
  const until = end === null ? null : toInstant(end);
  if (slot === null) return { users: [], gap: true, reason: line.gapReason(at), until };
  const start = startOf(line, at);
  const since = start === null ? null : toInstant(start);
  return { users: [{ ...slot, since, until }], gap: false, reason: slot.because.kind, until };
}

/**
 * The next instant after `instant` at which other people are on call, gaps counted as nobody; null when there
 * is none, or none within `HORIZON_DAYS`. The same person going on for another reason is no hand-off.
 */
export function nextHandoff(schedule: Schedule, instant: Temporal.Instant): Handoff | null {
  const line = finalLine(schedule);
  const at = toMicros(instant);
  const end = endOf(line, at, samePerson);
  if (end === null) return null;
  return { at: toInstant(end), fromUserIds: idsOf(line.at(at).value), toUserIds: idsOf(line.at(end).value) };
}

function idsOf(slot: Slot): readonly string[] {
  return slot === null ? [] : [slot.userId];
}

/** Whether two neighbouring slots are one shift: same person for the same reason, or both a gap. */
export function sameShift(a: Slot, b: Slot): boolean {
  if (a === null || b === null) return a === b;
  return a.userId === b.userId && a.because.kind === b.because.kind && a.because.id === b.because.id;
}

function samePerson(a: Slot, b: Slot): boolean {
  return a?.userId === b?.userId;
}

function endOf(line: FinalLine, at: Micros, same: (a: Slot, b: Slot) => boolean): Micros | null {
  const { value, end: first } = line.at(at);
  let end = first;
  while (Number.isFinite(end)) {
    const next = line.at(end);
    if (!same(value, next.value)) return end;
    if (next.end - at > HORIZON) return null;
    end = next.end;
  }
  return null;
}

function startOf(line: FinalLine, at: Micros): Micros | null {
  const { value, start: first } = line.at(at);
  let start = first;
  while (Number.isFinite(start)) {
    const before = line.at(start - 1);
    if (!sameShift(before.value, value)) return start;
    if (at - before.start > HORIZON) return null;
    start = before.start;
  }
  return null;
}
