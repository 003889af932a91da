import { createHash } from 'node:crypto';
import type { RenderedMessage, SpokenMessage } from './adapters/channel.ts';
import { type EventText, foldedEvent, noticeEvent, pageEvent, resolvedEvent } from './messages/event.ts';
import type { Instant, MailText, PageFacts, PageSummary, Reader } from './messages/facts.ts';
import { type FoldItem, foldedKinds, foldedMail, foldedPages } from './messages/folded.ts';
import { alarmMail, alarmTitle, resolvedMail, testMail } from './messages/notices.ts';
import { alarmNote, foldedNote, type NoteText, pageNote, resolvedNote, testNote, verifyNote } from './messages/note.ts';
import { headline, type PageMessage, pageMail, pageText, updateMail } from './messages/page.ts';
import { alarmSms, foldedSms, pageSms, resolvedSms, testSms, verifySms } from './messages/sms.ts';
import { alarmSpoken, foldedSpoken, pageSpoken, resolvedSpoken, testSpoken, verifySpoken } from './messages/spoken.ts';
import { count, oneLine, severityName } from './messages/words.ts';
import type { Id, StoredReason } from './model.ts';

/** What is to be told, with all that the words need. */
export type Telling =
  | { readonly kind: 'page' | 'update'; readonly facts: PageFacts; readonly why: string; readonly reason: StoredReason }
  | { readonly kind: 'resolved'; readonly page: PageSummary }
  | {
      readonly kind: 'alarm';
      readonly alarm: string;
      readonly page: PageSummary | null;
      /** What it is about where that is no page. */
      readonly subject?: string;
    }
  | { readonly kind: 'test'; readonly method: string }
  | { readonly kind: 'verify'; readonly method: string; readonly code: string }
  | { readonly kind: 'folded'; readonly items: readonly FoldItem[] };

/** To whom, in which form, with which links. */
export interface RenderContext {
  readonly format: RenderedMessage['format'];
  readonly reader: Reader;
  /** Where people reach Tocsin, without a slash at its end. */
  readonly baseUrl: string;
  /** The reply link for a page; null where the reader cannot answer. */
  readonly replyTo: (groupId: Id) => string | null;
  readonly now: Instant;
}

/** Renders a message once, at its first claim. */
export function render(telling: Telling, context: RenderContext): RenderedMessage {
  switch (context.format) {
    case 'mail': {
      const mail = mailOf(telling, context);
      return {
        format: 'mail',
        ...mail,
        thread: threadOf(telling),
        urgent: telling.kind === 'page' || telling.kind === 'alarm',
      };
    }
    case 'event':
      return { format: 'event', ...eventOf(telling, context) };
    case 'text':
      return { format: 'text', text: textOf(telling, context) };
    case 'note':
      return { format: 'note', ...noteOf(telling, context), thread: threadOf(telling) };
    case 'sms':
      return { format: 'sms', text: smsOf(telling, context) };
    case 'spoken':
      return spokenOf(telling);
  }
}

function pageUrl(context: RenderContext, page: PageSummary): string {
  return `${context.baseUrl}/pages/${page.number}`;
}

function subjectOf({ page, subject }: Extract<Telling, { kind: 'alarm' }>): string | null {
  return page ? headline(page) : subject === undefined ? null : oneLine(subject);
}

function pageMessage(telling: Extract<Telling, { facts: PageFacts }>, context: RenderContext): PageMessage {
  const { facts, why } = telling;
  const links = { reply: context.replyTo(facts.groupId), open: pageUrl(context, facts) };
  return { facts, why, reader: context.reader, links, now: context.now };
}

function mailOf(telling: Telling, context: RenderContext): MailText {
  const { reader, now, baseUrl } = context;
  switch (telling.kind) {
    case 'page':
      return pageMail(pageMessage(telling, context));
    case 'update':
      return updateMail({ ...pageMessage(telling, context), joined: joinedOf(telling.reason) });
    case 'resolved':
      return resolvedMail({ page: telling.page, reader, open: pageUrl(context, telling.page), now });
    case 'alarm':
      return alarmMail({
        kind: telling.alarm,
        subject: subjectOf(telling),
        reader,
        open: telling.page ? pageUrl(context, telling.page) : `${baseUrl}/pages`,
        now,
      });
    case 'test':
      return testMail({ reader, method: telling.method, open: `${baseUrl}/me`, now });
    case 'verify':
      return verifyMail(telling, context);
    case 'folded':
      return foldedMail({ items: telling.items, reader, open: `${baseUrl}/pages`, now });
  }
}

function verifyMail({ method, code }: Extract<Telling, { kind: 'verify' }>, context: RenderContext): MailText {
  const mail = testMail({ reader: context.reader, method, open: `${context.baseUrl}/me`, now: context.now });
  const words = `Code: ${code}`;
  return {
    subject: 'Confirm this address for Tocsin',
    text: `${words}\n\nEnter it where you added this address. Who did not ask for it can ignore this mail.\n\n${mail.text.split('\n\n').slice(2).join('\n\n')}`,
    html: mail.html
      .replace('You asked for it. Nothing is wrong.', `${words}. Enter it where you added this address.`)
      .replace('This is a test', 'Confirm this address'),
  };
}

