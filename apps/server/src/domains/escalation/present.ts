import type { Facts, Id, Instant, Reach, Resolution, Target } from './model.ts';
import { reachKey, targetKey } from './model.ts';
import type { EscalationPorts } from './ports.ts';

/** Where the present is asked: people, schedules, and who can be reached. */
export type PresentSources = Pick<EscalationPorts, 'people' | 'oncall'> & {
  readonly pager: Pick<EscalationPorts['pager'], 'reachOf' | 'endpointExists'>;
};

/** Loads the facts of a moment: who stands behind each target, and whether they and `people` can be reached. */
export function presentAt(
  sources: PresentSources,
  at: Instant,
  asked: { readonly targets: Iterable<Target>; readonly people: Iterable<Id> },
): Facts {
  const resolved = new Map<string, Resolution>();
  const people = new Set<Id>(asked.people);
  for (const target of asked.targets) {
    const key = targetKey(target);
    if (resolved.has(key)) continue;
    const resolution = resolveTarget(sources, target, at);
    resolved.set(key, resolution);
    for (const userId of resolution.people ?? []) people.add(userId);
  }
  const reach = new Map<string, Reach>();
  for (const userId of people) {
    for (const urgency of ['high', 'low'] as const)
      reach.set(reachKey(userId, urgency), reachOf(sources, userId, urgency));
  }
  return { now: at, resolved, reach };
}

function reachOf(sources: PresentSources, userId: Id, urgency: 'high' | 'low'): Reach {
  if (sources.people.person(userId) !== 'active') return { reachable: false, reason: 'inactive' };
  return sources.pager.reachOf(userId, urgency);
}

/** Who stands behind one target at a moment. */
function resolveTarget(sources: PresentSources, target: Target, at: Instant): Resolution {
  switch (target.kind) {
    case 'user': {
      const person = sources.people.person(target.id);
      if (person === null) return { nobody: 'unknown' };
      return person === 'active' ? { people: [target.id], endpoints: [] } : { nobody: 'inactive' };
    }
    case 'schedule': {
      const people = sources.oncall.onCallAt(target.id, at);
      if (people === null) return { nobody: 'archived' };
      return people.length > 0 ? { people, endpoints: [] } : { nobody: 'nobody-on-call' };
    }
    case 'team': {
      const people = sources.people.activeMembersOf(target.id);
      if (people === null) return { nobody: 'archived' };
      return people.length > 0 ? { people, endpoints: [] } : { nobody: 'no-active-members' };
    }
    case 'webhook':
      return sources.pager.endpointExists(target.id) ? { people: [], endpoints: [target.id] } : { nobody: 'archived' };
  }
}

/** Whether a target exists at all, for the editor. */
export function targetExists(sources: PresentSources, target: Target, at: Instant): boolean {
  const { nobody } = resolveTarget(sources, target, at);
  return nobody !== 'archived' && nobody !== 'unknown';
}
