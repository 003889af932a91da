import type { ScheduleDraft } from './draft.ts';
import type { Layer, Override, Schedule } from './model.ts';

export const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);

/** A layer of one person who is always on call, unless told otherwise. */
export function layer(change: Partial<Layer> = {}): Layer {
  return {
    id: 'primary',
    name: 'Primary',
    position: 0,
    startsAt: at('2020-01-01T00:00Z'),
    endsAt: null,
    rotation: { unit: 'days', length: 1, handoffTime: '09:00', anchorDate: '2026-01-05', members: ['ann'] },
    restrictions: [],
    ...change,
  };
}

/** Ann and Bo by turns, a day each, handing over at 09:00. */
export const annAndBo = layer({
  rotation: { unit: 'days', length: 1, handoffTime: '09:00', anchorDate: '2026-01-05', members: ['ann', 'bo'] },
});

export function override(change: Partial<Override> = {}): Override {
  return {
    id: 'cover',
    userId: 'cy',
    replacesUserId: null,
    startsAt: at('2026-01-05T12:00Z'),
    endsAt: at('2026-01-05T18:00Z'),
    createdAt: at('2026-01-01T00:00Z'),
    ...change,
  };
}

export function schedule(change: Partial<Schedule> = {}): Schedule {
  return { id: 'payments', name: 'Payments', teamId: null, zone: 'UTC', layers: [annAndBo], overrides: [], ...change };
}

/** Some by turns, a day each from 09:00 in Berlin, with somebody beneath them at night. */
export function daysOverNights(members: readonly string[], atNight: string): ScheduleDraft {
  const days = { unit: 'days', length: 1, handoffTime: '09:00', anchorDate: '2026-01-05' } as const;
  const since = { startsAt: '2026-01-01T00:00:00Z', endsAt: null };
  return {
    name: 'Payments',
    teamId: null,
    zone: 'Europe/Berlin',
    layers: [
      {
        name: 'Nights',
        position: 0,
        ...since,
        rotation: { ...days, members: [atNight] },
        restrictions: [{ kind: 'daily', from: '20:00', to: '08:00' }],
      },
      {
        name: 'Days',
        position: 1,
        ...since,
        rotation: { ...days, members: [...members] },
        restrictions: [{ kind: 'daily', from: '08:00', to: '18:00' }],
      },
    ],
  };
}
