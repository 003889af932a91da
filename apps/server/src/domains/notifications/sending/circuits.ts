import type { SendResult } from '../adapters/channel.ts';
import { afterCall, type Circuit, CLOSED, mayCall } from '../circuit.ts';
import type { Instant } from '../model.ts';

/** Providers remembered at once; one that answers is forgotten, so only a storm of failing servers gets there. */
const MOST_PROVIDERS = 10_000;

/** The circuits of this process: each process finds out for itself, and forgets when it ends. */
export interface Circuits {
  /** Null: call it. Otherwise why it is passed over. A probe is counted as begun. */
  passOver(provider: string, now: Instant): string | null;
  /** Whether a call would be passed over now; begins no probe. */
  isOpen(provider: string, now: Instant): boolean;
  /** Notes how a call ended; answers what the circuit became when that is another state. */
  ended(provider: string, result: SendResult, now: Instant): Circuit['state'] | null;
  /** Providers that are passed over. */
  openCount(): number;
}

/** Builds the memory. */
export function createCircuits(): Circuits {
  const known = new Map<string, Circuit>();
  const of = (provider: string) => known.get(provider) ?? CLOSED;
  return {
    passOver(provider, now) {
      const verdict = mayCall(of(provider), now);
      if (verdict.kind === 'probe') known.set(provider, verdict.circuit);
      return verdict.kind === 'pass-over' ? verdict.detail : null;
    },
    isOpen: (provider, now) => mayCall(of(provider), now).kind === 'pass-over',
    ended(provider, result, now) {
      const before = of(provider);
      const after = afterCall(before, result, now);
      if (after.failures === 0) known.delete(provider);
      else known.set(provider, after);
      if (known.size > MOST_PROVIDERS) known.delete(known.keys().next().value as string);
      return after.state === before.state ? null : after.state;
    },
    openCount: () => [...known.values()].filter(({ state }) => state === 'open').length,
  };
}
