import { raiseConfigVersion } from '#platform/config-cache';
import { inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import { actorRef } from '#platform/http/actor';
import type { Matcher } from '#routing';
import { createMuting, type MutesInUse, type Muting } from './muting/service.ts';
import { noteChange } from './muting/store.ts';
import { compileMutes } from './mute.ts';
import { createPlanning, type Planning } from './planning/service.ts';
import { loadIntervals, loadRules, loadWindows } from './planning/store.ts';
import type { By, SilencesDeps } from './ports.ts';
import { decideSilenceEdit, expireSilence, type SilenceDraft, type SilenceFault, validateSilence } from './silence.ts';
import {
  countSilences,
  endSilence,
  findSilence,
  insertSilence,
  loadSilences,
  lockSilence,
  type NewSilence,
  type StoredSilence,
  updateSilence,
} from './store.ts';

/** Silences that have not ended, at most: of everybody, and of one integration. */
const MOST_SILENCES = 10_000;
const MOST_OF_ONE_INTEGRATION = 2_000;
/** What has ended is kept in memory this long, for decisions that began before the end. */
const KEPT = { minutes: 5 };
/** A decision that was under way while rules changed commits well within this; then sources are looked at once more. */
const AGAIN = { seconds: 10 };

/** What a person says of a silence. */
export interface SilenceWish {
  readonly matchers: readonly Matcher[];
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
  readonly comment: string;
  readonly teamId: string | null;
}

/** What Alertmanager's POST says of a silence. */
export interface PutSilence extends SilenceDraft {
  /** The silence to be changed; null makes one. */
  readonly id: string | null;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What came of Alertmanager's POST. */
export type PutResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: 'not-found' }
  | { readonly ok: false; readonly reason: 'invalid'; readonly faults: readonly SilenceFault[] };

/** Silences, what else mutes, and the engine's questions about them. */
export interface Silences {
  readonly muting: Muting;
  readonly planning: Planning;
  /** Commits a change of what mutes with the note that pages are to be looked at again. */
  readonly change: Change;
  /** What this process mutes by. */
  current(): MutesInUse;
  /** Throws SILENCE_NOT_FOUND. */
  get(id: string): Promise<StoredSilence>;
  create(wish: SilenceWish, by: By): Promise<StoredSilence>;
  /** Changes it in place or puts another in its place, as `decideSilenceEdit` says. VERSION_CONFLICT when it was changed meanwhile. */
  update(id: string, change: Partial<SilenceWish> & { readonly version: number }, by: By): Promise<StoredSilence>;
  /** Ends it now; one that is over stays as it is. */
  expire(id: string, by: By): Promise<void>;
  /** Makes or changes a silence through an integration's key. */
  put(integrationId: string, wish: PutSilence, now: Temporal.Instant): Promise<PutResult>;
  /** Ends a silence of an integration; false when it has none of this id. */
  expireOf(integrationId: string, id: string, now: Temporal.Instant): Promise<boolean>;
}

/** Builds the domain and registers what it mutes by with the configuration cache. */
export function createSilences(deps: SilencesDeps): Silences {
  const part = registerMutes(deps);
  const muting = createMuting(deps, () => part.current());
  const change = createChange(deps);
  return {
    muting,
    planning: createPlanning(deps, { change }),
    change,
    current: () => part.current(),
    get: (id) => existing(deps, id),
    create: (wish, by) => create(deps, change, wish, by),
    update: (id, wish, by) => update(deps, change, { id, wish, by }),
    expire: (id, by) => expire(deps, change, id, by),
    put: (integrationId, wish, now) => put(deps, change, { integrationId, wish, now }),
    expireOf: (integrationId, id, now) => expireOf(change, { integrationId, id, now }),
  };
}

/** Compiles anew only when the rows changed, so that regexes keep their remembered answers through other changes. */
function registerMutes(deps: SilencesDeps) {
  let loaded: { readonly rows: string; readonly inUse: MutesInUse } | null = null;
  return deps.config.register('silences', async (db): Promise<MutesInUse> => {
    const endingAfter = deps.clock.now().subtract(KEPT);
    const silences = await loadSilences(db, endingAfter);
    const windows = await loadWindows(db, endingAfter);
    const inhibitRules = await loadRules(db);
    const intervals = await loadIntervals(db);
    const rows = JSON.stringify({ silences, windows, inhibitRules, intervals });
    if (loaded?.rows === rows) return loaded.inUse;
    // What a person made is told without their name: reasons are stored, and names stand with the person alone.
    const { mutes, faults } = compileMutes({ silences, windows, inhibitRules, intervals });
    if (faults.length > 0) deps.onFaults(faults);
    const inUse: MutesInUse = {
      mutes,
      any: silences.length + windows.length + inhibitRules.length > 0,
      windows: new Map(windows.map((window) => [window.id, window])),
      intervals: new Map(intervals.map((interval) => [interval.id, interval])),
    };
    loaded = { rows, inUse };
    return inUse;
  });
}

/** A change of what mutes: its rows, the audit entry, the note that pages are to be looked at again, all in one commit. */
export interface MuteChange extends By {
  readonly kind: string;
  readonly id: string;
  readonly payload: unknown;
  /** Also looks at every source of inhibition anew. */
  readonly rules?: boolean;
}

/** Makes one change; `write` answers what the caller gets, null when nothing changed after all. */
export type Change = <T>(entry: MuteChange, write: (trx: Trx) => Promise<T>) => Promise<T>;

function createChange(deps: SilencesDeps): Change {
  return async (entry, write) => {
    const { actor, now, kind, id, payload, rules = false } = entry;
    const { version, result } = await inTransaction(deps.db.paging, async (trx) => {
      const written = await write(trx);
      if (written === null) return { version: null, result: written };
      await deps.audit(trx, { actor: actorRef(actor), at: now, kind, subject: id, payload });
      await noteChange(trx, { kind: rules ? 'rules' : 'pages' }, now);
      if (rules) await noteChange(trx, { kind: 'rules' }, now.add(AGAIN));
      await writeHints(trx, [{ kind: 'config', ref: id, version: 0 }], now);
      return { version: await raiseConfigVersion(trx), result: written };
    });
    if (version !== null) {
      await deps.config.ensure(version);
      deps.wake(now);
    }
    return result;
  };
}

async function existing(deps: SilencesDeps, id: string): Promise<StoredSilence> {
  const silence = await findSilence(deps.db.paging, id);
  if (!silence) throw new AppError('SILENCE_NOT_FOUND');
  return silence;
}

const auditOf = ({ matchers, startsAt, endsAt, comment }: SilenceDraft) => ({
  matchers,
  startsAt: startsAt.toString(),
  endsAt: endsAt.toString(),
  comment,
});

async function create(deps: SilencesDeps, change: Change, wish: SilenceWish, by: By): Promise<StoredSilence> {
  const { actor, now } = by;
  deps.demand(actor, 'silences:write', wish.teamId);
  const startsAt = later(wish.startsAt, now);
  const silence: NewSilence = {
    ...wish,
    startsAt,
    id: deps.newId(),
    ...ownerOf(by),
    integrationId: null,
    annotations: {},
    replaces: null,
  };
  refuse(validateSilence({ ...silence, createdBy: 'somebody' }, now));
  await change({ ...by, kind: 'silence.created', id: silence.id, payload: auditOf(silence) }, async (trx) => {
    await demandRoom(trx, null, now);
    await insertSilence(trx, silence, now);
  });
  return existing(deps, silence.id);
}

function ownerOf({ actor }: By): { readonly userId: string | null; readonly createdBy: string } {
  if (actor.kind === 'user') return { userId: actor.userId, createdBy: '' };
  return { userId: null, createdBy: actor.kind === 'system' ? actor.name : '' };
}

async function update(
  deps: SilencesDeps,
  change: Change,
  { id, wish, by }: { id: string; wish: Partial<SilenceWish> & { readonly version: number }; by: By },
): Promise<StoredSilence> {
  const { actor, now } = by;
  const result = await change({ ...by, kind: 'silence.changed', id, payload: wish }, async (trx) => {
    const stored = await lockSilence(trx, id);
    if (!stored) throw new AppError('SILENCE_NOT_FOUND');
    deps.demand(actor, 'silences:write', stored.teamId);
    if (stored.version !== wish.version) throw new AppError('VERSION_CONFLICT');
    const draft = {
      matchers: wish.matchers ?? stored.matchers,
      startsAt: wish.startsAt ?? stored.startsAt,
      endsAt: wish.endsAt ?? stored.endsAt,
      comment: wish.comment ?? stored.comment,
      createdBy: stored.createdBy,
    };
    refuse(validateSilence({ ...draft, createdBy: 'somebody' }, now));
    const { id: changed } = await edit(trx, { stored, draft, owner: ownerOf(by), newId: deps.newId, by });
    return changed;
  });
  return existing(deps, result);
}

/** Does an edit of a locked silence; answers the id that it has from now on. */
async function edit(
  trx: Trx,
  input: {
    readonly stored: StoredSilence;
    readonly draft: SilenceDraft & { readonly annotations?: Readonly<Record<string, string>> };
    readonly owner: { readonly userId: string | null; readonly createdBy: string };
    readonly newId: () => string;
    readonly by: By;
  },
): Promise<{ readonly id: string }> {
  const { stored, draft, owner, by } = input;
  const { now } = by;
  const decided = decideSilenceEdit(stored, draft, now);
  const { comment } = draft;
  const annotations = draft.annotations ?? stored.annotations;
  if (decided.kind === 'in-place') {
    const { startsAt, endsAt } = decided;
    await updateSilence(
      trx,
      { id: stored.id, startsAt, endsAt, comment, createdBy: draft.createdBy, annotations },
      now,
    );
    return { id: stored.id };
  }
  const ended = decided.expireStored ? expireSilence(stored, now) : null;
  if (ended) await endSilence(trx, { id: stored.id, ...ended }, { by: actorRef(by.actor), now });
  const { teamId, integrationId } = stored;
  const fresh = { id: input.newId(), matchers: draft.matchers, startsAt: decided.startsAt, endsAt: draft.endsAt };
  await insertSilence(
    trx,
    { ...fresh, comment, ...owner, teamId, integrationId, annotations, replaces: stored.id },
    now,
  );
  return { id: fresh.id };
}

async function expire(deps: SilencesDeps, change: Change, id: string, by: By): Promise<void> {
  await change({ ...by, kind: 'silence.expired', id, payload: {} }, async (trx) => {
    const stored = await lockSilence(trx, id);
    if (!stored) throw new AppError('SILENCE_NOT_FOUND');
    deps.demand(by.actor, 'silences:write', stored.teamId);
    return endLocked(trx, stored, by);
  });
}

async function endLocked(trx: Trx, stored: StoredSilence, { actor, now }: By): Promise<true | null> {
  const ended = expireSilence(stored, now);
  if (ended === null) return null;
  await endSilence(trx, { id: stored.id, ...ended }, { by: actorRef(actor), now });
  return true;
}

const through = (integrationId: string, now: Temporal.Instant): By => ({
  actor: { kind: 'system', name: `integration ${integrationId}` },
  now,
});

async function put(
  deps: SilencesDeps,
  change: Change,
  { integrationId, wish, now }: { integrationId: string; wish: PutSilence; now: Temporal.Instant },
): Promise<PutResult> {
  const by = through(integrationId, now);
  const id = wish.id ?? deps.newId();
  // Alertmanager moves a start in the past to now, unless the silence is there and has it already.
  const draft = wish.id === null ? { ...wish, startsAt: later(wish.startsAt, now) } : wish;
  const faults = validateSilence(draft, now);
  if (faults.length > 0) return { ok: false, reason: 'invalid', faults };
  const kind = wish.id === null ? 'silence.created' : 'silence.changed';
  const owner = { userId: null, createdBy: wish.createdBy };
  const done = await change({ ...by, kind, id, payload: auditOf(draft) }, async (trx) => {
    if (wish.id !== null) {
      const stored = await lockSilence(trx, wish.id);
      if (stored?.integrationId !== integrationId) return null;
      return (await edit(trx, { stored, draft, owner, newId: deps.newId, by })).id;
    }
    await demandRoom(trx, integrationId, now);
    const { matchers, startsAt, endsAt, comment, annotations } = draft;
    const fresh = { id, matchers, startsAt, endsAt, comment, ...owner, annotations };
    await insertSilence(trx, { ...fresh, teamId: null, integrationId, replaces: null }, now);
    return id;
  });
  return done === null ? { ok: false, reason: 'not-found' } : { ok: true, id: done };
}

async function expireOf(
  change: Change,
  { integrationId, id, now }: { integrationId: string; id: string; now: Temporal.Instant },
): Promise<boolean> {
  const by = through(integrationId, now);
  let found = false;
  await change({ ...by, kind: 'silence.expired', id, payload: {} }, async (trx) => {
    const stored = await lockSilence(trx, id);
    found = stored?.integrationId === integrationId;
    return stored && found ? endLocked(trx, stored, by) : null;
  });
  return found;
}

async function demandRoom(trx: Trx, integrationId: string | null, now: Temporal.Instant): Promise<void> {
  const { all, own } = await countSilences(trx, integrationId, now);
  const most = all >= MOST_SILENCES ? MOST_SILENCES : MOST_OF_ONE_INTEGRATION;
  if (all >= MOST_SILENCES || own >= MOST_OF_ONE_INTEGRATION)
    throw new AppError('MUTES_TOO_MANY', { most, what: 'silences' });
}

function refuse(faults: readonly SilenceFault[]): void {
  if (faults.length > 0) throw new AppError('SILENCE_INVALID', { faults });
}

function later(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}
