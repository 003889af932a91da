import type { scheduleDraft, scheduleLayerDraft } from '@tocsin/contracts';
import type { z } from 'zod';
import { instantOf } from './instants.ts';
import type { Layer, Restriction, Rotation, Schedule } from './model.ts';
import { type FaultReason, validateSchedule } from './validate.ts';

/** A schedule as a person sends it, its shape already checked. */
export type ScheduleDraft = z.output<typeof scheduleDraft>;

/** A fault as people read it: where, by dotted path, and what is wrong there. */
export type WordedFault = { readonly path: string; readonly message: string };

/** What a draft becomes beside its own fields. */
export type Existing = Pick<Schedule, 'id' | 'overrides'> & {
  /** The layers that a draft may name by id. */
  readonly layerIds: ReadonlySet<string>;
};

/** The schedule that a draft describes; each layer without an id gets a new one. Ids are in lower case, as PostgreSQL has them. */
export function scheduleFrom(draft: ScheduleDraft, existing: Existing, newId: () => string): Schedule {
  return {
    id: existing.id,
    name: draft.name,
    teamId: draft.teamId?.toLowerCase() ?? null,
    zone: draft.zone,
    layers: draft.layers.map((layer) => layerFrom(layer, layer.id?.toLowerCase() ?? newId())),
    overrides: existing.overrides,
  };
}

function layerFrom(draft: z.output<typeof scheduleLayerDraft>, id: string): Layer {
  const { name, position, rotation, restrictions } = draft;
  return {
    id,
    name,
    position,
    startsAt: instantOf(draft.startsAt),
    endsAt: draft.endsAt === null ? null : instantOf(draft.endsAt),
    // The contract bounds weekdays by number, the model by type.
    rotation: { ...rotation, members: rotation.members.map((member) => member?.toLowerCase() ?? null) } as Rotation,
    restrictions: restrictions as readonly Restriction[],
  };
}

/** All faults of a draft, as paths of what was sent; overrides stand outside it and are left out. */
export function draftFaults(draft: ScheduleDraft, schedule: Schedule, existing: Existing): readonly WordedFault[] {
  const foreign = draft.layers.flatMap(({ id }, index) =>
    id === undefined || existing.layerIds.has(id.toLowerCase())
      ? []
      : [{ path: `layers.${index}.id`, message: 'is no layer of this schedule; leave it out for a new layer' }],
  );
  return [...foreign, ...wordedFaults({ ...schedule, overrides: [] })];
}

/** All faults of a schedule in words. */
export function wordedFaults(schedule: Schedule): readonly WordedFault[] {
  return validateSchedule(schedule).map(({ path, reason }) => ({ path, message: words[reason] }));
}

const words: Readonly<Record<FaultReason, string>> = {
  'unknown-zone': 'is no zone that we know; give an IANA name such as Europe/Berlin',
  'duplicate-id': 'is named twice',
  'duplicate-position': 'is the position of another layer',
  'bad-position': 'is not a whole number',
  'out-of-range': 'lies outside the years 1970 to 2199',
  'ends-before-start': 'is not after its start',
  'unknown-unit': 'is not hours, days or weeks',
  'length-out-of-bounds': 'is too short or too long for a turn',
  'bad-time': 'is not a time HH:MM between 00:00 and 23:59',
  'bad-date': 'is not a date YYYY-MM-DD that the calendar has',
  'bad-weekday': 'is not a weekday from 1 (Monday) to 7',
  'anchor-off-weekday': 'does not fall on the weekday of the hand-off',
  'no-members': 'names nobody',
  'too-many-members': 'names too many people',
  'empty-user-id': 'names nobody',
  'zero-length': 'begins and ends at the same time; leave it out for always',
  'replaces-itself': 'is the person who takes over',
};
