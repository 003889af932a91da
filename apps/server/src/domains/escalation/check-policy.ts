import type { Facts, NobodyReason, Policy, Snapshot, Step, Target, Urgency } from './model.ts';
import { targetKey } from './model.ts';
import { LEAST_WAIT_SECONDS } from './snapshot.ts';
import { whomToCall } from './targets.ts';

/** Bounds of a policy. */
const POLICY_BOUNDS = {
  steps: 20,
  targets: 20,
  rounds: 20,
  delaySeconds: 86_400,
  leastIntervalSeconds: 60,
  mostIntervalSeconds: 86_400,
  name: 120,
} as const;

/** What a person sends to make or change a policy. */
export type PolicyDraft = Omit<Policy, 'id' | 'version'>;

/** Why a policy cannot be saved, with the path of the field to mend. */
export interface PolicyFault {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with the shape of a policy. Empty: it can be saved. `exists` knows the targets that there are. */
export function policyFaults(draft: PolicyDraft, exists: (target: Target) => boolean): readonly PolicyFault[] {
  const faults: PolicyFault[] = [];
  const fault = (path: string, message: string) => faults.push({ path, message });
  const within = (path: string, value: number, [least, most]: readonly [number, number]) => {
    if (!Number.isInteger(value) || value < least || value > most)
      fault(path, `must be a whole number from ${least} to ${most}`);
  };
  const { name, delaySeconds, leastIntervalSeconds, mostIntervalSeconds, ...most } = POLICY_BOUNDS;
  if (draft.name.trim() === '' || draft.name.length > name) fault('name', `must have 1 to ${name} characters`);
  within('rounds', draft.rounds, [1, most.rounds]);
  within('repeatIntervalSeconds', draft.repeatIntervalSeconds, [leastIntervalSeconds, mostIntervalSeconds]);
  within('ackTimeoutSeconds', draft.ackTimeoutSeconds, [leastIntervalSeconds, mostIntervalSeconds]);
  if (draft.steps.length === 0) fault('steps', 'a policy needs at least one step');
  if (draft.steps.length > most.steps) fault('steps', `at most ${most.steps} steps`);
  for (const [index, step] of draft.steps.entries()) {
    within(`steps.${index}.delaySeconds`, step.delaySeconds, [0, delaySeconds]);
    if (step.targets.length === 0) fault(`steps.${index}.targets`, 'a step needs at least one target');
    if (step.targets.length > most.targets) fault(`steps.${index}.targets`, `at most ${most.targets} targets`);
    for (const [position, target] of step.targets.entries()) {
      if (!exists(target)) fault(`steps.${index}.targets.${position}`, `there is no such ${target.kind}`);
    }
  }
  return faults;
}

/** What a policy does otherwise than its author may think; it can be saved all the same. `step` counts from 0. */
export type PolicyWarning =
  | {
      readonly kind: 'target-reaches-nobody';
      readonly step: number;
      readonly target: Target;
      readonly reason: NobodyReason;
    }
  | {
      readonly kind: 'person-unreachable';
      readonly step: number;
      readonly target: Target;
      readonly userId: string;
      readonly reason: NobodyReason;
    }
  | { readonly kind: 'target-named-twice'; readonly step: number; readonly target: Target }
  | { readonly kind: 'step-reaches-nobody'; readonly step: number }
  | { readonly kind: 'step-adds-nobody'; readonly step: number }
  | { readonly kind: 'round-wait-raised'; readonly step: number; readonly toSeconds: number }
  | { readonly kind: 'reaches-no-person' }
  | { readonly kind: 'last-resort-reaches-no-person' };

/**
 * Shown while editing: steps and targets that would be passed over now, steps that add nobody because the one before
 * has no wait and calls the same people, a policy or last resort that reaches no person.
 */
export function policyWarnings(
  snapshot: Pick<Snapshot, 'steps' | 'lastResort'>,
  urgency: Urgency,
  facts: Facts,
): readonly PolicyWarning[] {
  const warnings: PolicyWarning[] = [];
  const { steps, lastResort } = snapshot;
  let anybody = false;
  let together = new Set<string>();
  for (const [index, step] of steps.entries()) {
    const called = whomToCall(step.targets, urgency, facts);
    const ids = [...called.users.map((callee) => callee.userId), ...called.endpoints];
    anybody ||= called.users.length > 0;
    warnings.push(...named(step, index), ...skippedIn(called.skipped, index));
    if (ids.length === 0) warnings.push({ kind: 'step-reaches-nobody', step: index });
    else if (ids.every((id) => together.has(id))) warnings.push({ kind: 'step-adds-nobody', step: index });
    together = step.delaySeconds === 0 ? new Set([...together, ...ids]) : new Set();
  }
  const last = steps.at(-1);
  if (last !== undefined && last.delaySeconds < LEAST_WAIT_SECONDS) {
    warnings.push({ kind: 'round-wait-raised', step: steps.length - 1, toSeconds: LEAST_WAIT_SECONDS });
  }
  if (!anybody) warnings.push({ kind: 'reaches-no-person' });
  if (whomToCall(lastResort, urgency, facts).users.length === 0)
    warnings.push({ kind: 'last-resort-reaches-no-person' });
  return warnings;
}

function named(step: Step, index: number): readonly PolicyWarning[] {
  const seen = new Set<string>();
  return step.targets.flatMap((target) => {
    const twice = seen.has(targetKey(target));
    seen.add(targetKey(target));
    return twice ? [{ kind: 'target-named-twice' as const, step: index, target }] : [];
  });
}

function skippedIn(skipped: ReturnType<typeof whomToCall>['skipped'], step: number): readonly PolicyWarning[] {
  return skipped.map(({ target, userId, reason }) =>
    userId === null
      ? { kind: 'target-reaches-nobody', step, target, reason }
      : { kind: 'person-unreachable', step, target, userId, reason },
  );
}