function eventOf(telling: Telling, context: RenderContext): EventText {
  const { now } = context;
  switch (telling.kind) {
    case 'page':
    case 'update': {
      const { facts, reason } = telling;
      const type = telling.kind === 'page' ? 'page.called' : 'page.updated';
      return pageEvent({
        type,
        facts,
        reason,
        reply: context.replyTo(facts.groupId),
        open: pageUrl(context, facts),
        now,
      });
    }
    case 'resolved':
      return resolvedEvent({ page: telling.page, open: pageUrl(context, telling.page), now });
    case 'alarm':
      return noticeEvent({ type: 'alarm', kind: telling.alarm, subject: subjectOf(telling), now });
    case 'test':
      return noticeEvent({ type: 'test', kind: null, subject: null, now });
    case 'verify':
      return noticeEvent({ type: 'test', kind: 'verify', subject: telling.code, now });
    case 'folded':
      return foldedEvent({ items: telling.items, urlOf: (page) => pageUrl(context, page), now });
  }
}

function textOf(telling: Telling, context: RenderContext): string {
  switch (telling.kind) {
    case 'page':
      return pageText(pageMessage(telling, context));
    case 'update':
      return `Update: ${pageText(pageMessage(telling, context))}`;
    case 'resolved':
      return `Resolved: ${severityName(telling.page.severity)} ${headline(telling.page)}. Nothing to do.`;
    case 'alarm':
      return [`Tocsin alarm: ${alarmTitle(telling.alarm)}`, ...[subjectOf(telling) ?? []].flat()].join('. ');
    case 'test':
      return 'This is a test from Tocsin. You asked for it. Nothing is wrong.';
    case 'verify':
      return `Tocsin code: ${telling.code}`;
    case 'folded':
      return foldedText(telling.items, context);
  }
}

function noteOf(telling: Telling, context: RenderContext): NoteText {
  const { reader, now, baseUrl } = context;
  switch (telling.kind) {
    case 'page':
    case 'update':
      return pageNote({ ...pageMessage(telling, context), kind: telling.kind, joined: joinedOf(telling.reason) });
    case 'resolved':
      return resolvedNote({ page: telling.page, reader, open: pageUrl(context, telling.page), now });
    case 'alarm': {
      const { alarm, page } = telling;
      return alarmNote({
        alarm,
        page,
        subject: subjectOf(telling),
        reader,
        open: page ? pageUrl(context, page) : `${baseUrl}/pages`,
        now,
      });
    }
    case 'test':
      return testNote({ reader, method: telling.method, open: `${baseUrl}/me`, now });
    case 'verify':
      return verifyNote({ code: telling.code, reader, open: `${baseUrl}/me` });
    case 'folded':
      return foldedNote({ items: telling.items, reader, open: `${baseUrl}/pages`, now });
  }
}

function smsOf(telling: Telling, context: RenderContext): string {
  switch (telling.kind) {
    case 'page':
    case 'update':
      return pageSms({ ...pageMessage(telling, context), update: telling.kind === 'update' });
    case 'resolved':
      return resolvedSms(telling.page);
    case 'alarm':
      return alarmSms(alarmTitle(telling.alarm), telling.page, telling.page === null ? subjectOf(telling) : null);
    case 'test':
      return testSms();
    case 'verify':
      return verifySms(telling.code);
    case 'folded':
      return foldedSms({ items: telling.items, open: `${context.baseUrl}/pages` });
  }
}

/** A call is answered by its keys: it needs no link. */
function spokenOf(telling: Telling): SpokenMessage {
  switch (telling.kind) {
    case 'page':
    case 'update':
      return pageSpoken(telling.facts, telling.kind === 'update');
    case 'resolved':
      return resolvedSpoken(telling.page);
    case 'alarm':
      return alarmSpoken(alarmTitle(telling.alarm), telling.page, subjectOf(telling));
    case 'test':
      return testSpoken();
    case 'verify':
      return verifySpoken(telling.code);
    case 'folded':
      return foldedSpoken(telling.items);
  }
}

/** Every kind by name, also where that takes more than one segment. */
function foldedText(items: readonly FoldItem[], context: RenderContext): string {
  const all = foldedPages(items);
  const live = all.filter((item) => item.what !== 'resolved');
  const worst = (live[0] ?? all[0]) as FoldItem;
  if (live.length === 0) return `${count(all.length, 'page')} resolved. Nothing to do.`;
  const kinds = foldedKinds(live).map((kind) => `${oneLine(kind.name, 60)}${kind.pages > 1 ? ` ×${kind.pages}` : ''}`);
  const link = (worst.reply ?? `${context.baseUrl}/pages`).replace(/^https?:\/\//, '');
  return `${count(live.length, 'page')}, worst ${severityName(worst.page.severity)} ${headline(worst.page)}. Kinds: ${kinds.join(', ')}. ${link}`;
}

function joinedOf({ call }: StoredReason): number | null {
  const joined = call?.['count'];
  return typeof joined === 'number' ? joined : null;
}

function threadOf(telling: Telling): string {
  switch (telling.kind) {
    case 'page':
    case 'update':
      return `page-${telling.facts.groupId}`;
    case 'resolved':
      return `page-${telling.page.groupId}`;
    case 'folded':
      return 'pages';
    case 'alarm':
      return 'alarm';
    case 'test':
    case 'verify':
      return 'test';
  }
}

/**
 * What a message stands on: when this has changed before it could be sent, the text would be untrue. More alerts of
 * the same kinds change nothing; title, severity, state, kinds and who is told of do.
 */
export function factsPrint(pages: readonly PageSummary[], ids: readonly Id[]): string {
  const inOrder = pages.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1));
  const facts = inOrder.map((page) => [
    page.groupId,
    page.title,
    page.severity,
    page.state,
    page.kinds.map((kind) => kind.name).toSorted(),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([facts, ids.toSorted()]))
    .digest('base64url');
}
