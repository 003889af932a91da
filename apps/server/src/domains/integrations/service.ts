import { randomBytes } from 'node:crypto';
import { demand } from '#access';
import type { Alerts, InboundEvent } from '#alerts';
import { actorRef, type Actor } from '#platform/http/actor';
import type { Clock } from '#platform/clock';
import { type ConfigCache, type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import type { NewId } from '#platform/ids';
import { Overloaded } from '#platform/group-commit';
import type { Secrets } from '#platform/secrets';
import { parseAlerts } from './adapters/alertmanager.ts';
import { hashKey, isKeyForm, keyFrom } from './keys.ts';
import type { Integration, RefusedItem } from './model.ts';
import { keepRefused } from './payloads/store.ts';
import type { PingTaker } from './ports.ts';
import { checkSettings, goodSecrets, replaceSecret, SIGNED_KINDS, type StoredSecret } from './settings.ts';
import {
  aboutSecret,
  archiveIntegration,
  findIntegration,
  insertIntegration,
  type IntegrationRow,
  type KeyOfIntegration,
  listIntegrations,
  loadKeys,
  lockSecret,
  noteLastEvents,
  rotateKey,
  saveSecret,
  updateIntegration,
  updateSettings,
} from './store.ts';

/** How long a rotated key still opens the door, so that senders can be changed one by one. */
const ROTATION_OVERLAP = { hours: 24 };

/** What the integrations domain needs from outside. */
export interface IntegrationsDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly alerts: Pick<Alerts, 'accept'>;
  readonly sealing: Pick<Secrets, 'seal' | 'open'>;
  readonly heartbeats: () => PingTaker;
  /** Whether an integration has as many open alerts as it may have. */
  readonly isFull: (integrationId: string) => boolean;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string; payload: unknown },
  ) => Promise<void>;
}

/** What became of one request of alerts. */
export type Intake =
  | { readonly ok: true; readonly refused: readonly RefusedItem[] }
  | { readonly ok: false; readonly reason: string };

/** Inbound connections: who may send, and what was sent. Writes throw FORBIDDEN for a team that is not the actor's. */
export interface Integrations {
  /** The open integration of a key; null when the key is unknown, expired or its integration is closed. */
  byKey(key: string, now: Temporal.Instant): Integration | null;
  /** The name of a living integration, for what its sender did to a page; null when there is none. */
  nameOf(id: string): string | null;
  /** The secrets that may sign a request of this integration now; none: it asks for no signature. */
  secretOf(integration: Pick<Integration, 'id'>, now: Temporal.Instant): readonly string[];
  /** Takes a POST of Alertmanager's API v2; resolves after the commit. Throws what the database throws. */
  takeAlerts(integration: Integration, body: Buffer, contentType: string | null): Promise<Intake>;
  /**
   * Takes what an adapter read out of a request; resolves after the commit with the events that were refused. Throws
   * Overloaded when the integration has too many open alerts; what resolves any of them is taken all the same.
   */
  take(
    integration: Integration,
    events: readonly InboundEvent[],
    request: {
      readonly body: Buffer;
      readonly contentType: string | null;
      readonly now: Temporal.Instant;
      /** Under which id and moment the request is stored, or stands already when it is read again. */
      readonly stored?: { readonly id: string; readonly at: Temporal.Instant };
    },
  ): Promise<readonly InboundEvent[]>;
  list(): Promise<readonly IntegrationRow[]>;
  find(id: string): Promise<IntegrationRow | null>;
  /** Creates an integration; its key is shown this once. */
  create(
    input: { name: string; kind: Integration['kind']; teamId: string | null; resolveTimeoutSeconds: number },
    actor: Actor,
    now: Temporal.Instant,
  ): Promise<{ integration: IntegrationRow; key: string }>;
  update(
    input: { id: string; version: number; name: string; resolveTimeoutSeconds: number; enabled: boolean },
    actor: Actor,
    now: Temporal.Instant,
  ): Promise<IntegrationRow>;
  rotate(
    id: string,
    actor: Actor,
    now: Temporal.Instant,
  ): Promise<{ key: string; previousKeyExpiresAt: Temporal.Instant }>;
  archive(id: string, actor: Actor, now: Temporal.Instant): Promise<void>;
  /** Replaces the settings; throws BODY_INVALID when they do not fit the integration's kind. */
  configure(
    input: { id: string; version: number; settings: unknown },
    actor: Actor,
    now: Temporal.Instant,
  ): Promise<IntegrationRow>;
  /** Sets the secret that signs requests; null: none is asked for. The one before stays good for a day. */
  setSecret(input: { id: string; secret: string | null }, actor: Actor, now: Temporal.Instant): Promise<IntegrationRow>;
  /** Writes when each integration was last heard of. */
  flushLastEvents(): Promise<void>;
}

