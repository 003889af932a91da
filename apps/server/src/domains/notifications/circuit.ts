import type { ChannelFailure, SendResult } from './adapters/channel.ts';
import type { Instant } from './model.ts';

/** So many failures in a row open a circuit. */
const FAILURES_TO_OPEN = 5;
/** How long it is left alone at first, seconds; doubled at each probe that fails, up to the longest. */
const OPEN_SECONDS = 30;
const LONGEST_OPEN_SECONDS = 300;
/** While a probe is under way others still pass the provider over: a send's time limit twice over. */
const PROBE_SECONDS = 10;

/**
 * What is known of a provider: whether it takes messages just now.
 *
 *     from \ event   it answered   it failed                          may it be called?
 *     closed         closed        closed; open at the fifth in a row  yes
 *     open           closed        open, for longer                    no; once its time is over, by one as a probe
 */
export type Circuit =
  | { readonly state: 'closed'; readonly failures: number }
  | {
      readonly state: 'open';
      readonly failures: number;
      readonly because: ChannelFailure;
      readonly since: Instant;
      /** The next probe may be made from here on. */
      readonly until: Instant;
    };

/** A provider that nothing is known of. */
export const CLOSED: Circuit = { state: 'closed', failures: 0 };

/** What may be done with a provider at a moment. */
export type CircuitVerdict =
  | { readonly kind: 'call' }
  /** Call it, and store this first, so that one probe is under way and not many. */
  | { readonly kind: 'probe'; readonly circuit: Circuit }
  | { readonly kind: 'pass-over'; readonly detail: string };

/** Asks whether a provider may be called. */
export function mayCall(circuit: Circuit, now: Instant): CircuitVerdict {
  if (circuit.state === 'closed') return { kind: 'call' };
  if (Temporal.Instant.compare(now, circuit.until) >= 0)
    return { kind: 'probe', circuit: { ...circuit, until: now.add({ seconds: PROBE_SECONDS }) } };
  const { failures, because, since, until } = circuit;
  const detail = `failed ${failures} times in a row (${because}), open since ${told(since)}, asked again from ${told(until)}`;
  return { kind: 'pass-over', detail };
}

/** What is known after a call. A refusal is an answer too: it concerns one address or message, not the provider. */
export function afterCall(circuit: Circuit, result: SendResult, now: Instant): Circuit {
  if (result.ok) return CLOSED;
  if (!result.retryable) return SAYS_NOTHING.has(result.reason) ? circuit : CLOSED;
  if (SAYS_NOTHING.has(result.reason)) return circuit;
  const failures = circuit.failures + 1;
  if (failures < FAILURES_TO_OPEN) return { state: 'closed', failures };
  const doubled = OPEN_SECONDS * 2 ** Math.min(failures - FAILURES_TO_OPEN, 10);
  const seconds = Math.min(Math.max(doubled, Math.ceil(result.retryAfterSeconds ?? 0)), LONGEST_OPEN_SECONDS);
  const since = circuit.state === 'open' ? circuit.since : now;
  return { state: 'open', failures, because: result.reason, since, until: now.add({ seconds }) };
}

/** Our own doing, of which nothing follows for the provider. */
const SAYS_NOTHING: ReadonlySet<ChannelFailure> = new Set([
  'aborted',
  'circuit-open',
  'address-blocked',
  'not-supported',
]);

function told(at: Instant): string {
  return `${at.toString({ smallestUnit: 'second' }).slice(11, 19)} UTC`;
}
