import PostalMime, { type Email } from 'postal-mime';
import { cleanLabels, labelHash, storable } from '#alerts';
import { cut } from '../mapping/text.ts';
import { type ReadLine, readLine } from '../mapping/words.ts';
import { type Integration, NEVER_ENDS_MS, type ReadBody, unreadable } from '../model.ts';

/** Deepest nesting of MIME parts that is read. */
const MOST_DEPTH = 20;
/** Bytes of headers that are read, those of all parts together. */
const MOST_HEADERS = 256 * 1024;
/** Mails before this one that are looked up to find its thread. */
const MOST_REFERENCES = 20;
const LONGEST_TEXT = 8_000;
/** Bytes of HTML that are looked at for text. */
const LONGEST_HTML = 100_000;

/**
 * What is read of a mail: its text stands before its attachments. The parser takes 30 µs for a line however short (5 MB of
 * them took 45 s), and may not hold up a page.
 */
const MOST_BYTES = 256 * 1024;
const MOST_LINES = 3_000;

/** What a mail says that matters to an alert. */
export interface Mail {
  readonly subject: string;
  readonly line: ReadLine;
  readonly text: string;
  readonly from: string;
  readonly messageId: string | null;
  /** The mails that this one answers to, the nearest first. */
  readonly answersTo: readonly string[];
}

/** Reads a mail; null for what is none, or says nothing. */
export async function readMail(raw: Buffer): Promise<Mail | null> {
  const mail = await PostalMime.parse(beginningOf(raw), {
    maxNestingDepth: MOST_DEPTH,
    maxHeadersSize: MOST_HEADERS,
    maxRfc822NestingDepth: 2,
  }).catch(() => null);
  if (!mail) return null;
  const text = textOf(mail);
  const subject = mail.subject?.trim() ?? '';
  const firstLine = text.split('\n', 1)[0] ?? '';
  if (subject === '' && firstLine === '') return null;
  const from = mail.from && 'address' in mail.from ? (mail.from.address ?? '') : '';
  return {
    subject: subject.slice(0, 1_000),
    line: readLine(subject || firstLine),
    text,
    from: cut(from.toLowerCase(), 300),
    messageId: idsIn(mail.messageId)[0] ?? null,
    answersTo: [...new Set([...idsIn(mail.inReplyTo), ...idsIn(mail.references).reverse()])].slice(0, MOST_REFERENCES),
  };
}

function beginningOf(raw: Buffer): Buffer {
  let end = -1;
  for (let lines = 0; lines < MOST_LINES; lines += 1) {
    end = raw.indexOf(0x0a, end + 1);
    if (end === -1) return raw.subarray(0, MOST_BYTES);
  }
  return raw.subarray(0, Math.min(end + 1, MOST_BYTES));
}

/** Which alert a mail is about when no thread says it: problem and recovery share sender and subject. */
export function identityOfMail({ line, from }: Pick<Mail, 'line' | 'from'>): string {
  return labelHash(`mail\0${from}\0${line.key}\0`);
}

/** A mail as the event of an alert. Its thread, where it has one, says which. */
export function mailEvent(mail: Mail, identity: string, integration: Integration, nowMs: number): ReadBody {
  const { subject, line, from, text } = mail;
  const severity = /\b(critical|warning)\b/i.exec(subject)?.[1];
  const cleaned = cleanLabels({
    alertname: line.title.slice(0, 200) || 'Mail',
    ...(from === '' ? {} : { sender: from }),
    ...(severity === undefined ? {} : { severity: severity.toLowerCase() }),
  });
  if (!cleaned.ok) return unreadable(cleaned.error.message);
  const status = line.status ?? 'firing';
  const event = {
    integrationId: integration.id,
    labels: cleaned.labels,
    annotations: { summary: line.title, description: text },
    generatorUrl: null,
    status,
    startsAtMs: nowMs,
    endsAtMs: status === 'firing' ? NEVER_ENDS_MS : nowMs,
    endsAtIsTimeout: false,
    resends: false,
    identity,
  };
  return { events: [event], places: [0], refused: [], ignored: 0 };
}

function textOf({ text, html }: Email): string {
  const plain = text?.trim() ? text : htmlText(html ?? '');
  return storable(
    cut(
      plain
        .replaceAll('\r', '')
        .replaceAll(/\n{3,}/g, '\n\n')
        .trim(),
      LONGEST_TEXT,
    ),
  );
}

/** The words of an HTML mail, for people to read as text: it is never shown as HTML. */
function htmlText(html: string): string {
  return html
    .slice(0, LONGEST_HTML)
    .replaceAll(/<(style|script|head)\b[^<>]*>[^]*?(?:<\/\1>|$)/gi, ' ')
    .replaceAll(/<(?:br|\/p|\/div|\/tr|\/h[1-6]|\/li)\b[^<>]*>/gi, '\n')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(nbsp|amp|lt|gt|quot);/g, (_, name: string) => ENTITIES[name] as string)
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n');
}

const ENTITIES: Readonly<Record<string, string>> = { nbsp: ' ', amp: '&', lt: '<', gt: '>', quot: '"' };

/** Message-IDs in a header, in their order. */
function idsIn(header: string | undefined): string[] {
  return header?.slice(0, 20_000).match(/<[^<>\s]{3,500}>/g) ?? [];
}
