import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = Date.now();
/** What the server's clock is ahead of this device's; a phone with a wrong clock still counts down rightly. */
let aheadMs = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now() + aheadMs;
  for (const listener of listeners) listener();
}

/** Tells what the server's clock said in an answer. Its header has whole seconds, so that less than 2 s is no news. */
export function hearServerTime(header: string | null): void {
  const ms = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(ms)) return;
  const ahead = ms + 500 - Date.now();
  aheadMs = Math.abs(ahead) < 2_000 ? 0 : ahead;
}

/** The server's present in epoch milliseconds, anew each second; one timer serves the whole screen. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
