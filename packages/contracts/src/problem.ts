import { z } from 'zod';

/** One fault of an input: a dotted path and what is wrong there; in a text that was sent also where it stands. */
export const fault = z
  .strictObject({
    path: z.string(),
    message: z.string(),
    line: z.int().optional().describe('In a text, from 1.'),
    column: z.int().optional().describe('In a text, from 1.'),
  })
  .meta({ id: 'Fault' });

/** Every error answer of the API (RFC 9457, `application/problem+json`). `code` is stable; docs/errors.md lists all. */
export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable; listed in docs/errors.md.'),
    detail: z.string(),
    next: z.string().describe('What to do next.'),
    faults: z.array(fault).optional(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });

/** A moment: RFC 3339 with offset, microseconds at most. */
export const instant = z.iso.datetime({ offset: true }).max(40);

/** An id as the API shows it. */
export const id = z.uuid();
