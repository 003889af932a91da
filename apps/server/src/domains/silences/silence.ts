import {
  type CompiledMatcher,
  compileMatcher,
  firstRefusal,
  type LabelView,
  type Matcher,
  withCatalog,
} from '#routing';
import { momentText, toMicros } from './micros.ts';
import type { CompiledSilence, CompiledSilences, Mute, MuteFault, Silence, SilenceState } from './model.ts';

/** Longest a silence may last from now on. */
export const LONGEST_SILENCE: Temporal.Duration = Temporal.Duration.from({ hours: 366 * 24 });

/** What a person or a client says of a silence. */
export type SilenceDraft = Pick<Silence, 'matchers' | 'startsAt' | 'endsAt' | 'createdBy' | 'comment'>;

/** A fault at a field of what was sent. */
export type SilenceFault = { readonly path: string; readonly message: string };

/** Where a silence stands at a moment. */
export function silenceState(
  { startsAt, endsAt }: Pick<Silence, 'startsAt' | 'endsAt'>,
  now: Temporal.Instant,
): SilenceState {
  if (Temporal.Instant.compare(now, startsAt) < 0) return 'pending';
  return Temporal.Instant.compare(now, endsAt) < 0 ? 'active' : 'expired';
}

/** What is wrong with a new or edited silence; empty when nothing is. */
export function validateSilence(draft: SilenceDraft, now: Temporal.Instant): readonly SilenceFault[] {
  const { startsAt, endsAt, createdBy, comment } = draft;
  const faults = [...matcherFaults(draft.matchers)];
  const refuse = (path: string, message: string) => faults.push({ path, message });
  if (Temporal.Instant.compare(startsAt, endsAt) >= 0) refuse('endsAt', 'it must end after it starts');
  else if (Temporal.Instant.compare(endsAt, now) <= 0) refuse('endsAt', 'it must end in the future');
  else if (Temporal.Instant.compare(endsAt, now.add(LONGEST_SILENCE)) > 0) {
    refuse('endsAt', 'it must end within 366 days; silence again when that is not enough');
  }
  if (createdBy.trim() === '') refuse('createdBy', 'somebody must answer for it');
  if (comment.trim() === '') refuse('comment', 'say why, for those who are not called');
  return faults;
}

/**
 * What is wrong with the matchers of a silence. As in Alertmanager, those that only ask for labels to be empty (`a=""`,
 * `a=~"x*"`) are refused: they are nearly always a slip. `a!="x"` is taken, though it too mutes what lacks the label.
 */
export function matcherFaults(matchers: readonly Matcher[]): SilenceFault[] {
  if (matchers.length === 0) return [{ path: 'matchers', message: 'there must be at least one' }];
  const faults: SilenceFault[] = [];
  const compiled: CompiledMatcher[] = [];
  matchers.forEach((matcher, index) => {
    const one = compileMatcher(matcher);
    if (one.ok) compiled.push(one.matcher);
    else faults.push({ path: `matchers.${index}`, message: one.error.message });
  });
  const isPositive = ({ op }: CompiledMatcher) => op === '=' || op === '=~';
  if (faults.length === 0 && compiled.every(isPositive) && firstRefusal(compiled, withCatalog({})) === null) {
    faults.push({ path: 'matchers', message: 'at least one must refuse an empty value' });
  }
  return faults;
}

/** What an edit does: changes the stored silence, or makes a new one and ends the stored one if it is not over. */
export type SilenceEdit =
  | { readonly kind: 'in-place'; readonly startsAt: Temporal.Instant; readonly endsAt: Temporal.Instant }
  | { readonly kind: 'replace'; readonly expireStored: boolean; readonly startsAt: Temporal.Instant };

/**
 * Decides an edit by Alertmanager's rules. In place only with the same matchers and: active → the same start (to the
 * second) and an end not in the past; pending → a start not in the past. What has muted is never rewritten: everything
 * else ends the old silence and makes a new one, which starts now at the earliest.
 */
export function decideSilenceEdit(stored: Silence, draft: SilenceDraft, now: Temporal.Instant): SilenceEdit {
  const state = silenceState(stored, now);
  const { startsAt, endsAt } = draft;
  if (sameMatchers(stored.matchers, draft.matchers)) {
    const sameStart = secondOf(stored.startsAt) === secondOf(startsAt);
    if (state === 'active' && sameStart && Temporal.Instant.compare(endsAt, now) >= 0) {
      return { kind: 'in-place', startsAt: stored.startsAt, endsAt };
    }
    if (state === 'pending' && Temporal.Instant.compare(startsAt, now) >= 0) {
      return { kind: 'in-place', startsAt, endsAt };
    }
  }
  return { kind: 'replace', expireStored: state !== 'expired', startsAt: laterOf(startsAt, now) };
}

