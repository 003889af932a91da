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
