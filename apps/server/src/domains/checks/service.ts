import type { InboundEvent } from '#alerts';
import { accepts, type CompiledMatcher, compileMatcher, readMatchers } from '#routing';
import { type Actor, actorRef } from '#platform/http/actor';
import { type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { createGroupCommit } from '#platform/group-commit';
import { writeHints } from '#platform/hints';
import { decideChange, decidePing } from './heartbeat.ts';
import type { Heartbeat, Ping } from './model.ts';
import type { ChecksDeps } from './ports.ts';
import {
  archiveHeartbeat,
  getHeartbeat,
  type HeartbeatFields,
  insertHeartbeat,
  listHeartbeats,
  lockHeartbeats,
  savePulses,
  updateHeartbeat,
} from './store.ts';

/** Who does it, and when. */
export interface By {
  readonly actor: Actor;
  readonly now: Temporal.Instant;
}

/** Heartbeats: what should report by itself. Writes throw FORBIDDEN for a team that is not the actor's. */
export interface Heartbeats {
  /** The heartbeat at an address; null when there is none. */
  at(integrationId: string, slug: string): string | null;
  /** Resolves when the ping is committed. Throws Overloaded in a flood. */
  ping(id: string, ping: Ping): Promise<void>;
  /**
   * Takes the alerts that are pings out of what an integration sent: a firing one is a sign of life, a resolved one is
   * nothing, for its silence will say the same. Answers the others, and when the pings are committed.
   */
  takePings(
    integrationId: string,
    events: readonly InboundEvent[],
    now: Temporal.Instant,
  ): { readonly rest: readonly InboundEvent[]; readonly pinged: Promise<unknown> };
  list(): Promise<readonly Heartbeat[]>;
  get(id: string): Promise<Heartbeat>;
  create(
    draft: HeartbeatFields & { readonly integrationId: string; readonly slug: string },
    by: By,
  ): Promise<Heartbeat>;
  update(id: string, change: Partial<HeartbeatFields> & { readonly version: number }, by: By): Promise<Heartbeat>;
  archive(id: string, by: By): Promise<void>;
}

/** How pings find their heartbeat. */
interface Addresses {
  /** Ids by `integration/slug`. */
  readonly ids: ReadonlyMap<string, string>;
  /** Heartbeats that alerts keep alive, by integration. */
  readonly watched: ReadonlyMap<
    string,
    readonly { readonly id: string; readonly matchers: readonly CompiledMatcher[] }[]
  >;
}

/** Builds the heartbeats and registers their addresses with the configuration cache. */
export function createHeartbeats(deps: ChecksDeps): Heartbeats {
  const part: ConfigPart<Addresses> = deps.config.register('heartbeats', async (db) =>
    addressesOf(await listHeartbeats(db)),
  );
  const commit = createGroupCommit<{ readonly id: string; readonly ping: Ping }>({
    flush: (pings) => applyPings(deps, pings),
    keyOf: ({ id }) => id,
  });
  const ping = async (id: string, one: Ping) => {
    const [refused] = await commit.submit([{ id, ping: one }]);
    if (refused) throw refused.cause;
  };
  return {
    at: (integrationId, slug) => part.current().ids.get(`${integrationId}/${slug}`) ?? null,
    ping,
    takePings(integrationId, events, now) {
      const watched = part.current().watched.get(integrationId);
      if (!watched) return { rest: events, pinged: NOTHING };
      const rest: InboundEvent[] = [];
      const beating = new Set<string>();
      for (const event of events) {
        const view = deps.viewOf(event.labels);
        const own = watched.filter(({ matchers }) => matchers.every((matcher) => accepts(matcher, view)));
        if (own.length === 0) rest.push(event);
        else if (event.status === 'firing') for (const { id } of own) beating.add(id);
      }
      return { rest, pinged: Promise.all([...beating].map((id) => ping(id, { kind: 'ok', at: now, message: null }))) };
    },
    list: () => listHeartbeats(deps.db.reports),
    get: (id) => getHeartbeat(deps.db.reports, id),
    create: (draft, by) => create(deps, draft, by),
    update: (id, change, by) => update(deps, id, change, by),
    async archive(id, by) {
      const { integrationId } = await getHeartbeat(deps.db.paging, id);
      await deps.demand(by.actor, integrationId);
      await change(deps, { ...by, id, kind: 'heartbeat.archived', payload: {} }, async (trx) => {
        const stored = await getHeartbeat(trx, id, { lock: true });
        // Like a pause: an alert of it that fires is told that it ends.
        await savePulses(trx, [{ ...decideChange(stored, { ...stored, paused: true }, by.now), id }]);
        await archiveHeartbeat(trx, id, by.now);
      });
    },
  };
}

const NOTHING = Promise.resolve();

function addressesOf(heartbeats: readonly Heartbeat[]): Addresses {
  const watched = new Map<string, { id: string; matchers: readonly CompiledMatcher[] }[]>();
  for (const { id, integrationId, matchers } of heartbeats) {
    if (matchers === null) continue;
    const own = watched.get(integrationId) ?? [];
    own.push({ id, matchers: compiled(matchers) });
    watched.set(integrationId, own);
  }
  return { ids: new Map(heartbeats.map(({ id, integrationId, slug }) => [`${integrationId}/${slug}`, id])), watched };
}

/** The matchers of a text; BODY_INVALID with what is wrong. */
function compiled(text: string): readonly CompiledMatcher[] {
  const read = readMatchers(text);
  if (!read.ok) throw new AppError('BODY_INVALID', { faults: read.faults });
  return read.matchers.map((matcher) => {
    const one = compileMatcher(matcher);
    if (!one.ok) throw new AppError('BODY_INVALID', { faults: [{ path: 'matchers', message: one.error.message }] });
    return one.matcher;
  });
}

async function applyPings(
  deps: ChecksDeps,
  pings: readonly { readonly id: string; readonly ping: Ping }[],
): Promise<void> {
  const byId = Map.groupBy(pings, ({ id }) => id);
  const toTell = await inTransaction(deps.db.paging, async (trx) => {
    const stored = await lockHeartbeats(trx, [...byId.keys()]);
    const pulses = stored.map((heartbeat) => ({
      ...(byId.get(heartbeat.id) ?? []).reduce(
        (pulse, { ping }) => decidePing(pulse, ping),
        heartbeat as Parameters<typeof decidePing>[0],
      ),
      id: heartbeat.id,
    }));
    await savePulses(trx, pulses);
    return pulses.flatMap(({ tellAt, wakeAt }) => [tellAt, wakeAt].filter((at) => at !== null));
  });
  for (const at of toTell) deps.wake(at);
}

async function create(
  deps: ChecksDeps,
  draft: HeartbeatFields & { readonly integrationId: string; readonly slug: string },
  by: By,
): Promise<Heartbeat> {
  await deps.demand(by.actor, draft.integrationId);
  if (draft.matchers !== null) compiled(draft.matchers);
  const id = deps.newId();
  await change(deps, { ...by, id, kind: 'heartbeat.created', payload: draft }, (trx) =>
    insertHeartbeat(trx, { ...draft, id }, by.now),
  );
  return getHeartbeat(deps.db.paging, id);
}

async function update(
  deps: ChecksDeps,
  id: string,
  { version, ...fields }: Partial<HeartbeatFields> & { readonly version: number },
  by: By,
): Promise<Heartbeat> {
  const { integrationId } = await getHeartbeat(deps.db.paging, id);
  await deps.demand(by.actor, integrationId);
  if (fields.matchers) compiled(fields.matchers);
  await change(deps, { ...by, id, kind: 'heartbeat.changed', payload: fields }, async (trx) => {
    const stored = await getHeartbeat(trx, id, { lock: true });
    if (stored.version !== version) throw new AppError('VERSION_CONFLICT');
    const next = { ...stored, ...fields };
    await savePulses(trx, [{ ...decideChange(stored, next, by.now), id }]);
    await updateHeartbeat(trx, id, next, by.now);
  });
  return getHeartbeat(deps.db.paging, id);
}

async function change(
  deps: ChecksDeps,
  entry: By & { readonly id: string; readonly kind: string; readonly payload: unknown },
  write: (trx: Trx) => Promise<void>,
): Promise<void> {
  const { actor, now, id, kind, payload } = entry;
  const version = await inTransaction(deps.db.paging, async (trx) => {
    await write(trx);
    await deps.audit(trx, { actor: actorRef(actor), at: now, kind, subject: id, payload });
    await writeHints(trx, [{ kind: 'config', ref: id, version: 0 }], now);
    return raiseConfigVersion(trx);
  });
  await deps.config.ensure(version);
  deps.wake();
}
