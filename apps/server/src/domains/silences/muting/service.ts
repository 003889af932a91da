import { readConfigVersion } from '#platform/config-cache';
import type { Db, Trx } from '#platform/db';
import type { LabelView } from '#routing';
import { createSourceIndex, type SourceIndex } from '../inhibition.ts';
import { nextChange } from '../interval.ts';
import { nextWindow } from '../maintenance.ts';
import type { Mutes } from '../model.ts';
import { type Muted, mutesOf } from '../mute.ts';
import type { SilencesDeps } from '../ports.ts';
import type { MuteChanges, SourceKey, Subject, SuppressedPage } from './model.ts';
import { everyFiring, readSources } from './search.ts';
import { isSourceOf, sourceRowsOf, targetKeysOf } from './source-keys.ts';
import {
  clearSources,
  deleteSources,
  endSuppressed,
  insertSources,
  nextMuteWake,
  noteChange,
  recordSuppressed,
  takeBeginnings,
  takeChanges,
} from './store.ts';

/** What mutes pages, as the transactions that decide pages ask it. */
export interface Muting {
  /** False while no silence, window or rule is there: then nothing is asked about any alert. */
  any(): boolean;
  hasRules(): boolean;
  /** Whether an alert of these labels may inhibit others. */
  isSource(labels: LabelView['labels']): boolean;
  /** Whether an alert is muted by what is in memory; sources of inhibition are not asked. */
  mutedByPlan(subject: Subject, now: Temporal.Instant): boolean;
  /**
   * What mutes each of these alerts now. With `lock` sources that count cannot resolve before the transaction ends.
   * `labelsOf` answers the labels of a source that a mute names.
   */
  evaluate(
    db: Db,
    subjects: readonly Subject[],
    options: { readonly now: Temporal.Instant; readonly lock: boolean },
  ): Promise<{
    readonly muted: readonly Muted[];
    readonly labelsOf: (source: string) => LabelView['labels'] | undefined;
  }>;
  /** Alerts that began to fire and that ended, in their own transaction. True when others are to be looked at again. */
  noteAlerts(
    trx: Trx,
    alerts: {
      readonly opened: readonly { readonly id: string; readonly labels: LabelView['labels'] }[];
      readonly ended: readonly string[];
    },
    now: Temporal.Instant,
  ): Promise<boolean>;
  /** Whether a change at one of these keys may mute, or no longer mute, an alert. */
  isTouched(view: LabelView, keys: ReadonlySet<string>): boolean;
  viewOf(labels: LabelView['labels']): LabelView;
  /** Takes what changed or begins; null when this process must first read the configuration. */
  takeChanges(trx: Trx, now: Temporal.Instant): Promise<MuteChanges | null>;
  /** When there is something to take; null when nothing waits. */
  nextWake(db: Db): Promise<Temporal.Instant | null>;
  recordSuppressed(trx: Trx, pages: readonly SuppressedPage[], now: Temporal.Instant): Promise<void>;
  endSuppressed(
    trx: Trx,
    ended: readonly { readonly groupId: string; readonly by: 'unmuted' | 'resolved' }[],
    now: Temporal.Instant,
  ): Promise<void>;
}

/** A key as text, for sets. */
export const keyText = ({ rule, key }: SourceKey): string => `${rule}/${key}`;

/** What this process mutes by, with the stored things that wake. */
export interface MutesInUse {
  readonly mutes: Mutes;
  readonly any: boolean;
  readonly windows: ReadonlyMap<string, Parameters<typeof nextWindow>[0]>;
  readonly intervals: ReadonlyMap<string, Parameters<typeof nextChange>[0]>;
}

