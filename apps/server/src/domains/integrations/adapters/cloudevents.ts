import { parseRfc3339 } from '#platform/clock';
import { isShallow, MOST_DEPTH } from '../bounds.ts';
import { isObject } from '../json-object.ts';
import type { RefusedItem } from '../model.ts';

/** A CloudEvent 1.0, however it was carried. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  /** Epoch milliseconds; null when it names none that can be read. */
  readonly timeMs: number | null;
  /** Attributes that are not part of the specification, as texts. */
  readonly extensions: Readonly<Record<string, string>>;
  /** JSON as read, a text, or null for nothing and for other bytes. */
  readonly data: unknown;
}

/** An event with its place in the request. */
export interface PlacedEvent {
  readonly place: number;
  readonly event: CloudEvent;
}

/** The events of a request, or the status and reason that refuse it whole. */
export type ReadCloudEvents =
  | { readonly ok: true; readonly events: readonly PlacedEvent[]; readonly refused: readonly RefusedItem[] }
  | { readonly ok: false; readonly status: 400 | 415; readonly reason: string };

/** Events of one batch at most. */
const MOST_EVENTS = 200;
const LONGEST_ATTRIBUTE = 1_000;
const MOST_EXTENSIONS = 40;
const CORE = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema']);

type Fields = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Reads a request in binary, structured or batched mode (wire-formats.md section 10). Bad events of a batch are named. */
export function readCloudEvents({
  headers,
  body,
}: {
  readonly headers: Headers;
  readonly body: Buffer;
}): ReadCloudEvents {
  const header = headers['content-type'];
  const media = (typeof header === 'string' ? header : '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (media === 'application/cloudevents-batch+json') return readBatch(body);
  if (media === 'application/cloudevents+json' || media === 'application/cloudevents') return readStructured(body);
  if (media.startsWith('application/cloudevents'))
    return { ok: false, status: 415, reason: `${media}: only the JSON format is understood` };
  if (headers['ce-specversion'] === undefined)
    return {
      ok: false,
      status: 415,
      reason: 'no CloudEvent: neither ce-specversion nor a content type of CloudEvents',
    };
  return one(readBinary(headers, media, body));
}

function readBatch(body: Buffer): ReadCloudEvents {
  const json = parseJson(body);
  if (!json.ok) return { ok: false, status: 400, reason: json.reason };
  if (!Array.isArray(json.value)) return { ok: false, status: 400, reason: 'a batch must be an array of events' };
  if (json.value.length > MOST_EVENTS) return { ok: false, status: 400, reason: `more than ${MOST_EVENTS} events` };
  const events: PlacedEvent[] = [];
  const refused: RefusedItem[] = [];
  json.value.forEach((item: unknown, place) => {
    const event = fromJson(item);
    if (typeof event === 'string') refused.push({ index: place, reason: event });
    else events.push({ place, event });
  });
  return { ok: true, events, refused };
}

function readStructured(body: Buffer): ReadCloudEvents {
  const json = parseJson(body);
  return json.ok ? one(fromJson(json.value)) : { ok: false, status: 400, reason: json.reason };
}

function one(event: CloudEvent | string): ReadCloudEvents {
  return typeof event === 'string'
    ? { ok: false, status: 400, reason: event }
    : { ok: true, events: [{ place: 0, event }], refused: [] };
}

function readBinary(headers: Headers, media: string, body: Buffer): CloudEvent | string {
  const attributes: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(headers))
    if (name.startsWith('ce-')) attributes[name.slice(3)] = decode(headers[name]);
  const data = dataOf(body, media);
  return data.ok ? eventOf(attributes, data.value) : data.reason;
}

/** Header values are percent-encoded; one that is not stands as it is. */
function decode(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return decodeURIComponent(value);
  } catch {
    // A lone % is no code, and a sender that writes one means it.
    return value;
  }
}

function fromJson(item: unknown): CloudEvent | string {
  if (!isObject(item)) return 'an event must be an object';
  const { data, data_base64: base64, ...attributes } = item;
  if (base64 === undefined || base64 === null) return eventOf(attributes, data ?? null);
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return 'data_base64 must be base64';
  const type = attributes['datacontenttype'];
  const decoded = dataOf(Buffer.from(base64, 'base64'), typeof type === 'string' ? type : 'application/json');
  return decoded.ok ? eventOf(attributes, decoded.value) : decoded.reason;
}

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

function dataOf(body: Buffer, contentType: string): Read {
  const media = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (body.length === 0) return { ok: true, value: null };
  if (media === '' || /[/+]json$/.test(media)) return parseJson(body);
  return { ok: true, value: media.startsWith('text/') || media.endsWith('+xml') ? body.toString('utf8') : null };
}

function parseJson(body: Buffer): Read {
  if (!isShallow(body)) return { ok: false, reason: `nested deeper than ${MOST_DEPTH} levels` };
  try {
    return { ok: true, value: JSON.parse(body.toString('utf8')) };
  } catch (error) {
    return { ok: false, reason: `not JSON: ${(error as Error).message}`.slice(0, 300) };
  }
}

function eventOf(attributes: Fields, data: unknown): CloudEvent | string {
  const texts: Record<string, string> = Object.create(null);
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value === null || value === undefined) continue;
    if (typeof value === 'object') return `attribute ${name.slice(0, 100)} must be a text, a number or a boolean`;
    const text = String(value as string | number | boolean);
    if (text.length > LONGEST_ATTRIBUTE)
      return `attribute ${name.slice(0, 100)} is longer than ${LONGEST_ATTRIBUTE} characters`;
    texts[name] = text;
  }
  if (texts['specversion'] !== '1.0') return 'specversion must be 1.0';
  const { id, source, type } = texts;
  if (!id || !source || !type) return 'id, source and type are needed';
  const names = Object.keys(texts).filter((name) => !CORE.has(name));
  const timeMs = texts['time'] === undefined ? Number.NaN : parseRfc3339(texts['time']);
  return {
    ...{ id, source, type, data },
    subject: texts['subject'] || null,
    timeMs: Number.isNaN(timeMs) ? null : timeMs,
    extensions: Object.assign(
      Object.create(null),
      Object.fromEntries(names.slice(0, MOST_EXTENSIONS).map((name) => [name, texts[name]])),
    ),
  };
}
