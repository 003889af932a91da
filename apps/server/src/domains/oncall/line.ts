import { compareShifts, type ScheduleChange } from './compare.ts';
import type { Schedule, Shift, Shifts } from './model.ts';
import { shiftsBetween } from './shifts.ts';
import type { Span } from './span.ts';

/** The final line of a schedule over a time, and what each layer says alone. */
export type Line = Shifts &
  Span & {
    readonly zone: string;
    readonly layers: readonly {
      readonly layerId: string;
      readonly position: number;
      readonly shifts: readonly Shift[];
    }[];
  };

/** What a draft would do; without a stored schedule to compare with, `changes` is null. */
export type Preview = { readonly line: Line; readonly changes: readonly ScheduleChange[] | null };

/** Calculates a valid schedule for a screen. */
export function lineOf(schedule: Schedule, { from, to }: Span): Line {
  const layers = schedule.layers.map((layer) => {
    const alone = { ...schedule, layers: [layer], overrides: [] };
    return { layerId: layer.id, position: layer.position, shifts: shiftsBetween(alone, from, to).shifts };
  });
  return { ...shiftsBetween(schedule, from, to), from, to, zone: schedule.zone, layers };
}

/** Calculates a valid draft and what it changes for people against the stored schedule. */
export function previewOf(before: Schedule | null, after: Schedule, span: Span): Preview {
  const line = lineOf(after, span);
  return { line, changes: before === null ? null : compareShifts(shiftsBetween(before, span.from, span.to), line) };
}
