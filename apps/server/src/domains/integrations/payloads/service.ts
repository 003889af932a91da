import type { EventMapping } from '@tocsin/contracts';
import { demand } from '#access';
import type { InboundEvent } from '#alerts';
import type { Databases } from '#platform/db';
import { inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { type Actor, actorRef } from '#platform/http/actor';
import type { NewId } from '#platform/ids';
import { readGeneric } from '../adapters/generic-webhook.ts';
import type { MappedBody } from '../mapping/map-event.ts';
import type { Integration, IntegrationKind, ReadBody, Refusal } from '../model.ts';
import type { Integrations } from '../service.ts';
import type { IntegrationRow } from '../store.ts';
import { toBeTaken } from './replay.ts';
import { deadLettersSince, findRequest, newestRequests, type WholeRequest } from './search.ts';
import { type DeliveryKey, keepRefused, noteReplay, noteTaken, type StoredRequest, wasTaken } from './store.ts';

/** Reads a request of one kind of integration as it would have been read at `nowMs`. */
export type Reader = (
  request: { readonly body: Buffer; readonly contentType: string | null },
  integration: Integration,
  nowMs: number,
) => ReadBody | Promise<ReadBody>;

/** What the payloads service needs. */
export interface PayloadsDeps {
  readonly db: Databases;
  readonly newId: NewId;
  readonly integrations: Pick<Integrations, 'take' | 'find'>;
  /** Kinds whose requests can be read again from their body alone. */
  readonly readers: Readonly<Partial<Record<IntegrationKind, Reader>>>;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string; payload: unknown },
  ) => Promise<void>;
}

/** What became of a request. */
export interface Outcome {
  readonly accepted: number;
  readonly ignored: number;
  readonly refused: readonly Refusal[];
}

/** What a mapping makes of one body. */
export interface Preview {
  readonly payloadId: string | null;
  readonly at: Temporal.Instant;
  readonly read: ReadBody;
  /** Null when the body could not be read at all. */
  readonly mapped: MappedBody | null;
}

interface InboundRequest {
  readonly body: Buffer;
  readonly contentType: string | null;
}

/** Requests as they came in: taken, kept where they were not understood, read again after a mend. */
export interface Payloads {
  /** Takes a request by its integration's reader; resolves after the commit. What is not understood is kept as dead letter. */
  intake(integration: Integration, request: InboundRequest, now: Temporal.Instant): Promise<Outcome>;
  /** Keeps a request that a door refused, with its reason. */
  keep(integration: Integration, request: InboundRequest, reason: string, now: Temporal.Instant): Promise<void>;
  /** Reads a stored request again, as of the moment it came in. Throws PAYLOAD_NOT_FOUND, REPLAY_NOT_POSSIBLE. */
  replay(key: { integrationId: string; payloadId: string }, actor: Actor, now: Temporal.Instant): Promise<Outcome>;
  /** Reads every dead letter since a moment again, oldest first. */
  replayDead(
    input: { integrationId: string; since: Temporal.Instant },
    actor: Actor,
    now: Temporal.Instant,
  ): Promise<{ readonly replayed: number; readonly mended: number; readonly more: boolean }>;
  /** What a mapping makes of a body, or of the newest ten; the functions are the door's own. Null: the stored mapping. */
  preview(
    input: { integrationId: string; mapping: EventMapping | null; body: Buffer | null },
    actor: Actor,
    now: Temporal.Instant,
  ): Promise<readonly Preview[]>;
  wasTaken(delivery: DeliveryKey): Promise<boolean>;
  noteTaken(delivery: DeliveryKey, expiresAtMs: number): Promise<void>;
}

/** Dead letters replayed by one request. */
const MOST_REPLAYED = 200;
/** Newest requests that a preview shows. */
const PREVIEWED = 10;