/** When an ended-by-hand silence starts and ends; null when it is over already and nothing changes. */
export function expireSilence(
  silence: Silence,
  now: Temporal.Instant,
): { readonly startsAt: Temporal.Instant; readonly endsAt: Temporal.Instant } | null {
  switch (silenceState(silence, now)) {
    case 'expired':
      return null;
    case 'active':
      return { startsAt: silence.startsAt, endsAt: now };
    case 'pending':
      return { startsAt: now, endsAt: now };
  }
}

/**
 * Compiles silences, ordered by a label each demands. One that cannot be used is left out and named: it mutes nothing,
 * because a page too many is better than one lost.
 */
export function compileSilences(silences: readonly Silence[]): { silences: CompiledSilences; faults: MuteFault[] } {
  const byLabel = new Map<string, Map<string, CompiledSilence[]>>();
  const others: CompiledSilence[] = [];
  const faults: MuteFault[] = [];
  for (const silence of silences) {
    const compiled = compileSilence(silence);
    if (typeof compiled === 'string') {
      faults.push({ kind: 'silence', id: silence.id, message: compiled });
      continue;
    }
    shelfOf(compiled, byLabel, others).push(compiled);
  }
  return { silences: { byLabel, others }, faults };
}

function compileSilence(silence: Silence): CompiledSilence | string {
  const matchers: CompiledMatcher[] = [];
  for (const matcher of silence.matchers) {
    const compiled = compileMatcher(matcher);
    if (!compiled.ok) return compiled.error.message;
    matchers.push(compiled.matcher);
  }
  if (matchers.length === 0) return 'it has no matchers';
  const mute = { kind: 'silence', id: silence.id, reason: reasonOf(silence), endsAt: silence.endsAt } as const;
  return { silence, mute, matchers, from: toMicros(silence.startsAt), to: toMicros(silence.endsAt) };
}

function shelfOf(
  compiled: CompiledSilence,
  byLabel: Map<string, Map<string, CompiledSilence[]>>,
  others: CompiledSilence[],
): CompiledSilence[] {
  const demanded = compiled.matchers.find(({ op, value, source }) => op === '=' && value !== '' && source === 'sender');
  if (demanded === undefined) return others;
  const values = byLabel.get(demanded.name) ?? new Map<string, CompiledSilence[]>();
  byLabel.set(demanded.name, values);
  const shelf = values.get(demanded.value) ?? [];
  values.set(demanded.value, shelf);
  return shelf;
}

/**
 * The active silences that mute an alert, those that end last first. One made through an integration's key is asked
 * only about alerts of that integration.
 */
export function mutedBySilences(
  { byLabel, others }: CompiledSilences,
  view: LabelView,
  integrationId: string | null,
  now: Temporal.Instant,
): readonly Extract<Mute, { kind: 'silence' }>[] {
  if (byLabel.size === 0 && others.length === 0) return [];
  const at = toMicros(now);
  const found: CompiledSilence[] = [];
  const ask = (candidates: readonly CompiledSilence[]) => {
    for (const candidate of candidates) {
      const { silence, matchers, from, to } = candidate;
      if (at < from || at >= to) continue;
      if (silence.integrationId !== null && silence.integrationId !== integrationId) continue;
      if (firstRefusal(matchers, view) === null) found.push(candidate);
    }
  };
  for (const [name, values] of byLabel) {
    const candidates = values.get(view.labels[name] ?? '');
    if (candidates !== undefined) ask(candidates);
  }
  ask(others);
  if (found.length > 1) found.sort((a, b) => b.to - a.to || (a.silence.id < b.silence.id ? -1 : 1));
  return found.map(({ mute }) => mute);
}

function reasonOf({ createdBy, endsAt, comment }: Silence): string {
  const who = createdBy === '' ? 'Silenced' : `Silenced by ${createdBy}`;
  return `${who} until ${momentText(endsAt)}${comment === '' ? '.' : `: ${comment}`}`;
}

function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, op, value }, i) => name === b[i]?.name && op === b[i]?.op && value === b[i]?.value)
  );
}

const secondOf = (at: Temporal.Instant) => Math.floor(at.epochMilliseconds / 1000);

function laterOf(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}
