import { type IntegrationSettings, settingsByKind } from '@tocsin/contracts';
import type { IntegrationKind } from './model.ts';

/** Settings that fit a kind, or what is wrong with them, by dotted path. */
export type CheckedSettings =
  | { readonly ok: true; readonly settings: IntegrationSettings }
  | { readonly ok: false; readonly faults: readonly { readonly path: string; readonly message: string }[] };

/** Checks what somebody wants to set for an integration of this kind; defaults are filled in. */
export function checkSettings(kind: IntegrationKind, input: unknown): CheckedSettings {
  const parsed = settingsByKind[kind].safeParse(input);
  if (parsed.success) return { ok: true, settings: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => ({ path: ['settings', ...path].join('.'), message }));
  return { ok: false, faults };
}

/** Kinds whose doors check a signature: a secret that nothing checks would only look safe. */
export const SIGNED_KINDS: ReadonlySet<IntegrationKind> = new Set(['webhook', 'grafana', 'github']);

/** Secrets as they are sealed: the present one first, then the one before while it is still good. */
export interface StoredSecret {
  readonly text: string;
  /** Epoch milliseconds; null for the present one. */
  readonly untilMs: number | null;
}

/** How long a replaced secret still signs, so that the sender can be changed afterwards. */
const OVERLAP_MS = 24 * 3_600_000;

/** The secrets after a change: the new one, and the one before it for a day. None when it is taken away. */
export function replaceSecret(
  before: readonly StoredSecret[],
  secret: string | null,
  nowMs: number,
): readonly StoredSecret[] {
  if (secret === null) return [];
  const old = before.find(({ untilMs, text }) => untilMs === null && text !== secret);
  return [{ text: secret, untilMs: null }, ...(old ? [{ text: old.text, untilMs: nowMs + OVERLAP_MS }] : [])];
}

/** The secrets that sign at this moment. */
export function goodSecrets(stored: readonly StoredSecret[], nowMs: number): readonly string[] {
  return stored.filter(({ untilMs }) => untilMs === null || nowMs < untilMs).map(({ text }) => text);
}
