import {
  importPlan,
  importPlanBody,
  matchersParseAnswer,
  matchersParseBody,
  routingPreview,
  routingPreviewBody,
} from '@tocsin/contracts';
import type { z } from 'zod';
import { AppError, type Fault } from '#platform/errors';
import { type Route, route } from '#platform/http/route';
import { parseMatchers } from '#routing';
import type { AlertmanagerConfig } from '../alertmanager/model.ts';
import { planImport } from '../alertmanager/plan-import.ts';
import { readAlertmanagerConfig } from '../alertmanager/read-config.ts';
import type { Silence } from '../model.ts';
import { matcherOf, type PreviewAsked, previewRouting } from './preview.ts';
import { matcherFaults } from '../silence.ts';

const tag = 'routing';

/** What the preview needs from outside: the name that Alertmanager gives an alert. */
export interface PreviewDeps {
  readonly fingerprint: PreviewAsked['fingerprint'];
}

/** Routes that show what would be; none stores anything, so none keeps its answer for a repeated request. */
export function previewRoutes({ fingerprint }: PreviewDeps): readonly Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/v1/matchers/parse',
      tag,
      permission: 'routing:read',
      summary: 'Read a text of matchers',
      idempotent: false,
      body: matchersParseBody,
      answers: { 200: matchersParseAnswer },
      async handle({ body: { text, mode } }) {
        const parsed = parseMatchers(text, mode);
        if (parsed.ok) return { status: 200, body: { matchers: parsed.matchers } };
        const { message, position } = parsed.error;
        const faults = [{ path: 'text', message, ...placeIn(text, position) }];
        throw new AppError('MATCHERS_INVALID', { why: `${message} (at character ${position + 1})`, faults });
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/routing/preview',
      tag,
      permission: 'routing:read',
      summary: 'Show where alerts would go by an Alertmanager configuration, and what would mute them',
      idempotent: false,
      body: routingPreviewBody,
      answers: { 200: routingPreview },
      async handle({ body }) {
        const alerts = previewRouting({
          config: readOrRefuse(body.config),
          silences: silencesOf(body.silences),
          alerts: body.alerts.map(({ labels, startsAt, endsAt }) => ({
            labels,
            startsAt: momentOf(startsAt),
            endsAt: momentOf(endsAt),
          })),
          at: Temporal.Instant.from(body.at),
          fingerprint,
        });
        if (typeof alerts === 'string') throw new AppError('PREVIEW_TOO_LARGE', { why: alerts });
        return { status: 200, body: { alerts } };
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/routing/import-plan',
      tag,
      permission: 'routing:read',
      summary: 'Plan the import of an Alertmanager configuration',
      idempotent: false,
      body: importPlanBody,
      answers: { 200: importPlan },
      handle: async ({ body }) => ({ status: 200, body: planImport(readOrRefuse(body.config)) }),
    }),
  ];
}

function readOrRefuse(text: string): AlertmanagerConfig {
  const read = readAlertmanagerConfig(text);
  if (read.ok) return read.config;
  const [first = { path: '', line: 1, column: 1, message: 'it is empty' }] = read.faults;
  const faults: readonly Fault[] = read.faults.map(({ path, ...rest }) => ({
    path: path === '' ? 'config' : `config.${path}`,
    ...rest,
  }));
  throw new AppError('ALERTMANAGER_CONFIG_INVALID', {
    line: first.line,
    column: first.column,
    why: first.path === '' ? first.message : `${first.path}: ${first.message}`,
    faults,
  });
}

/** Go's zero time, which its programs write for a time that is not set. */
const ZERO_TIME = Temporal.Instant.from('0001-01-01T00:00:00Z');

function momentOf(text: string | undefined): Temporal.Instant | null {
  const moment = text === undefined ? null : Temporal.Instant.from(text);
  return moment === null || Temporal.Instant.compare(moment, ZERO_TIME) <= 0 ? null : moment;
}

function silencesOf(given: z.output<typeof routingPreviewBody>['silences']): readonly Silence[] {
  const faults: Fault[] = [];
  const silences = given.map(({ id, matchers, startsAt, endsAt, createdBy, comment }, index): Silence => {
    const ours = matchers.map(matcherOf);
    for (const { path, message } of matcherFaults(ours)) faults.push({ path: `silences.${index}.${path}`, message });
    return {
      id: id ?? `silences[${index}]`,
      matchers: ours,
      startsAt: Temporal.Instant.from(startsAt),
      endsAt: Temporal.Instant.from(endsAt),
      createdBy,
      comment,
      integrationId: null,
    };
  });
  if (faults.length > 0) throw new AppError('BODY_INVALID', { faults: faults.slice(0, 50) });
  return silences;
}

function placeIn(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