/** Builds the payloads service. */
export function createPayloads(deps: PayloadsDeps): Payloads {
  const { db } = deps;
  return {
    async intake(integration, request, now) {
      const stored = storedOf(deps, integration, request, now);
      const read = await readerOf(deps, integration)(request, integration, stored.at.epochMilliseconds);
      const outcome = await take(deps, { integration, stored, read, now });
      // Not over the paging path's connections: a storm of rubbish may not starve a page.
      if (outcome.refused.length > 0) await keepRefused(db.reports, stored, outcome.refused);
      return outcome;
    },
    keep: (integration, request, reason, now) =>
      keepRefused(db.reports, storedOf(deps, integration, request, now), [
        { index: null, pointer: null, reason: reason.slice(0, 1_000) },
      ]),
    async replay({ integrationId, payloadId }, actor, now) {
      const integration = await writable(deps, integrationId, actor);
      const read = readerOf(deps, integration);
      const stored = await findRequest(db.reports, integrationId, payloadId);
      if (!stored) throw new AppError('PAYLOAD_NOT_FOUND');
      await record(deps, { integrationId, actor, now, payload: { payloadId } });
      return replayOne(deps, { integration, read, stored, now });
    },
    async replayDead({ integrationId, since }, actor, now) {
      const integration = await writable(deps, integrationId, actor);
      const read = readerOf(deps, integration);
      const ids = await deadLettersSince(db.reports, { integrationId, since, limit: MOST_REPLAYED + 1 });
      const turn = ids.slice(0, MOST_REPLAYED);
      await record(deps, { integrationId, actor, now, payload: { since: since.toString(), count: turn.length } });
      let mended = 0;
      for (const id of turn) {
        const stored = await findRequest(db.reports, integrationId, id);
        const outcome = stored && (await replayOne(deps, { integration, read, stored, now }));
        if (outcome?.refused.length === 0) mended += 1;
      }
      return { replayed: turn.length, mended, more: ids.length > turn.length };
    },
    async preview({ integrationId, mapping, body }, actor, now) {
      const row = await existing(deps, integrationId);
      demand(actor, 'integrations:read', { teamId: row.teamId });
      if (row.kind !== 'webhook') throw new AppError('INTEGRATION_KIND_UNFIT', { kind: row.kind, what: 'mapping' });
      const integration = mapping === null ? row : { ...row, settings: { ...row.settings, mapping } };
      const requests =
        body === null
          ? await newestRequests(db.reports, integrationId, PREVIEWED)
          : [{ id: null, at: now, contentType: null, body }];
      return requests.map(({ id, at, ...request }) => {
        const { read, mapped } = readGeneric(request, integration, at.epochMilliseconds);
        return { payloadId: id, at, read, mapped };
      });
    },
    wasTaken: (delivery) => wasTaken(db.paging, delivery),
    noteTaken: (delivery, expiresAtMs) =>
      noteTaken(db.paging, delivery, Temporal.Instant.fromEpochMilliseconds(expiresAtMs)),
  };
}

function storedOf(
  deps: PayloadsDeps,
  integration: Integration,
  { body, contentType }: InboundRequest,
  now: Temporal.Instant,
): StoredRequest {
  const at = Temporal.Instant.fromEpochMilliseconds(now.epochMilliseconds);
  return { id: deps.newId(), at, integrationId: integration.id, contentType, body };
}

/** Hands events to the intake under the id of the stored request; names those that the database refuses. */
async function take(
  deps: PayloadsDeps,
  input: {
    readonly integration: Integration;
    readonly stored: StoredRequest;
    readonly read: ReadBody;
    readonly now: Temporal.Instant;
  },
): Promise<Outcome> {
  const { integration, stored, read, now } = input;
  const { body, contentType, id, at } = stored;
  const poisoned: readonly InboundEvent[] =
    read.events.length === 0
      ? []
      : await deps.integrations.take(integration, read.events, { body, contentType, now, stored: { id, at } });
  const refused = poisoned.map((event) => ({
    index: read.places[read.events.indexOf(event)] ?? null,
    pointer: null,
    reason: 'the database refuses this alert',
  }));
  return {
    accepted: read.events.length - poisoned.length,
    ignored: read.ignored,
    refused: [...read.refused, ...refused],
  };
}

async function replayOne(
  deps: PayloadsDeps,
  input: {
    readonly integration: IntegrationRow;
    readonly read: Reader;
    readonly stored: WholeRequest;
    readonly now: Temporal.Instant;
  },
): Promise<Outcome> {
  const { integration, read, stored, now } = input;
  // As of then: an old problem may not outlive a later resolve by hand, nor an old recovery end a newer trouble.
  const again = toBeTaken(await read(stored, integration, stored.at.epochMilliseconds), stored.refused);
  const outcome = await take(deps, { integration, stored, read: again, now });
  await noteReplay(deps.db.paging, stored, { refused: outcome.refused, now });
  return outcome;
}

function readerOf({ readers }: PayloadsDeps, { kind }: Pick<Integration, 'kind'>): Reader {
  const reader = readers[kind];
  if (!reader) throw new AppError('INTEGRATION_KIND_UNFIT', { kind, what: 'replay' });
  return reader;
}

async function existing(deps: PayloadsDeps, id: string): Promise<IntegrationRow> {
  const row = await deps.integrations.find(id);
  if (!row) throw new AppError('INTEGRATION_NOT_FOUND');
  return row;
}

async function writable(deps: PayloadsDeps, id: string, actor: Actor): Promise<IntegrationRow> {
  const row = await existing(deps, id);
  demand(actor, 'integrations:write', { teamId: row.teamId });
  return row;
}

async function record(
  deps: PayloadsDeps,
  entry: { integrationId: string; actor: Actor; now: Temporal.Instant; payload: unknown },
): Promise<void> {
  const { integrationId, actor, now, payload } = entry;
  const kind = 'integration.payloads-replayed';
  await inTransaction(deps.db.paging, (trx) =>
    deps.audit(trx, { actor: actorRef(actor), at: now, kind, subject: integrationId, payload }),
  );
}