/** Builds the integrations service. */
export function createIntegrations(deps: IntegrationsDeps): Integrations {
  const part: ConfigPart<Doorkeeping> = deps.config.register('integrations', async (db) => {
    const keys = await loadKeys(db);
    return {
      keys: new Map(keys.map((key) => [key.keyHash, key])),
      sealedSecrets: new Map(keys.map((key) => [key.integration.id, key.sealedSecret])),
      names: new Map(keys.map(({ integration }) => [integration.id, integration.name])),
    };
  });
  const lastEvents = new Map<string, Temporal.Instant>();
  const take: Integrations['take'] = async (integration, events, { body, contentType, now, stored }) => {
    lastEvents.set(integration.id, now);
    const { id, at } = stored ?? { id: deps.newId(), at: now };
    const payload = { id, integrationId: integration.id, at, contentType, body };
    const { rest, pinged } = deps.heartbeats().takePings(integration.id, events, now);
    const isFull = deps.isFull(integration.id);
    const taken = isFull ? rest.filter(({ status }) => status === 'resolved') : rest;
    const accepted = deps.alerts.accept(
      taken.map((event) => ({ event, payload })),
      now.epochMilliseconds,
    );
    const [refused] = await Promise.all([accepted, pinged]);
    if (taken.length < rest.length) throw new Overloaded('the integration has too many open alerts');
    return refused.map(({ item }) => item.event);
  };
  return {
    take,
    byKey: (key, now) => openIntegration(part.current().keys, key, now),
    nameOf: (id) => part.current().names.get(id) ?? null,
    secretOf({ id }, now) {
      const sealed = part.current().sealedSecrets.get(id) ?? null;
      return goodSecrets(openSecrets(deps, id, sealed), now.epochMilliseconds);
    },
    async takeAlerts(integration, body, contentType) {
      const now = deps.clock.now();
      const stored = { id: deps.newId(), at: Temporal.Instant.fromEpochMilliseconds(now.epochMilliseconds) };
      const keep = (items: readonly { readonly index: number | null; readonly reason: string }[]) =>
        keepRefused(
          deps.db.reports,
          { ...stored, integrationId: integration.id, contentType, body },
          items.map((item) => ({ ...item, pointer: null })),
        );
      const parsed = parseAlerts(body, integration, now.epochMilliseconds);
      if (!parsed.ok) {
        await keep([{ index: null, reason: parsed.reason }]);
        return parsed;
      }
      const poisoned = (await take(integration, parsed.events, { body, contentType, now, stored })).map((event) => ({
        index: placeOf(parsed, parsed.events.indexOf(event)),
        reason: 'the database refuses this alert',
      }));
      const refused = [...parsed.refused, ...poisoned];
      if (refused.length > 0) await keep(refused);
      return { ok: true, refused };
    },
    list: () => listIntegrations(deps.db.reports),
    find: (id) => findIntegration(deps.db.reports, id),
    create: (input, actor, now) => create(deps, { ...input, actor, now }),
    update: (input, actor, now) => update(deps, { ...input, actor, now }),
    rotate: (id, actor, now) => rotate(deps, { id, actor, now }),
    configure: (input, actor, now) => configure(deps, { ...input, actor, now }),
    setSecret: (input, actor, now) => setSecret(deps, { ...input, actor, now }),
    async archive(id, actor, now) {
      await writable(deps, { id, actor });
      await change(deps, { id, actor, now, kind: 'integration.archived', payload: {} }, (trx) =>
        archiveIntegration(trx, id, now),
      );
    },
    async flushLastEvents() {
      const seen = new Map(lastEvents);
      lastEvents.clear();
      await noteLastEvents(deps.db.paging, seen);
    },
  };
}

/** What opens doors: integrations by the hash of their key; their sealed secrets and names by id. */
interface Doorkeeping {
  readonly keys: ReadonlyMap<string, KeyOfIntegration>;
  readonly sealedSecrets: ReadonlyMap<string, Buffer | null>;
  readonly names: ReadonlyMap<string, string>;
}

/** The place in the request of the n-th good event: refused items stand between them. */
function placeOf(parsed: { readonly refused: readonly RefusedItem[] }, n: number): number {
  const refusedAt = new Set(parsed.refused.map(({ index }) => index));
  let place = -1;
  for (let good = -1; good < n; ) if (!refusedAt.has(++place)) good += 1;
  return place;
}

function openIntegration(
  keys: ReadonlyMap<string, KeyOfIntegration>,
  key: string,
  now: Temporal.Instant,
): Integration | null {
  if (!isKeyForm(key)) return null;
  const found = keys.get(hashKey(key));
  if (!found?.integration.enabled) return null;
  return found.expiresAt && Temporal.Instant.compare(found.expiresAt, now) <= 0 ? null : found.integration;
}

interface By {
  readonly actor: Actor;
  readonly now: Temporal.Instant;
}

