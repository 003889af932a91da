import { z } from 'zod';
import { id, instant } from './problem.ts';

const key = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]*$/, 'letters, digits, and . _ / - after the first')
  .describe('What alerts name in their `service` label.');

/** What a person sends to make a service. */
export const serviceDraft = z.strictObject({
  key,
  name: z.string().min(1).max(120),
  description: z.string().max(2_000).default(''),
  teamId: id.nullable().default(null).describe('The owner.'),
  tier: z.int().min(1).max(4).default(3).describe('1 is the most critical.'),
  policyId: id.nullable().default(null).describe('Who is called; without one the policy of the team.'),
  runbookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .nullable()
    .default(null),
  dependsOn: z.array(id).max(200).default([]).describe('Services it stands on. Cycles are allowed.'),
});

/** A change of a service, made against the version that was read. */
export const serviceUpdate = serviceDraft.extend({ version: z.int() });

/** A stored service. */
export const service = serviceDraft.extend({ id, version: z.int(), createdAt: instant });

/** All living services. */
export const serviceList = z.strictObject({ services: z.array(service) });
