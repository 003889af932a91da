import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';

/** What kind of thing was changed. */
export const changeKinds = [
  'deploy',
  'code',
  'release',
  'config',
  'flag',
  'infrastructure',
  'pipeline',
  'other',
] as const;

/** Something that people or machines changed, and that may have caused what broke afterwards. It never pages. */
export const change = z
  .strictObject({
    id,
    integrationId: id,
    kind: z.enum(changeKinds),
    summary: z.string(),
    service: z.string().nullable().describe('The key of a service as the sender names it.'),
    serviceId: id.nullable().describe('Null when the catalogue knows no service of that key.'),
    environment: z.string().nullable(),
    author: z.string().nullable(),
    deployId: z.string().nullable(),
    revision: z.string().nullable(),
    status: z.string().nullable().describe('The latest state that its sender told, e.g. `success`.'),
    links: z.array(z.strictObject({ href: z.string(), text: z.string().nullable() })),
    details: z.record(z.string(), z.string()),
    at: instant.describe('When it was made, by its sender.'),
    statusAt: instant,
    receivedAt: instant,
  })
  .meta({ id: 'Change' });

/** Which changes to list. */
export const changeQuery = z.strictObject({
  ...pagingFields,
  service: z.string().min(1).max(200).optional().describe('The key of a service.'),
  environment: z.string().min(1).max(200).optional(),
  kind: z.enum(changeKinds).optional(),
  integrationId: id.optional(),
  since: instant.optional().describe('Made at this moment or later.'),
  until: instant.optional().describe('Made before this moment.'),
  q: z.string().min(1).max(200).optional().describe('Part of the summary, upper and lower case alike.'),
});

/** Changes, the newest first. */
export const changeList = pageOf(change);

/** Something that broke: what was changed shortly before it, and near it? */
export const changesNearQuery = z.strictObject({
  at: instant.describe('When it broke.'),
  service: z.string().min(1).max(200).optional().describe('The key of the service that broke.'),
  serviceId: id.optional().describe('The same by its id in the catalogue.'),
  environment: z.string().min(1).max(200).optional(),
  hours: z.coerce.number().int().min(1).max(168).default(24).describe('How far back to look.'),
  limit: z.coerce.number().int().min(1).max(50).default(10),
});

/** Changes ranked by how near they are to what broke, the nearest first. */
export const changesNear = z.strictObject({
  items: z.array(
    z.strictObject({
      change,
      closeness: z.number().describe('1: the same service at the same moment; half of it after an hour.'),
      secondsBefore: z.int().describe('Negative: made after it broke.'),
      because: z.array(z.enum(['same-service', 'other-service', 'same-environment', 'other-environment', 'it-failed'])),
    }),
  ),
});