/** Builds it over the compiled configuration. */
export function createMuting(deps: Pick<SilencesDeps, 'config' | 'newId' | 'viewOf'>, inUse: () => MutesInUse): Muting {
  const rules = () => inUse().mutes.inhibitRules;
  const { viewOf } = deps;
  return {
    any: () => inUse().any,
    hasRules: () => rules().length > 0,
    isSource: (labels) => rules().length > 0 && isSourceOf(rules(), viewOf(labels)),
    viewOf,
    mutedByPlan: (subject, now) => mutesOf(inUse().mutes, { ...subject, sources: null }, now).by.length > 0,
    async evaluate(db, subjects, { now, lock }) {
      const { mutes } = inUse();
      const { sources, labelsOf } = await sourcesFor(deps, { db, subjects, rules: rules(), lock });
      return { muted: subjects.map((subject) => mutesOf(mutes, { ...subject, sources }, now)), labelsOf };
    },
    async noteAlerts(trx, { opened, ended }, now) {
      if (rules().length === 0) return false;
      const gone = await deleteSources(trx, ended);
      const rows = opened.flatMap(({ id, labels }) => sourceRowsOf(rules(), id, viewOf(labels)));
      await insertSources(trx, rows);
      const keys = new Map([...gone, ...rows].map(({ rule, key }) => [`${rule}/${key}`, { rule, key }]));
      if (keys.size === 0) return false;
      await noteChange(trx, { kind: 'sources', keys: [...keys.values()] }, now);
      return true;
    },
    isTouched: (view, keys) => targetKeysOf(rules(), view).some((key) => keys.has(keyText(key))),
    async takeChanges(trx, now) {
      const changes = await takeChanges(trx, now);
      const { windows, intervals } = inUse();
      const began = await takeBeginnings(trx, now, (kind, id) => {
        if (kind === 'interval') return ahead(intervals.get(id), nextChange, now);
        return ahead(windows.get(id), (window, at) => nextWindow(window, at)?.startsAt ?? null, now);
      });
      if (changes.count === 0 && !began) return { pages: false, keys: [], count: 0 };
      if ((await readConfigVersion(trx)) !== deps.config.version()) return null;
      if (changes.rules) await rebuildSources(trx, deps, rules());
      return { pages: changes.pages || began, keys: changes.keys, count: Math.max(1, changes.count) };
    },
    nextWake: nextMuteWake,
    recordSuppressed: (trx, pages, now) =>
      recordSuppressed(
        trx,
        pages.map((page) => ({ ...page, id: deps.newId() })),
        now,
      ),
    endSuppressed,
  };
}

function ahead<T>(
  one: T | undefined,
  next: (one: T, at: Temporal.Instant) => Temporal.Instant | null,
  now: Temporal.Instant,
): Temporal.Instant | null {
  return one === undefined ? null : next(one, now);
}

/** An index of the firing sources that these alerts may yield to, read in one statement; null when none is asked for. */
async function sourcesFor(
  { viewOf }: Pick<SilencesDeps, 'viewOf'>,
  asked: {
    readonly db: Db;
    readonly subjects: readonly Subject[];
    readonly rules: Mutes['inhibitRules'];
    readonly lock: boolean;
  },
): Promise<{
  readonly sources: SourceIndex | null;
  readonly labelsOf: (id: string) => LabelView['labels'] | undefined;
}> {
  const { db, subjects, rules, lock } = asked;
  const keys = new Map<string, SourceKey>();
  if (rules.length > 0)
    for (const { view } of subjects) for (const key of targetKeysOf(rules, view)) keys.set(keyText(key), key);
  if (keys.size === 0) return { sources: null, labelsOf: () => undefined };
  const found = await readSources(db, [...keys.values()], { lock });
  const sources = createSourceIndex(rules);
  for (const { alertId, labels } of found) sources.add(alertId, viewOf(labels));
  const labels = new Map(found.map((one) => [one.alertId, one.labels]));
  return { sources, labelsOf: (id) => labels.get(id) };
}

/** The rules have changed: every firing alert is asked anew whether it is a source. */
async function rebuildSources(
  trx: Trx,
  { viewOf }: Pick<SilencesDeps, 'viewOf'>,
  rules: Mutes['inhibitRules'],
): Promise<void> {
  await clearSources(trx);
  if (rules.length === 0) return;
  for await (const part of everyFiring(trx)) {
    await insertSources(
      trx,
      part.flatMap(({ alertId, labels }) => sourceRowsOf(rules, alertId, viewOf(labels))),
    );
  }
}
