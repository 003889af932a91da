import type { AlertChange, ResolvedBy, Severity } from './model.ts';

/** The part of an alert that its stored changes determine (count, last-seen and the last sighting's text excepted). */
export interface FoldedAlert {
  readonly status: 'firing' | 'resolved';
  readonly current: boolean;
  readonly startsAtMs: number;
  readonly severity: Severity;
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly resolvedBy: ResolvedBy | null;
}

/** A stored change with the moment it happened. */
export interface StoredChange {
  readonly atMs: number;
  readonly change: AlertChange;
}

/** Applies one change; null before the alert opened. */
export function applyChange(alert: FoldedAlert | null, { atMs, change }: StoredChange): FoldedAlert | null {
  if (change.kind === 'opened')
    return {
      status: 'firing',
      current: true,
      startsAtMs: change.startsAtMs,
      severity: change.severity,
      openedAtMs: atMs,
      resolvedAtMs: null,
      resolvedBy: null,
    };
  if (!alert) return null;
  switch (change.kind) {
    case 'began-earlier':
      return { ...alert, startsAtMs: change.startsAtMs };
    case 'resolved':
      return { ...alert, status: 'resolved', current: change.current, resolvedAtMs: atMs, resolvedBy: change.by };
    case 'released':
      return { ...alert, current: false };
    case 'amended':
      return { ...alert, severity: change.severity };
  }
}

/** Folds an alert's stored changes, oldest first, to its state (invariant 7). */
export function foldChanges(changes: readonly StoredChange[]): FoldedAlert | null {
  return changes.reduce<FoldedAlert | null>(applyChange, null);
}
