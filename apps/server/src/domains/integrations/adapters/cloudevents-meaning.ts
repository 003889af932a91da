import { cleanLabels, type InboundEvent, labelHash, storable } from '#alerts';
import type { ChangeKind, ToldChange } from '#changes';
import { fieldOf, isObject } from '../json-object.ts';
import { guess, type Guess } from '../mapping/guess.ts';
import { statusOf } from '../mapping/words.ts';
import { NEVER_ENDS_MS } from '../model.ts';
import type { CloudEvent } from './cloudevents.ts';

/** What an event means here: an alert's problem or end, a change, or nothing by its own word. */
export type Meaning =
  | { readonly kind: 'alert'; readonly event: InboundEvent }
  | { readonly kind: 'change'; readonly change: ToldChange }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly reason: string };

const LONGEST_LABEL = 200;
/** The end of a type that says what was done to what runs. */
const DONE = /[._/-](deployed|undeployed|rolledback|upgraded|downgraded|promoted|released|merged)$/i;
/** CDEvents speak of deliveries; what they say of incidents and tickets is trouble. */
const CDEVENTS = /^dev\.cdevents\.(?!incident\.|ticket\.)([a-z]+)\./i;
const KINDS: Readonly<Record<string, ChangeKind>> = Object.assign(Object.create(null), {
  ...{ service: 'deploy', change: 'code', branch: 'code', repository: 'code', artifact: 'release' },
  ...{ environment: 'infrastructure', build: 'pipeline', pipelinerun: 'pipeline', taskrun: 'pipeline' },
});

/**
 * What a CloudEvent means (docs/guide/connect-pagerduty-cloudevents-github.md). The specification says how events are
 * carried, not what they mean, so common names count: the state is the one in the data, else the last word of the type;
 * what says no state fires. Which alert it is: the source with the data's own key, else with the subject and the type
 * without its state.
 */
export function meaningOf(event: CloudEvent, at: { readonly integrationId: string; readonly nowMs: number }): Meaning {
  const data = isObject(event.data) ? event.data : Object.create(null);
  const told = guess(data);
  const type = typeOf(event.type);
  if (told.severity === null && isChange(type.whole)) return { kind: 'change', change: changeOf(event, type.whole) };
  const status = told.status ?? type.status ?? 'firing';
  if (status === 'ignored') return { kind: 'ignored' };
  const cleaned = cleanLabels(labelsOf(event, told, type.base));
  if (!cleaned.ok) return { kind: 'refused', reason: cleaned.error.message };
  return {
    kind: 'alert',
    event: {
      integrationId: at.integrationId,
      labels: cleaned.labels,
      annotations: annotationsOf(event, told),
      generatorUrl: told.link === null ? null : storable(told.link),
      status,
      // An end counts as later than any start: the process that took the problem may have a clock a little ahead of ours.
      startsAtMs: status === 'resolved' ? NEVER_ENDS_MS : at.nowMs,
      endsAtMs: status === 'resolved' ? at.nowMs : NEVER_ENDS_MS,
      endsAtIsTimeout: false,
      resends: false,
      ...(status === 'resolved' ? { keepsText: true as const } : {}),
      identity: identityOf(event, told, type.base),
    },
  };
}

/** A type without the version at its end, and without the state before that. */
function typeOf(type: string) {
  const whole = type.replace(/(?:\.v?\d+)+(?:-[\w.]+)?$/i, '') || type;
  const at = Math.max(...['.', '/', '_', '-'].map((joint) => whole.lastIndexOf(joint)));
  const status = statusOf(whole.slice(at + 1));
  return { whole, status, base: status === null || at <= 0 ? whole : whole.slice(0, at) };
}

function identityOf({ source, subject }: CloudEvent, told: Guess, base: string): string {
  const key = told.dedupKey === null ? ['of', subject ?? '', base] : ['key', told.dedupKey];
  return labelHash(JSON.stringify(['cloudevents', source, ...key]));
}

/** The sender's own labels first; what the envelope says fills the gaps. */
function labelsOf(event: CloudEvent, told: Guess, base: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  for (const [name, value] of told.labels) labels[name] = short(value);
  const add = (name: string, value: string | null | undefined) => {
    if (value && !labels[name]) labels[name] = short(value);
  };
  add('alertname', base);
  add('severity', told.severity ?? severityOf(event.extensions));
  add('service', told.service ?? event.extensions['service']);
  add('source', event.source);
  add('subject', event.subject);
  add('type', event.type);
  return labels;
}

/** The severity that the extension of that name gives: words, or numbers as OpenTelemetry counts them. */
function severityOf(extensions: Readonly<Record<string, string>>): string | null {
  const word = extensions['severity'] ?? extensions['severitytext'];
  if (word !== undefined) return word;
  const number = Number(extensions['severitynumber'] ?? Number.NaN);
  if (!(number >= 1)) return null;
  return number >= 21 ? 'critical' : number >= 17 ? 'error' : number >= 13 ? 'warning' : 'info';
}

function annotationsOf(event: CloudEvent, told: Guess): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = Object.create(null);
  const about = event.subject === null ? event.type : `${event.type}: ${event.subject}`;
  annotations['summary'] = told.title ?? (typeof event.data === 'string' ? event.data.slice(0, 300) : about);
  if (told.description !== null) annotations['description'] = told.description;
  for (const name of Object.keys(event.extensions)) annotations[name] ??= event.extensions[name] as string;
  if (event.timeMs !== null) annotations['time'] = Temporal.Instant.fromEpochMilliseconds(event.timeMs).toString();
  return annotations;
}

function isChange(type: string): boolean {
  return CDEVENTS.test(type) || DONE.test(type);
}

function changeOf(event: CloudEvent, type: string): ToldChange {
  const data = isObject(event.data) ? event.data : Object.create(null);
  const subject = part(data, 'subject');
  const content = part(subject, 'content');
  const noun = CDEVENTS.exec(type)?.[1]?.toLowerCase();
  const text = (...names: readonly string[]) =>
    names.map((name) => fieldOf(data, name) ?? fieldOf(content, name)).find((found) => found !== null) ?? null;
  const about = event.subject ?? fieldOf(subject, 'id');
  return {
    sourceId: JSON.stringify(['cloudevents', event.source, event.id]),
    kind: noun === undefined ? (/merged$/i.test(type) ? 'code' : 'deploy') : (KINDS[noun] ?? 'other'),
    summary: text('summary', 'title', 'message') ?? (about === null ? type : `${type}: ${about}`),
    service: text('service') ?? (noun === 'service' ? about : null),
    environment: fieldOf(part(content, 'environment'), 'id') ?? text('environment', 'env'),
    author: text('author', 'user', 'triggeredBy'),
    deployId: text('deployId', 'deploymentId', 'deploy_id') ?? event.id,
    revision: text('revision', 'commit', 'sha', 'version', 'artifactId'),
    status: text('outcome', 'status', 'state'),
    links: ['url', 'link', 'uri'].flatMap((name) => {
      const href = text(name);
      return href === null ? [] : [{ href, text: null }];
    }),
    details: { source: event.source, type: event.type },
    atMs: event.timeMs,
    statusAtMs: event.timeMs,
  };
}

function part(object: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return isObject(value) ? value : Object.create(null);
}

const short = (text: string) => storable(text.slice(0, LONGEST_LABEL)).trim();
