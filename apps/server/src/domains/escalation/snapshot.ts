import type { Instant, Policy, Run, Snapshot, Target } from './model.ts';

/** The least wait between two rounds and after a call to one person, seconds: a delay of 0 may not ring in a circle. */
export const LEAST_WAIT_SECONDS = 60;

/** What an installation uses where a route pages without a policy. */
const DEFAULT_REPEAT_INTERVAL_SECONDS = 1800;
const DEFAULT_ACK_TIMEOUT_SECONDS = 1800;

/** Freezes the policy for a run. Without one (deleted, never set) only the last resort remains, and it is called at once. */
export function freezePolicy(policy: Policy | null, lastResort: readonly Target[]): Snapshot {
  return {
    policyId: policy?.id ?? null,
    policyName: policy?.name ?? null,
    policyVersion: policy?.version ?? null,
    steps: (policy?.steps ?? []).map((step) => ({ ...step, targets: step.targets.map((target) => ({ ...target })) })),
    rounds: policy?.rounds ?? 1,
    repeatIntervalSeconds: policy?.repeatIntervalSeconds ?? DEFAULT_REPEAT_INTERVAL_SECONDS,
    ackTimeoutSeconds: policy?.ackTimeoutSeconds ?? DEFAULT_ACK_TIMEOUT_SECONDS,
    lastResort: lastResort.map((target) => ({ ...target })),
  };
}

/** Every reference a run may ever ask for, so that the shell can resolve them before the decision. */
export function allTargets(snapshot: Snapshot): readonly Target[] {
  return [...snapshot.steps.flatMap((step) => step.targets), ...snapshot.lastResort];
}

/** The wait after a step, seconds. After the last one at least `LEAST_WAIT_SECONDS`, since a new round follows. */
export function waitAfterStep(snapshot: Snapshot, step: number): number {
  const delay = snapshot.steps[step]?.delaySeconds ?? 0;
  return step >= snapshot.steps.length - 1 ? Math.max(delay, LEAST_WAIT_SECONDS) : delay;
}

/** The wait after one person was called outside the plan: as long as the step they stand in for, at least a minute. */
export function waitAfterPerson(snapshot: Snapshot, step: number): number {
  const last = snapshot.steps.length - 1;
  const standsFor = snapshot.steps[Math.min(Math.max(step, 0), last)];
  return Math.max(standsFor?.delaySeconds ?? LEAST_WAIT_SECONDS, LEAST_WAIT_SECONDS);
}

/** Whether all rounds are over: the last resort was called, from now on it repeats. */
export function roundsAreOver(run: Run): boolean {
  return run.step >= run.snapshot.steps.length;
}

/** A moment `seconds` after another. */
export function after(moment: Instant, seconds: number): Instant {
  return moment.add({ seconds });
}

/** Whole seconds from one moment to a later one; negative when it is earlier. */
export function secondsBetween(from: Instant, to: Instant): number {
  return Math.floor((to.epochMilliseconds - from.epochMilliseconds) / 1000);
}

/** Whether `a` is not later than `b`. */
export function notAfter(a: Instant, b: Instant): boolean {
  return Temporal.Instant.compare(a, b) <= 0;
}
