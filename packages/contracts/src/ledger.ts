import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';

/** Somebody or something by id, with the name it has now. */
export const named = z.strictObject({ id, name: z.string() });

/** Where a page stands: firing (nobody has it), acknowledged (somebody has it, also snoozed), resolved (nothing fires). */
export const pageState = z.enum(['firing', 'acknowledged', 'resolved']);

/** The phase of a page's escalation. */
export const runPhase = z.enum(['escalating', 'last-resort', 'repeating', 'acknowledged', 'snoozed', 'ended']);

/** What a page will do by itself next, when, and to whom; as far as known now. */
export const pageNext = z.strictObject({
  kind: z.enum(['step', 'new-round', 'last-resort', 'repeat', 'acknowledgement-expires', 'snooze-ends']),
  at: instant,
  to: z.array(named).describe('Who stands behind the next step at that moment; empty when nobody does.'),
  sentence: z.string(),
});

/** One row of the list of pages. */
export const pageRow = z.strictObject({
  id,
  number: z.int(),
  title: z.string(),
  severity: z.int().min(1).max(5),
  state: pageState,
  phase: runPhase.nullable().describe('Null: nobody was called.'),
  urgency: z.enum(['high', 'low']),
  service: named.nullable(),
  team: named.nullable(),
  openedAt: instant,
  ageSeconds: z.int().min(0).describe('From opening to resolve, or until now.'),
  resolvedAt: instant.nullable(),
  holder: named.nullable(),
  acknowledgedAt: instant.nullable(),
  quietUntil: instant.nullable(),
  counts: z.strictObject({ firing: z.int(), total: z.int() }),
  mine: z.boolean().describe('You have it, or it called you.'),
  next: pageNext.nullable(),
  version: z.int(),
});

/** Filters of the list of pages. */
export const pageListQuery = z.strictObject({
  ...pagingFields,
  state: z.enum(['firing', 'acknowledged', 'resolved', 'all']).default('all'),
  mode: z
    .enum(['page', 'ticket'])
    .default('page')
    .describe('Groups of routes that call people, or of those that open tickets.'),
  mine: z.enum(['true', 'false']).default('false'),
  team: id.optional(),
  service: id.optional(),
  severity: z
    .string()
    .regex(/^[1-5](,[1-5])*$/, 'one or several of 1 to 5, parted by commas')
    .optional(),
  zone: z.string().max(60).default('UTC').describe('Time zone of the moments in sentences.'),
});

/** Pages, newest first. */
export const pageList = pageOf(pageRow);

/** How a link of the ledger is drawn. */
export const linkState = z.enum(['stored', 'waiting', 'answered', 'stalled', 'not-yet']);

/** One fact under a link. */
export const chainEntry = z.strictObject({
  at: instant,
  state: linkState,
  sentence: z.string(),
  reason: z.unknown().describe('As stored.'),
  ref: z.strictObject({ kind: z.enum(['page-event', 'notification', 'attempt']), id: z.string() }),
  userId: id.nullable(),
});

/** One link of the page ledger: what happened, when, why; or what it waits for. */
export const chainLink = z.strictObject({
  name: z.enum(['accepted', 'routed', 'grouped', 'escalated', 'queued', 'sent', 'receipt', 'acknowledged', 'resolved']),
  state: linkState,
  at: instant.nullable(),
  until: instant.nullable(),
  sentence: z.string(),
  reason: z.unknown().describe('As stored.'),
  entries: z.array(chainEntry),
});

/** The page ledger: every link from stored facts. */
export const pageChain = z.strictObject({
  links: z.array(chainLink),
  stored: z.int().describe('Links whose fact is stored.'),
  missing: z.int().describe('Links that are stalled: a fact is missing or late.'),
});

/** One alert of a page. */
export const pageMember = z.strictObject({
  id,
  title: z.string(),
  severity: z.int(),
  status: z.enum(['firing', 'resolved']),
  startsAt: instant,
  resolvedAt: instant.nullable(),
  lastSeenAt: instant,
  count: z.int(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  generatorUrl: z.string().nullable(),
});

/** Everything about one page. */
export const pageDetail = z.strictObject({
  page: pageRow,
  labels: z.record(z.string(), z.string()),
  route: named,
  policy: z.strictObject({ id: id.nullable(), name: z.string().nullable(), version: z.int().nullable() }).nullable(),
  chain: pageChain,
  members: z.array(pageMember).describe('The newest 20 alerts.'),
});

/** Query of one page. */
export const pageDetailQuery = z.strictObject({ zone: z.string().max(60).default('UTC') });

/** Whether wake-ups are taken in time; public, without any content. */
export const engineHealthPublic = z.strictObject({
  ok: z.boolean(),
  lateSeconds: z
    .number()
    .nullable()
    .describe('How late the oldest due wake-up is; null when the database does not answer.'),
});

/** What the watch sees. */
export const engineHealth = z.strictObject({
  ok: z.boolean(),
  lateSeconds: z.number(),
  queues: z.array(
    z.strictObject({
      name: z.enum(['groups', 'runs', 'notifications']),
      due: z.int(),
      oldestDueAt: instant.nullable(),
    }),
  ),
  jobs: z.array(z.strictObject({ name: z.string(), lastFinishedAt: instant.nullable() })),
  watch: z.strictObject({ lastPassAt: instant.nullable(), since: instant.nullable() }),
  alarms: z.array(
    z.strictObject({ key: z.string(), sentence: z.string(), since: instant, toldAt: instant.nullable() }),
  ),
  emergency: z.strictObject({
    configured: z.boolean().describe('False: nobody can be told of Tocsin’s own trouble.'),
    lastSpokeAt: instant.nullable(),
    lastFailure: z.string().nullable(),
  }),
  heartbeat: z.strictObject({
    configured: z.boolean(),
    lastSentAt: instant.nullable().describe('By this node.'),
    lastReason: z.string().nullable().describe('Why the last one was not sent; null when it was.'),
  }),
});

/** What the verifier found. */
export const verifyReport = z.strictObject({
  at: instant,
  ok: z.boolean(),
  complete: z.boolean().describe('False: the time was over before all was looked at; `tocsin verify` takes its time.'),
  invariants: z.array(
    z.strictObject({
      invariant: z.enum(['1', '2', '3', '4', '5', '7', '10', 'seals']),
      name: z.string(),
      checked: z.int(),
      violations: z.array(
        z.strictObject({ id: z.string(), what: z.string(), evidence: z.record(z.string(), z.unknown()) }),
      ),
      more: z.int().describe('Violations beyond those listed.'),
      complete: z.boolean(),
    }),
  ),
});

/** Query of the verifier: how long it may take, and a seal that the outside received, which shows a tail that was cut off since. */
export const verifyQuery = z.strictObject({
  budgetSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe('What is left after this many seconds is reported as not complete.'),
  seal: z.coerce.number().int().min(0).optional(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
