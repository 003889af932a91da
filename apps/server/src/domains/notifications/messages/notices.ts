import type { Instant, MailText, PageSummary, Reader } from './facts.ts';
import { setMail } from './mail.ts';
import { headline } from './page.ts';
import { oneLine, readerClock, severityName, span } from './words.ts';

/** The quiet mail to who was told of a page that is over. */
export function resolvedMail(notice: {
  readonly page: PageSummary;
  readonly reader: Reader;
  readonly open: string;
  readonly now: Instant;
}): MailText {
  const { page, reader, open, now } = notice;
  const clock = readerClock(reader.zone, now);
  const at = page.resolvedAt ?? now;
  return setMail({
    subject: `Resolved: ${severityName(page.severity)} ${headline(page)}`,
    heading: `Resolved: ${oneLine(page.title)}`,
    lead: 'Nothing to do.',
    rows: [
      ...(page.service === null ? [] : [{ name: 'Where', value: oneLine(page.service) }]),
      { name: 'From', value: clock.named(page.since) },
      { name: 'Until', value: `${clock.time(at)}, after ${span(page.since, at)}` },
    ],
    action: null,
    sections: [],
    footer: `Page ${page.number}`,
    open,
  });
}

/** The mail of a test that the person asked for. */
export function testMail(notice: {
  readonly reader: Reader;
  readonly method: string;
  readonly open: string;
  readonly now: Instant;
}): MailText {
  const { reader, method, open, now } = notice;
  return setMail({
    subject: 'Test: this is how Tocsin reaches you',
    heading: 'This is a test',
    lead: 'You asked for it. Nothing is wrong.',
    rows: [
      { name: 'For', value: oneLine(reader.name) },
      { name: 'By', value: oneLine(method) },
      { name: 'Asked', value: readerClock(reader.zone, now).named(now) },
    ],
    action: null,
    sections: [],
    footer: 'How you are reached',
    open,
  });
}

/** What can be wrong with Tocsin itself or with a policy, so that somebody must know. */
export interface AlarmNotice {
  readonly kind: string;
  /** What it concerns, in words: a page's title, a queue's name. */
  readonly subject: string | null;
  readonly reader: Reader;
  readonly open: string;
  readonly now: Instant;
}

const ALARMS: Readonly<Record<string, readonly [title: string, lead: string]>> = {
  'nobody-at-all': [
    'Nobody can be reached',
    'A page is open and neither its policy nor the last resort leads to a person who can be reached.',
  ],
  'last-resort-empty': [
    'Nobody answered and the last resort is empty',
    'A page went through all rounds of its policy without an answer, and the last resort leads to nobody.',
  ],
  'channel-exhausted': [
    'A page could not be delivered',
    'Every method of a person failed for a page. It was escalated at once.',
  ],
  'texts-stopped': [
    'A phone gets no more texts',
    'STOP was sent from it. Pages reach its owner by their other ways, or not at all where there are none. To undo it text START to the same number, then add the number again.',
  ],
  'many-pages-by-phone': [
    'Unusually many pages by phone',
    'Within an hour more pages than usual went to one country by text or call. None was held back. See what they cost.',
  ],
  'too-many-open-alerts': [
    'An integration has very many open alerts',
    'Its alerts are taken until the limit of open alerts; then its sender is told to come again later. Look for a sender that puts what changes, such as a time or an id, into the labels.',
  ],
  'webhook-switched-off': [
    'A webhook subscription was switched off',
    'Its receiver said that it wants no more (410), or took nothing for five days. What failed can be sent again once it is mended.',
  ],
  'page-stalled': ['A page has stalled', 'A page should have been sent and was not.'],
};

/** An alarm's title. */
export function alarmTitle(kind: string): string {
  return ALARMS[kind]?.[0] ?? `Tocsin needs attention (${oneLine(kind, 60)})`;
}

/** What an alarm means; null for one of a later version. */
export function alarmWords(kind: string): string | null {
  return ALARMS[kind]?.[1] ?? null;
}

/** The mail of an alarm about Tocsin itself. */
export function alarmMail({ kind, subject, reader, open, now }: AlarmNotice): MailText {
  const title = alarmTitle(kind);
  return setMail({
    subject: `Tocsin alarm: ${title}`,
    heading: title,
    lead: alarmWords(kind),
    rows: [
      ...(subject === null ? [] : [{ name: 'What', value: oneLine(subject) }]),
      { name: 'Seen', value: readerClock(reader.zone, now).named(now) },
    ],
    action: null,
    sections: [],
    footer: 'Open Tocsin',
    open,
  });
}
