/** How many alerts of one integration may be open: from `alarmAt` on its owners are told, at `most` no more are taken. */
export interface OpenAlertLimits {
  readonly alarmAt: number;
  readonly most: number;
}

/** An integration is told of again only after it was below this part of the limit. */
const REARMED_BELOW = 0.9;

/** Whom to tell of now, and who has been told of and has not been well below the limit since. */
export interface OverfullVerdict {
  readonly tell: readonly string[];
  readonly told: readonly string[];
}

/** Decides of each integration whether it has crossed the limit: it is told of once, however it goes up and down there. */
export function judgeOverfull(
  counts: ReadonlyMap<string, number>,
  told: readonly string[],
  { alarmAt }: Pick<OpenAlertLimits, 'alarmAt'>,
): OverfullVerdict {
  const before = new Set(told);
  const over = [...counts].filter(([, count]) => count >= alarmAt).map(([id]) => id);
  const tell = over.filter((id) => !before.has(id));
  const still = told.filter((id) => (counts.get(id) ?? 0) >= alarmAt * REARMED_BELOW);
  return { tell, told: [...still, ...tell] };
}
