import { z } from 'zod';

const id = z.uuid();
const instant = z.iso.datetime({ offset: true });
const seconds = z.int().min(0);

/** Whom a step calls: a person, who is on call in a schedule, the active members of a team, or a webhook endpoint. */
export const escalationTarget = z.strictObject({ kind: z.enum(['user', 'schedule', 'team', 'webhook']), id });

/** One rung: targets called together, then the wait before the next rung. */
export const escalationStep = z.strictObject({
  delaySeconds: seconds.max(86_400).describe('Wait after this step before the next one.'),
  targets: z.array(escalationTarget).max(20),
});

/** What a person sends to make a policy. */
export const escalationPolicyDraft = z.strictObject({
  name: z.string().max(120),
  teamId: id.nullable().default(null),
  steps: z.array(escalationStep).max(20),
  rounds: z.int().default(3).describe('Passes through all steps before the last resort is called.'),
  repeatIntervalSeconds: seconds.default(1800).describe('After the last resort: how often the last step is repeated.'),
  ackTimeoutSeconds: seconds.default(1800).describe('How long an acknowledgement holds.'),
});

/** A change of a policy, made against the version that was read. */
export const escalationPolicyUpdate = escalationPolicyDraft.extend({ version: z.int() });

/** A stored policy. */
export const escalationPolicy = escalationPolicyDraft.extend({ id, version: z.int() });

/** What a policy does otherwise than its author may think; it is saved all the same. Steps count from 0. */
export const escalationWarning = z.strictObject({
  kind: z.enum([
    'target-reaches-nobody',
    'person-unreachable',
    'target-named-twice',
    'step-reaches-nobody',
    'step-adds-nobody',
    'round-wait-raised',
    'reaches-no-person',
    'last-resort-reaches-no-person',
  ]),
  step: z.int().optional(),
  target: escalationTarget.optional(),
  userId: id.optional(),
  reason: z.string().optional(),
  toSeconds: z.int().optional(),
});

/** A policy with its warnings as of now. */
export const escalationPolicyAnswer = z.strictObject({
  policy: escalationPolicy,
  warnings: z.array(escalationWarning),
});

/** All policies. */
export const escalationPolicyList = z.strictObject({ policies: z.array(escalationPolicy) });

/** What a draft would be told on saving: faults that refuse it, warnings that do not. */
export const escalationPolicyCheck = z.strictObject({
  faults: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  warnings: z.array(escalationWarning),
});

/** Why something was decided: a kind from a closed list, with the details of that kind. */
export const escalationReason = z.looseObject({ kind: z.string() });

/** When to simulate. Left out: now, high urgency, SEV2. */
export const escalationSimulationQuery = z.strictObject({
  at: instant.optional(),
  urgency: z.enum(['high', 'low']).default('high'),
  severity: z.coerce.number().int().min(1).max(5).default(2),
});

/** One moment of a simulated run that nobody answers. */
export const simulatedMoment = z.strictObject({
  at: instant,
  afterSeconds: z.int(),
  calls: z.array(
    z.strictObject({
      round: z.int(),
      step: z.int(),
      users: z.array(z.strictObject({ userId: id, via: escalationTarget })),
      endpoints: z.array(id),
      reason: escalationReason,
    }),
  ),
  reasons: z.array(escalationReason),
  alarms: z.array(z.string()),
});

/** A whole simulated run, made by the functions that page. */
export const escalationSimulation = z.strictObject({
  policyId: id,
  policyVersion: z.int(),
  moments: z.array(simulatedMoment),
});

/** Whom to call when a policy has gone unanswered. */
export const escalationLastResort = z.strictObject({ targets: z.array(escalationTarget).max(20) });

/** The last resort with what is wrong with it now. */
export const escalationLastResortAnswer = escalationLastResort.extend({ warnings: z.array(escalationWarning) });

/** Quiet until a moment, or for a time; exactly one of them. */
export const pageSnoozeBody = z
  .object({ until: instant.optional(), forSeconds: seconds.min(1).optional() })
  .refine((body) => (body.until === undefined) !== (body.forSeconds === undefined), 'either until or forSeconds');

/** Names one person. */
export const pagePersonBody = z.strictObject({ userId: id });

/** The run of a page as it stands. */
export const escalationRun = z.strictObject({
  id,
  phase: z.enum(['escalating', 'last-resort', 'repeating', 'acknowledged', 'snoozed', 'ended']),
  round: z.int(),
  step: z.int(),
  steps: z.int().describe('Steps of the frozen policy; a step equal to it says that the rounds are over.'),
  rounds: z.int(),
  policyId: id.nullable(),
  policyVersion: z.int().nullable(),
  urgency: z.enum(['high', 'low']),
  severity: z.int(),
  holderId: id.nullable(),
  acknowledgedBy: id
    .nullable()
    .describe('A person, who is then the holder; or the integration whose sender acknowledged, which holds nothing.'),
  acknowledgedAt: instant.nullable(),
  quietUntil: instant.nullable(),
  wakeAt: instant.nullable().describe('When it acts next if nobody does.'),
  startedAt: instant,
  startReason: escalationReason,
  endedAt: instant.nullable(),
  endReason: escalationReason.nullable(),
});

/** What came of an act: `unchanged` is harmless (somebody was first, it had ended), the reasons say why. */
export const pageActAnswer = z.strictObject({
  outcome: z.enum(['changed', 'unchanged']),
  reasons: z.array(escalationReason),
  pageId: id,
  version: z.int(),
  run: escalationRun.nullable(),
});

/** How many alerts a resolve by hand has resolved. */
export const pageResolveAnswer = z.strictObject({ pageId: id, resolved: z.int() });
