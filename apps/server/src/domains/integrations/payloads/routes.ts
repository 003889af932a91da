import {
  deadLetterList,
  deadLetterReplay,
  deadLetterReplayOutcome,
  inboundPayloadQuery,
  mappingPreview,
  mappingPreviewRequest,
  replayOutcome,
} from '@tocsin/contracts';
import { z } from 'zod';
import type { Databases } from '#platform/db';
import { pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import type { MappedEvent, MappingNote } from '../mapping/map-event.ts';
import type { ReadBody } from '../model.ts';
import { beforeOf, existing } from '../routes.ts';
import { readable } from '../search.ts';
import type { Integrations } from '../service.ts';
import { type DeadLetter, listDeadLetters } from './search.ts';
import type { Outcome, Payloads, Preview } from './service.ts';

/** What the routes of payloads need. */
export interface PayloadRoutesDeps {
  readonly db: Databases;
  readonly integrations: Pick<Integrations, 'find'>;
  readonly payloads: Payloads;
}

const url = '/api/v1/integrations/:id';
const tag = 'integrations';
const byId = z.strictObject({ id: z.uuid() });
/** Events and notes of one body that a preview shows. */
const MOST_SHOWN = 100;

/** The routes of requests as they came in: what a mapping makes of them, dead letters, replay. */
export function payloadRoutes({ db, integrations, payloads }: PayloadRoutesDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      url: `${url}/dead-letters`,
      tag,
      permission: 'integrations:read',
      summary: 'List requests of which something was not understood, with the reason',
      params: byId,
      query: inboundPayloadQuery,
      answers: { 200: deadLetterList },
      async handle({ params, query: { limit, cursor } }) {
        await existing(integrations, params.id);
        const before = cursor === undefined ? null : beforeOf(cursor);
        const rows = await listDeadLetters(db.reports, { integrationId: params.id, before, limit: limit + 1 });
        const { items, nextCursor } = pageFrom(rows, limit, (last) => [last.at.toString(), last.id]);
        return { status: 200, body: { items: items.map(presentDeadLetter), nextCursor } };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/dead-letters/replay`,
      tag,
      permission: 'integrations:write',
      summary: 'Read every dead letter since a moment again, after a mapping was mended',
      params: byId,
      body: deadLetterReplay,
      answers: { 200: deadLetterReplayOutcome },
      async handle({ params, body, actor, now }) {
        const since = Temporal.Instant.from(body.since);
        return { status: 200, body: await payloads.replayDead({ integrationId: params.id, since }, actor, now) };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/payloads/:payloadId/replay`,
      tag,
      permission: 'integrations:write',
      summary: 'Read a request again, as of the moment it came in',
      params: z.strictObject({ id: z.uuid(), payloadId: z.uuid() }),
      answers: { 200: replayOutcome },
      async handle({ params, actor, now }) {
        const key = { integrationId: params.id, payloadId: params.payloadId };
        return { status: 200, body: presentOutcome(await payloads.replay(key, actor, now)) };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/mapping/preview`,
      tag,
      permission: 'integrations:read',
      idempotent: false,
      summary: 'Show what a mapping makes of a body, or of the last ten that came in; nothing is stored',
      params: byId,
      body: mappingPreviewRequest,
      answers: { 200: mappingPreview },
      async handle({ params, body: { mapping, payload }, actor, now }) {
        const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
        const body = payload === undefined ? null : Buffer.from(text);
        const results = await payloads.preview({ integrationId: params.id, mapping, body }, actor, now);
        return { status: 200, body: { results: results.map(presentPreview) } };
      },
    }),
  ];
}

function presentDeadLetter({ id, at, contentType, bytes, head, refused, replayedAt }: DeadLetter) {
  return {
    id,
    at: at.toString(),
    contentType,
    bytes,
    text: readable(head, bytes > head.length),
    truncated: bytes > head.length,
    refused: refused.slice(0, MOST_SHOWN),
    replayedAt: replayedAt?.toString() ?? null,
  };
}

const presentOutcome = ({ accepted, ignored, refused }: Outcome) => ({
  accepted,
  ignored,
  refused: refused.slice(0, MOST_SHOWN),
});

function presentPreview({ payloadId, at, read, mapped }: Preview) {
  const notes = new Map((mapped?.refused ?? []).map((note) => [note.index, note]));
  return {
    payloadId,
    at: at.toString(),
    events: (mapped?.events ?? []).slice(0, MOST_SHOWN).flatMap((event) => presentEvent(event, read)),
    refused: read.refused.slice(0, MOST_SHOWN).map(({ index, pointer, reason }) => ({
      index,
      field: notes.get(index ?? 0)?.field ?? null,
      pointer,
      reason,
    })),
    warnings: (mapped?.warnings ?? []).slice(0, MOST_SHOWN).map((note: MappingNote) => ({ ...note })),
    ignored: read.ignored,
  };
}

/** A mapped event with the labels and the identity that the intake would see; nothing where the door would refuse it. */
function presentEvent(mapped: MappedEvent, read: ReadBody) {
  const event = read.events[read.places.indexOf(mapped.index)];
  if (!event) return [];
  const { index, status, title, description, severity, service, dedupKey, startsAtMs, links } = mapped;
  return [
    {
      index,
      status,
      title,
      description,
      severity,
      service,
      dedupKey,
      startsAt: startsAtMs === null ? null : Temporal.Instant.fromEpochMilliseconds(startsAtMs).toString(),
      labels: { ...event.labels },
      links: links.map((link) => ({ ...link })),
      identity: event.identity,
    },
  ];
}
