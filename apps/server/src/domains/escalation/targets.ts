import type { Callee, Facts, Id, NobodyReason, Skipped, Target, Urgency } from './model.ts';
import { reachKey, targetKey } from './model.ts';

/** Whom a set of targets reaches now, and who was passed over and why. */
export interface Called {
  readonly users: readonly Callee[];
  readonly endpoints: readonly Id[];
  readonly skipped: readonly Skipped[];
}

/** Why this person cannot be called now at this urgency; null when they can. */
export function whyUnreachable(userId: Id, urgency: Urgency, facts: Facts): NobodyReason | null {
  const reach = facts.reach.get(reachKey(userId, urgency));
  if (reach === undefined) return 'unknown';
  if (!reach.reachable) return reach.reason;
  return reach.methods > 0 ? null : 'no-contact-method';
}

/**
 * Resolves targets to people and endpoints from the present. A person named by several targets is called once, via the
 * first. A target behind which nobody stands, and a person nobody can reach, are passed over with the reason.
 */
export function whomToCall(targets: readonly Target[], urgency: Urgency, facts: Facts): Called {
  const users = new Map<Id, Callee>();
  const endpoints = new Set<Id>();
  const skipped: Skipped[] = [];
  for (const target of targets) {
    const resolution = facts.resolved.get(targetKey(target)) ?? { nobody: 'unknown' };
    if (resolution.nobody !== undefined) {
      skipped.push({ target, userId: null, reason: resolution.nobody });
      continue;
    }
    for (const endpoint of resolution.endpoints) endpoints.add(endpoint);
    for (const userId of resolution.people) {
      const reason = whyUnreachable(userId, urgency, facts);
      if (reason === null) {
        if (!users.has(userId)) users.set(userId, { userId, via: target });
      } else skipped.push({ target, userId, reason });
    }
    if (resolution.people.length + resolution.endpoints.length === 0) {
      skipped.push({ target, userId: null, reason: 'unknown' });
    }
  }
  return { users: [...users.values()], endpoints: [...endpoints], skipped };
}
