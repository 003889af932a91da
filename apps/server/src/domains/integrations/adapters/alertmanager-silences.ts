import { Overloaded } from '#platform/group-commit';
import { isUnavailable } from '#platform/db';
import { AppError } from '#platform/errors';
import type { DoorAnswer, DoorRequest } from '#platform/http/door';
import { silenceState, type PutSilence, type Silences, type StoredSilence } from '#silences';
import type { Integration } from '../model.ts';
import type { AlertmanagerRead } from './alertmanager-doors.ts';
import { filterAccepts, readFilters } from './alertmanager-query.ts';
import { isUuid, readSilence, silenceToWire, sortSilences } from './alertmanager-silence.ts';

/** What the silence doors of Alertmanager's API v2 need. */
export interface AlertmanagerSilencesDeps {
  readonly clock: { now(): Temporal.Instant };
  readonly silences: Pick<Silences, 'put' | 'expireOf'>;
  readonly list: (integrationId: string, now: Temporal.Instant) => Promise<readonly StoredSilence[]>;
  readonly find: (id: string) => Promise<StoredSilence | null>;
}

/** Silences through an integration's key: they mute only its alerts, and only they are listed. */
export function alertmanagerSilences(deps: AlertmanagerSilencesDeps): readonly AlertmanagerRead[] {
  return [
    {
      method: 'GET',
      path: '/api/v2/silences',
      summary: 'List the silences of this key (Alertmanager API v2)',
      handle: (integration, request) => list(deps, integration, request),
    },
    {
      method: 'POST',
      path: '/api/v2/silences',
      summary: 'Make or change a silence for the alerts of this key (Alertmanager API v2)',
      handle: (integration, request) => put(deps, integration, request),
    },
    {
      method: 'GET',
      path: '/api/v2/silence/:id',
      summary: 'Show a silence of this key (Alertmanager API v2)',
      handle: (integration, request) => show(deps, integration, request),
    },
    {
      method: 'DELETE',
      path: '/api/v2/silence/:id',
      summary: 'End a silence of this key now (Alertmanager API v2)',
      handle: (integration, request) => expire(deps, integration, request),
    },
  ];
}

const answer = (status: number, body: unknown): DoorAnswer => ({
  status,
  contentType: 'application/json',
  body: `${JSON.stringify(body)}\n`,
});
const NOT_FOUND = 'silence not found';

async function list(
  deps: AlertmanagerSilencesDeps,
  integration: Integration,
  { query }: DoorRequest,
): Promise<DoorAnswer> {
  const read = readFilters(query, ['active', 'pending', 'expired']);
  if (!read.ok) return answer(400, read.reason);
  const now = deps.clock.now();
  const found = (await deps.list(integration.id, now)).filter(
    (silence) => read.wants(silenceState(silence, now)) && filterAccepts(read.matchers, silence.matchers),
  );
  return answer(
    200,
    sortSilences(found, now).map((silence) => silenceToWire(silence, now)),
  );
}

async function put(
  deps: AlertmanagerSilencesDeps,
  integration: Integration,
  { body }: DoorRequest,
): Promise<DoorAnswer> {
  const read = readSilence(body);
  if (!read.ok) return answer(400, read.reason);
  try {
    return await store(deps, integration, read.silence);
  } catch (error) {
    if (error instanceof Overloaded || isUnavailable(error))
      return { ...answer(503, 'cannot store silences just now'), headers: { 'retry-after': '2' } };
    if (error instanceof AppError && error.code === 'MUTES_TOO_MANY') return answer(400, error.message);
    throw error;
  }
}

async function store(
  { clock, silences }: AlertmanagerSilencesDeps,
  integration: Integration,
  silence: PutSilence,
): Promise<DoorAnswer> {
  const result = await silences.put(integration.id, silence, clock.now());
  if (result.ok) return answer(200, { silenceID: result.id });
  if (result.reason === 'not-found') return answer(404, NOT_FOUND);
  const why = result.faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return answer(400, `invalid silence: ${why}`);
}

async function show(
  deps: AlertmanagerSilencesDeps,
  integration: Integration,
  { params }: DoorRequest,
): Promise<DoorAnswer> {
  const id = params['id'] ?? '';
  const silence = isUuid(id) ? await deps.find(id) : null;
  if (silence?.integrationId !== integration.id) return answer(404, NOT_FOUND);
  return answer(200, silenceToWire(silence, deps.clock.now()));
}

async function expire(
  deps: AlertmanagerSilencesDeps,
  integration: Integration,
  { params }: DoorRequest,
): Promise<DoorAnswer> {
  const id = params['id'] ?? '';
  const found = isUuid(id) && (await deps.silences.expireOf(integration.id, id, deps.clock.now()));
  return found ? { status: 200 } : answer(404, NOT_FOUND);
}
