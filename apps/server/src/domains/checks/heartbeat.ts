import type { Ping, Pulse } from './model.ts';

type Instant = Temporal.Instant;

/** When a heartbeat counts as missed that was seen at `at`. */
export function expectedBy(
  { intervalSeconds, graceSeconds }: Pick<Pulse, 'intervalSeconds' | 'graceSeconds'>,
  at: Instant,
): Instant {
  return at.add({ seconds: intervalSeconds + graceSeconds });
}

/**
 * Applies a ping. A run that began must end within the grace, and within what was expected anyway; any ping but `fail`
 * brings a heartbeat back. Pings that arrive in the wrong order (two processes) never shorten what a later one gave.
 */
export function decidePing(pulse: Pulse, ping: Ping): Pulse {
  if (pulse.lastPingAt !== null && Temporal.Instant.compare(ping.at, pulse.lastPingAt) < 0) return pulse;
  const seen = { ...pulse, lastPingAt: ping.at, lastMessage: ping.message ?? pulse.lastMessage };
  if (pulse.paused) return seen;
  switch (ping.kind) {
    case 'start': {
      const endsBy = ping.at.add({ seconds: pulse.graceSeconds });
      const wakeAt = pulse.graceSeconds > 0 ? endsBy : expectedBy(pulse, ping.at);
      return { ...comeTo(seen, 'up', ping.at), runBeganAt: ping.at, wakeAt };
    }
    case 'ok': {
      const lastRunSeconds =
        pulse.runBeganAt === null ? pulse.lastRunSeconds : secondsBetween(pulse.runBeganAt, ping.at);
      return { ...comeTo(seen, 'up', ping.at), runBeganAt: null, lastRunSeconds, wakeAt: expectedBy(pulse, ping.at) };
    }
    case 'fail':
      return { ...comeTo(seen, 'down', ping.at, 'it reported a failure'), runBeganAt: null, wakeAt: null };
  }
}

/** Decides a heartbeat whose time has come; the same pulse when it has not, or nothing is expected. */
export function decideMissed(pulse: Pulse, now: Instant): Pulse {
  if (pulse.paused || pulse.wakeAt === null || Temporal.Instant.compare(pulse.wakeAt, now) > 0) return pulse;
  const reason =
    pulse.runBeganAt === null
      ? `no ping for ${spell(secondsBetween(pulse.lastPingAt ?? pulse.since, now))}, expected every ${spell(pulse.intervalSeconds)}`
      : `a run began ${spell(secondsBetween(pulse.runBeganAt, now))} ago and did not end`;
  return { ...comeTo(pulse, 'down', now, reason), wakeAt: null, runBeganAt: null };
}

/** A changed heartbeat: pausing expects nothing and ends its alert; resuming waits for the first ping; other times count anew from the last one. */
export function decideChange(
  before: Pulse,
  after: Pick<Pulse, 'intervalSeconds' | 'graceSeconds' | 'paused'>,
  now: Instant,
): Pulse {
  const pulse = { ...before, ...after };
  if (after.paused) return before.paused ? pulse : { ...comeTo(pulse, 'waiting', now), wakeAt: null, runBeganAt: null };
  if (before.paused || before.state === 'waiting') return { ...pulse, wakeAt: null };
  if (before.state === 'down') return pulse;
  return { ...pulse, wakeAt: expectedBy(pulse, before.lastPingAt ?? now) };
}

/** The pulse in a state; its alert is to be told when that begins or ends one. */
function comeTo(pulse: Pulse, state: Pulse['state'], at: Instant, reason: string | null = null): Pulse {
  if (pulse.state === state) return pulse;
  const wasOrIsDown = state === 'down' || pulse.state === 'down';
  return { ...pulse, state, since: at, reason, tellAt: wasOrIsDown ? at : pulse.tellAt };
}

function secondsBetween(from: Instant, to: Instant): number {
  return Math.max(0, Math.round((to.epochMilliseconds - from.epochMilliseconds) / 1_000));
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A length of time in its two largest units, e.g. `1 day 2 hours`. */
export function spell(seconds: number): string {
  let left = seconds;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ') || '0 seconds';
}
