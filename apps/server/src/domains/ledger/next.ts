import type { Id, Instant, Names, RunFacts, SnapshotFacts, TargetRef } from './model.ts';

/** What a live run does at its wake-up when nobody acts before. */
export type NextKind = 'step' | 'new-round' | 'last-resort' | 'repeat' | 'acknowledgement-expires' | 'snooze-ends';

/** The next thing that will happen to a page by itself: when, to whom, in words. */
export interface Next {
  readonly kind: NextKind;
  readonly at: Instant;
  /** References as the run froze them. */
  readonly targets: readonly TargetRef[];
  /** Who stands behind them at that moment, as far as known now. */
  readonly people: readonly Id[];
  readonly sentence: string;
}

/** How references become people: who is on call may change until the moment comes, so it is asked for that moment. */
export interface NextLookup extends Names {
  peopleOf(target: TargetRef, at: Instant): readonly Id[];
}

/**
 * Says what a live run will do at its wake-up, e.g. "Escalates to Bo Tanaka at 03:12:48". Null when the run rests for
 * ever or has no wake-up (which is a stall, and stalled.ts says so). A step that turns out to reach nobody is passed
 * over when it is taken; this says what is planned, not what will be found.
 */
export function nextOf(run: RunFacts, wakeAt: Instant | null, lookup: NextLookup): Next | null {
  if (!run.live || wakeAt === null) return null;
  const { kind, targets } = planned(run);
  const people = [...new Set(targets.flatMap((target) => lookup.peopleOf(target, wakeAt)))];
  return { kind, at: wakeAt, targets, people, sentence: sentenceOf({ kind, targets, people }, wakeAt, lookup) };
}

function planned(run: RunFacts): { readonly kind: NextKind; readonly targets: readonly TargetRef[] } {
  const { snapshot, phase, holderId } = run;
  // Without a holder a sender has acknowledged: then the policy begins again.
  const holder: readonly TargetRef[] =
    holderId === null ? (snapshot.steps[0]?.targets ?? snapshot.lastResort) : [{ kind: 'user', id: holderId }];
  if (phase === 'acknowledged') return { kind: 'acknowledgement-expires', targets: holder };
  if (phase === 'snoozed')
    return { kind: 'snooze-ends', targets: run.acknowledgedBy === null ? nextTargets(run).targets : holder };
  if (snapshot.steps.length === 0 && phase !== 'escalating') return { kind: 'repeat', targets: snapshot.lastResort };
  return nextTargets(run);
}

function nextTargets({ snapshot, step, round }: RunFacts): {
  readonly kind: NextKind;
  readonly targets: readonly TargetRef[];
} {
  const { steps } = snapshot;
  if (step >= steps.length) return { kind: 'repeat', targets: steps.at(-1)?.targets ?? snapshot.lastResort };
  const following = steps[step + 1];
  if (following !== undefined) return { kind: 'step', targets: following.targets };
  const first = steps[0];
  if (first !== undefined && round + 1 < snapshot.rounds) return { kind: 'new-round', targets: first.targets };
  return { kind: 'last-resort', targets: snapshot.lastResort };
}

function sentenceOf(next: Pick<Next, 'kind' | 'targets' | 'people'>, at: Instant, lookup: NextLookup): string {
  const whom = whomText(next, lookup);
  const when = lookup.clock(at);
  switch (next.kind) {
    case 'step':
      return `Escalates to ${whom} at ${when}.`;
    case 'new-round':
      return `Starts again with ${whom} at ${when}.`;
    case 'last-resort':
      return `Goes to the last resort, ${whom}, at ${when}.`;
    case 'repeat':
      return `Calls ${whom} again at ${when}.`;
    case 'acknowledgement-expires':
      return `Quiet until ${when}, then it asks ${whom} again.`;
    case 'snooze-ends':
      return `Snoozed until ${when}, then it calls ${whom}.`;
  }
}

function whomText({ targets, people }: Pick<Next, 'targets' | 'people'>, lookup: NextLookup): string {
  if (people.length > 0) return listed(people.map((id) => lookup.person(id)));
  return targets.length > 0 ? listed(targets.map((target) => targetText(target, lookup))) : 'nobody yet';
}

/** A target by its name. */
export function targetText(target: TargetRef, names: Names): string {
  return target.kind === 'user' ? names.person(target.id) : names.thing(target.kind, target.id);
}

/** Names as a reader lists them: `Ann`, `Ann and Bo`, `Ann, Bo and 3 more`. */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? 'nobody';
  if (names.length <= 3) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

/** `step 2 of 3`, `the last resort`, or `out of turn`: where in the policy a call stands. */
export function placeText(step: number, snapshot: SnapshotFacts | undefined): string {
  if (step < 0) return 'out of turn';
  const count = snapshot?.steps.length ?? 0;
  if (snapshot !== undefined && step >= count) return 'the last resort';
  return count === 0 ? `step ${step + 1}` : `step ${step + 1} of ${count}`;
}
