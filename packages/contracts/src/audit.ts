import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';

/** One entry of the audit log: who changed what, when. */
export const auditEntry = z.strictObject({
  at: instant,
  kind: z.string().describe('`noun.verb`, e.g. `policy.changed`.'),
  actor: z.string().describe('`user:<id>`, `system:<name>`, or `erased`.'),
  subject: id.nullable(),
  change: z.unknown(),
});

/** Which entries to list. */
export const auditQuery = z.strictObject({
  ...pagingFields,
  subject: id.optional(),
  kind: z.string().max(100).optional().describe('Beginning of the kind, e.g. `policy.`.'),
  actor: z.string().max(100).optional(),
});

/** A part of the audit log, newest first. */
export const auditList = pageOf(auditEntry);
