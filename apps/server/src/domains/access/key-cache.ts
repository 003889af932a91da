import type { Actor } from '#platform/http/actor';

/** So long a verified key is believed without asking the database; a key revoked by another process works so long. */
const BELIEVED_MS = 10_000;
const MOST_KEPT = 10_000;

/** Verified API keys of the last seconds, by the hex of their hash: a script's hundred calls a second cost one query. */
export interface KeyCache {
  get(hash: string, nowMs: number): Actor | null;
  /** `expiresMs`: when the key itself ends. */
  put(hash: string, actor: Actor, at: { readonly nowMs: number; readonly expiresMs: number | null }): void;
  clear(): void;
}

/** Builds an empty cache. */
export function createKeyCache(): KeyCache {
  const kept = new Map<string, { readonly actor: Actor; readonly untilMs: number }>();
  return {
    get(hash, nowMs) {
      const found = kept.get(hash);
      return found && nowMs < found.untilMs ? found.actor : null;
    },
    put(hash, actor, { nowMs, expiresMs }) {
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(hash, { actor, untilMs: Math.min(nowMs + BELIEVED_MS, expiresMs ?? Number.POSITIVE_INFINITY) });
    },
    clear: () => kept.clear(),
  };
}
