import type { api } from '#api/client.ts';

/** Who is on call in one schedule, as the API tells it. */
export type OnCallEntry = Awaited<ReturnType<(typeof api)['oncall']['who']>>['items'][number];

/** Why nobody is on call, or what put somebody there, in plain words. */
export function reasonText(reason: OnCallEntry['reason']): string {
  switch (reason) {
    case 'override':
      return 'by an override';
    case 'layer':
      return 'by rotation';
    case 'nobody-in-rotation':
      return 'the turn is left to nobody';
    case 'outside-active-hours':
      return 'outside the active hours';
    case 'no-layer-in-force':
      return 'no layer applies at this time';
    case 'no-layers':
      return 'the schedule has no layers';
    case 'broken-schedule':
      return 'the schedule cannot be calculated';
  }
}

/** Gaps first, for they are trouble; the others by name. */
export function inOrder(entries: readonly OnCallEntry[]): readonly OnCallEntry[] {
  return entries.toSorted((a, b) => Number(b.gap) - Number(a.gap) || a.name.localeCompare(b.name));
}
