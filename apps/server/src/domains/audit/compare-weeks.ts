import type { WeekSum } from './model.ts';

/** What a sealed range's weeks say against what is stored there now. */
export interface WeeksVerdict {
  readonly sealed: number;
  readonly retired: number;
  readonly stored: number;
  readonly faults: readonly {
    readonly what: 'entry-changed' | 'entry-missing' | 'entry-added';
    readonly counts: { readonly sealed: number; readonly stored: number };
  }[];
}

/** Compares the weeks of a sealed range with what is stored; weeks before `keptFrom` may be gone, but only whole. */
export function compareWeeks(sealed: readonly WeekSum[], stored: readonly WeekSum[], keptFrom: string): WeeksVerdict {
  const left = new Map(stored.map((sum) => [sum.monday, sum]));
  const faults: WeeksVerdict['faults'][number][] = [];
  let good = 0;
  let retired = 0;
  for (const { monday, count, root } of sealed) {
    const found = left.get(monday);
    left.delete(monday);
    if (found?.count === count && found.root === root) good += count;
    else if (!found && monday < keptFrom) retired += count;
    else faults.push(faultOf(count, found?.count ?? 0));
  }
  for (const { count } of left.values()) faults.push(faultOf(0, count));
  return { sealed: good, retired, stored: countOf(stored), faults };
}

function faultOf(sealed: number, stored: number): WeeksVerdict['faults'][number] {
  const what = stored === sealed ? 'entry-changed' : stored < sealed ? 'entry-missing' : 'entry-added';
  return { what, counts: { sealed, stored } };
}

const countOf = (weeks: readonly WeekSum[]) => weeks.reduce((sum, { count }) => sum + count, 0);
