import { cleanLabels, type InboundEvent, labelHash, storable } from '#alerts';
import { fieldOf, isObject, readObject } from '../json-object.ts';
import { type Integration, NEVER_ENDS_MS } from '../model.ts';
import { colorMeaning } from './slack-color.ts';
import { slackIdentity, slackStatus, slackTitle } from './slack-title.ts';

/** A message as events, or Slack's word for what is wrong with it. */
export type ReadSlack =
  | { readonly ok: true; readonly events: readonly InboundEvent[] }
  | { readonly ok: false; readonly word: 'invalid_payload' | 'no_text' | 'too_many_attachments' };

/** Slack's own limit. */
const MOST_ATTACHMENTS = 100;
const LONGEST_LABEL = 200;
/** Longer ones are cut before patterns look at them, whose time grows with the square of the length. */
const LONGEST_TITLE = 1_000;
const LONGEST_FALLBACK = 4_000;
const LONGEST_URL = 2_048;
/** Parts of one message that may become labels. */
const MOST_FIELDS = 40;

type Fields = Readonly<Record<string, unknown>>;

/** One thing that a message tells of. */
interface Told {
  readonly title: string;
  readonly text: string | null;
  readonly fallback: string | null;
  readonly link: string | null;
  readonly color: string | null;
  readonly fields: readonly Fields[];
}

/**
 * Reads a message to a Slack incoming webhook: JSON, or a form whose field `payload` is JSON. Each attachment with a
 * title is an alert of its own; without titles the message is one. Colour `good` and words such as [RESOLVED] in front
 * resolve what the same title (slack-title.ts) opened before; a message names no end, so nothing else ends it.
 */
export function readSlack(
  body: Buffer,
  context: {
    readonly contentType: string | null;
    readonly integration: Pick<Integration, 'id'>;
    readonly nowMs: number;
  },
): ReadSlack {
  const json = /^application\/x-www-form-urlencoded/i.test(context.contentType ?? '') ? payloadOf(body) : body;
  const read = json === null ? null : readObject(json);
  if (!read?.ok) return { ok: false, word: 'invalid_payload' };
  const message = read.object;
  const attachments = (Array.isArray(message['attachments']) ? message['attachments'] : []).filter(isObject);
  if (attachments.length > MOST_ATTACHMENTS) return { ok: false, word: 'too_many_attachments' };
  const told = toldBy(message, attachments);
  if (told.length === 0) return { ok: false, word: 'no_text' };
  const place = placeOf(message);
  return { ok: true, events: told.flatMap((one) => eventOf(one, { ...context, place })) };
}

/** The form field `payload`. Read by hand: a body may hold many other fields, and only the first counts. */
function payloadOf(body: Buffer): Buffer | null {
  const payload = new URLSearchParams(body.toString('utf8')).get('payload');
  return payload === null ? null : Buffer.from(payload, 'utf8');
}

function toldBy(message: Fields, attachments: readonly Fields[]): readonly Told[] {
  const text = fieldOf(message, 'text') ?? textOfBlocks(message['blocks']);
  const titled = attachments.filter((attachment) => fieldOf(attachment, 'title') !== null);
  if (titled.length > 0) return titled.map((attachment) => toldByAttachment(attachment, text));
  const [first] = attachments;
  if (!first) return text === null ? [] : [{ ...NOTHING, title: lineOf(text), text }];
  const own = toldByAttachment(first, text);
  return own.title === '' ? [] : [{ ...own, text: text ?? own.text }];
}

const NOTHING: Omit<Told, 'title'> = { text: null, fallback: null, link: null, color: null, fields: [] };

function toldByAttachment(attachment: Fields, text: string | null): Told {
  const words = ['title', 'pretext', 'text', 'fallback'].map((name) => fieldOf(attachment, name));
  const inner = fieldOf(attachment, 'text') ?? fieldOf(attachment, 'pretext') ?? textOfBlocks(attachment['blocks']);
  const named = words[0] ?? text ?? words.find((word) => word !== null) ?? inner ?? '';
  const fields = Array.isArray(attachment['fields']) ? attachment['fields'].filter(isObject) : [];
  return {
    title: lineOf(named),
    text: inner ?? text,
    fallback: fieldOf(attachment, 'fallback')?.slice(0, LONGEST_FALLBACK) ?? null,
    link: fieldOf(attachment, 'title_link'),
    color: fieldOf(attachment, 'color'),
    fields: fields.slice(0, MOST_FIELDS),
  };
}

/** The texts of Block Kit's headers and sections, for messages that hold nothing else. */
function textOfBlocks(blocks: unknown): string | null {
  if (!Array.isArray(blocks)) return null;
  const texts = blocks.slice(0, 50).flatMap((block) => {
    const text: unknown = isObject(block) ? block['text'] : null;
    return (isObject(text) ? fieldOf(text, 'text') : null) ?? [];
  });
  return texts.join('\n').trim() || null;
}

const lineOf = (text: string) => (text.trim().split('\n', 1)[0] as string).slice(0, LONGEST_TITLE).trim();

type Place = Readonly<Record<'channel' | 'username', string>>;

function placeOf(message: Fields): Place {
  return { channel: short(fieldOf(message, 'channel')), username: short(fieldOf(message, 'username')) };
}

function eventOf(
  told: Told,
  context: { readonly integration: Pick<Integration, 'id'>; readonly nowMs: number; readonly place: Place },
): readonly InboundEvent[] {
  const { nowMs, place } = context;
  const title = slackTitle(told.title);
  const resolved = slackStatus(told) === 'resolved';
  const cleaned = cleanLabels(labelsOf(told, title, place));
  if (!cleaned.ok) return [];
  return [
    {
      integrationId: context.integration.id,
      labels: cleaned.labels,
      annotations: annotationsOf(told, title),
      generatorUrl: urlOf(told.link),
      status: resolved ? 'resolved' : 'firing',
      startsAtMs: nowMs,
      endsAtMs: resolved ? nowMs : NEVER_ENDS_MS,
      endsAtIsTimeout: false,
      resends: false,
      identity: labelHash(['slack', place.channel, slackIdentity(told)].join('\0')),
    },
  ];
}

function labelsOf(told: Told, title: string, place: Place): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  labels['alertname'] = short(title) || 'Slack message';
  Object.assign(labels, place);
  const meaning = colorMeaning(told.color);
  labels['severity'] = meaning === 'error' || meaning === 'warning' ? meaning : '';
  for (const field of told.fields) {
    const name = (fieldOf(field, 'title') ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
    const value = fieldOf(field, 'value') ?? '';
    if (name !== '' && name.length <= 64 && value.length <= LONGEST_LABEL && !value.includes('\n')) {
      // The sender's own word for how bad it is beats the colour; nothing else of ours is replaced.
      if (labels[name] === undefined || labels[name] === '' || name === 'severity') labels[name] = value;
    }
  }
  return labels;
}

function annotationsOf(told: Told, title: string): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = Object.create(null);
  if (title !== '') annotations['title'] = title;
  if (told.text !== null && told.text !== told.title) annotations['description'] = told.text;
  for (const field of told.fields) {
    const name = fieldOf(field, 'title');
    const value = fieldOf(field, 'value');
    if (name !== null && value !== null && !Object.hasOwn(annotations, name)) annotations[name] = value;
  }
  return annotations;
}

const short = (text: string | null) => (text ?? '').slice(0, LONGEST_LABEL).trim();

/** The link back, kept only when it is http(s). */
function urlOf(link: string | null): string | null {
  return link !== null && link.length <= LONGEST_URL && /^https?:\/\//i.test(link) ? storable(link) : null;
}