async function create(deps: IntegrationsDeps, input: Parameters<Integrations['create']>[0] & By) {
  demand(input.actor, 'integrations:write', { teamId: input.teamId });
  const id = deps.newId();
  const key = keyFrom(randomBytes);
  const { name, kind, teamId, resolveTimeoutSeconds, actor, now } = input;
  const row = {
    id,
    name,
    kind,
    teamId,
    resolveTimeoutSeconds,
    enabled: true,
    keyHash: hashKey(key),
    keyPrefix: key.slice(0, 6),
  };
  await change(deps, { id, actor, now, kind: 'integration.created', payload: { name, kind, teamId } }, (trx) =>
    insertIntegration(trx, row, now),
  );
  return { integration: await existing(deps, id), key };
}

async function update(deps: IntegrationsDeps, input: Parameters<Integrations['update']>[0] & By) {
  await writable(deps, input);
  const { id, actor, now, name, resolveTimeoutSeconds, enabled } = input;
  await change(
    deps,
    { id, actor, now, kind: 'integration.changed', payload: { name, resolveTimeoutSeconds, enabled } },
    async (trx) => {
      if (!(await updateIntegration(trx, input))) throw new AppError('VERSION_CONFLICT');
    },
  );
  return existing(deps, id);
}

async function configure(deps: IntegrationsDeps, input: Parameters<Integrations['configure']>[0] & By) {
  const { id, version, actor, now } = input;
  await writable(deps, input);
  const checked = checkSettings((await existing(deps, id)).kind, input.settings);
  if (!checked.ok) throw new AppError('BODY_INVALID', { faults: checked.faults });
  const { settings } = checked;
  await change(deps, { id, actor, now, kind: 'integration.configured', payload: { settings } }, async (trx) => {
    if (!(await updateSettings(trx, { id, version, settings, now }))) throw new AppError('VERSION_CONFLICT');
  });
  return existing(deps, id);
}

async function setSecret(deps: IntegrationsDeps, input: Parameters<Integrations['setSecret']>[0] & By) {
  const { id, secret, actor, now } = input;
  await writable(deps, input);
  const { kind: protocol } = await existing(deps, id);
  if (secret !== null && !SIGNED_KINDS.has(protocol))
    throw new AppError('INTEGRATION_KIND_UNFIT', { kind: protocol, what: 'signature' });
  const kind = secret === null ? 'integration.secret-removed' : 'integration.secret-set';
  await change(deps, { id, actor, now, kind, payload: {} }, async (trx) => {
    const before = openSecrets(deps, id, await lockSecret(trx, id));
    const after = replaceSecret(before, secret, now.epochMilliseconds);
    const sealed = after.length === 0 ? null : deps.sealing.seal(JSON.stringify(after), aboutSecret(id));
    await saveSecret(trx, { id, sealed, now });
  });
  return existing(deps, id);
}

function openSecrets(
  { sealing }: Pick<IntegrationsDeps, 'sealing'>,
  id: string,
  sealed: Buffer | null,
): readonly StoredSecret[] {
  return sealed ? (JSON.parse(sealing.open(sealed, aboutSecret(id))) as StoredSecret[]) : [];
}

async function rotate(deps: IntegrationsDeps, { id, actor, now }: { id: string } & By) {
  await writable(deps, { id, actor });
  const key = keyFrom(randomBytes);
  const until = now.add(ROTATION_OVERLAP);
  await change(deps, { id, actor, now, kind: 'integration.key-rotated', payload: { until: until.toString() } }, (trx) =>
    rotateKey(trx, { id, keyHash: hashKey(key), keyPrefix: key.slice(0, 6), until, now }),
  );
  return { key, previousKeyExpiresAt: until };
}

async function existing(deps: IntegrationsDeps, id: string): Promise<IntegrationRow> {
  const row = await findIntegration(deps.db.paging, id);
  if (!row) throw new AppError('INTEGRATION_NOT_FOUND');
  return row;
}

/** Throws INTEGRATION_NOT_FOUND, and FORBIDDEN when the actor may not write for the team that owns it. */
async function writable(deps: IntegrationsDeps, { id, actor }: { id: string; actor: Actor }): Promise<void> {
  demand(actor, 'integrations:write', { teamId: (await existing(deps, id)).teamId });
}

async function change(
  deps: IntegrationsDeps,
  entry: By & { id: string; kind: string; payload: unknown },
  write: (trx: Trx) => Promise<void>,
): Promise<void> {
  const version = await inTransaction(deps.db.paging, async (trx) => {
    await write(trx);
    await deps.audit(trx, {
      actor: actorRef(entry.actor),
      at: entry.now,
      kind: entry.kind,
      subject: entry.id,
      payload: entry.payload,
    });
    return raiseConfigVersion(trx);
  });
  await deps.config.ensure(version);
}
