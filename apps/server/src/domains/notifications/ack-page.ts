import { createHash } from 'node:crypto';
import { type Html, html, trusted, webLink } from '#platform/html';
import { ackStyle, countdownStyle } from './ack-style.ts';
import type { Instant, Severity } from './messages/facts.ts';
import { count, oneLine, plain, type ReaderClock, readerClock, severityName, span } from './messages/words.ts';

/** What the page tells of the alert group, already in the reader's reach. */
export interface AckSubject {
  readonly number: number;
  readonly title: string;
  readonly severity: Severity;
  readonly service: string | null;
  readonly summary: string | null;
  readonly since: Instant;
  /** Alerts firing in the group. */
  readonly firing: number;
  readonly kinds: readonly string[];
  readonly runbookUrl: string | null;
  /** One sentence. */
  readonly why: string;
  /** The integration whose sender has acknowledged it: nobody is called, and nobody has it. */
  readonly sender?: string | null;
  /** The page in the app; asks for a sign-in. */
  readonly openUrl: string;
}

/** Somebody who was paged so far, by which channels. */
export interface PagedSoFar {
  readonly who: string;
  readonly channels: readonly string[];
}

/** What is asked or answered at the bottom of the page. */
export type AckState =
  | AckAsking
  /** Confirmed by the server: acknowledged by this reader. */
  | { readonly kind: 'done'; readonly at: Instant; readonly quietUntil: Instant | null }
  /** Somebody else was first. `helper`: the reader has just been noted as helper. */
  | {
      readonly kind: 'second';
      readonly who: string;
      readonly at: Instant;
      readonly quietUntil: Instant | null;
      readonly helper: boolean;
    }
  /** Quiet by a person's wish. */
  | { readonly kind: 'snoozed'; readonly who: string; readonly until: Instant | null }
  /** The wish went through: it was escalated; acknowledging is still possible. */
  | { readonly kind: 'escalated'; readonly to: string | null; readonly at: Instant; readonly ask: AckAsking }
  /** The wish did not go through; the same form again. */
  | { readonly kind: 'failed'; readonly wish: 'ack' | 'escalate'; readonly why: string; readonly ask: AckAsking };

export interface AckAsking {
  readonly kind: 'asking';
  /** Who is called next, when, and how long that wait is in all (seconds, for the bar). */
  readonly next: { readonly who: string; readonly at: Instant; readonly windowSeconds: number } | null;
  /** Until when an acknowledgement made now keeps it quiet. */
  readonly quietUntil: Instant;
  /** Comes back with the answer: a second tap of the same form escalates no further. */
  readonly once: string;
}

/** The whole page. `action` is the address of its forms. */
export interface AckView {
  readonly reader: { readonly name: string; readonly zone: string };
  readonly page: AckSubject;
  readonly paged: readonly PagedSoFar[];
  readonly state: AckState;
  readonly action: string;
  readonly now: Instant;
}

/** A rendered page and the policy that lets its one style sheet through and nothing else. */
export interface AckDocument {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** Renders the 3 a.m. page: severity, what, where, since when, who else, why me, and one thing to do. */
export function renderAckPage(view: AckView): AckDocument {
  const { page, reader, state, now } = view;
  const clock = readerClock(reader.zone, now);
  const ask =
    state.kind === 'failed' || state.kind === 'escalated' ? state.ask : state.kind === 'asking' ? state : null;
  const countdown = ask?.next
    ? countdownStyle((ask.next.at.epochMilliseconds - now.epochMilliseconds) / 1000, ask.next.windowSeconds)
    : '';
  return documentOf({
    title: `${severityName(page.severity)} ${oneLine(page.title)}`,
    style: ackStyle + countdown,
    refresh: null,
    body: html`<header class="top">${bell}<span>Tocsin</span><span>for ${oneLine(reader.name, 60)}</span></header>
<main>
<div class="id"><span class="sev">${severityName(page.severity)}</span>${stateMark(state)}</div>
<h1>${oneLine(page.title)}</h1>
${page.summary && html`<p class="lead">${plain(page.summary, 400)}</p>\n`}${factList(view, clock)}
<details><summary>Why me?</summary><p>${page.why}</p></details>
</main>
<section class="act" aria-label="Your answer">
${answer(view, clock)}</section>`,
  });
}

function factList({ page, paged, now }: AckView, clock: ReaderClock): Html {
  const runbook = webLink(page.runbookUrl);
  const told = paged.map(({ who, channels }) => `${oneLine(who, 60)}, by ${channels.join(' and ')}`).slice(0, 8);
  const others = page.firing > 1 ? `${count(page.firing - 1, 'more alert')}, all in this page` : null;
  const kinds = page.kinds.length > 1 ? page.kinds.slice(0, 5).map((kind) => oneLine(kind, 80)) : [];
  const more = page.kinds.length > 5 ? `, ${count(page.kinds.length - 5, 'more kind')}` : '';
  return html`<dl>
${page.service && html`<dt>Where</dt><dd>${oneLine(page.service)}</dd>\n`}<dt>Since</dt><dd><time datetime="${page.since.toString()}">${clock.named(page.since)}</time>, ${span(page.since, now)} ago</dd>
${page.sender && html`<dt>Quiet by</dt><dd>${oneLine(page.sender)}; nobody has it yet</dd>\n`}${others && html`<dt>With it</dt><dd>${others}</dd>\n`}${kinds.length > 0 && html`<dt>Kinds</dt><dd>${kinds.join(', ')}${more}</dd>\n`}<dt>Paged</dt><dd>${told.length > 0 ? `${told.join('; ')}.` : 'You.'}</dd>
${runbook && html`<dt>Runbook</dt><dd><a href="${runbook}" rel="noreferrer">${runbook}</a></dd>\n`}</dl>`;
}

function stateMark(state: AckState): Html {
  switch (state.kind) {
    case 'asking':
    case 'escalated':
    case 'failed':
      return html`<span class="st">${diamond}Firing, yours</span>`;
    case 'done':
      return html`<span class="st held">${half}Acknowledged</span>`;
    case 'second':
      return html`<span class="st held">${half}Acknowledged by ${oneLine(state.who, 60)}</span>`;
    case 'snoozed':
      return html`<span class="st held">${half}Snoozed</span>`;
  }
}

function answer(view: AckView, clock: ReaderClock): Html {
  const { state, page } = view;
  const open = html`<a class="alt" href="${page.openUrl}">Open page</a>`;
  const quiet = (until: Instant | null) => (until ? `Quiet until ${clock.time(until)}, then it asks again.` : '');
  switch (state.kind) {
    case 'asking':
      return askForm(view, state, clock);
    case 'done':
      return html`<div class="ans done" role="status"><h2>${half}Acknowledged by you ${clock.time(state.at)}</h2><p>Nobody else will be paged. ${quiet(state.quietUntil)}</p>${open}</div>\n`;
    case 'second':
      return html`<div class="ans done" role="status"><h2>${half}${oneLine(state.who, 60)} was first, ${clock.time(state.at)}</h2><p>${state.helper && 'You are added as a helper. '}You can go back to sleep. ${quiet(state.quietUntil)}</p>${open}</div>\n`;
    case 'snoozed':
      return html`<div class="ans done" role="status"><h2>${half}Snoozed by ${oneLine(state.who, 60)}</h2><p>${quiet(state.until)}</p>${open}</div>\n`;
    case 'escalated':
      return html`<div class="ans" role="status"><h2>Escalated ${clock.time(state.at)}</h2><p>${state.to ? `${oneLine(state.to, 60)} is being paged.` : 'The next step is being paged.'} You can still take it.</p></div>
${askForm(view, state.ask, clock)}`;
    case 'failed':
      return html`<div class="ans failed" role="alert"><h2>${state.wish === 'ack' ? 'Not acknowledged' : 'Not escalated'}</h2><p>${state.why} ${state.ask.next && `${oneLine(state.ask.next.who, 60)} is paged at ${clock.time(state.ask.next.at)} unless this goes through.`}</p></div>
${askForm(view, state.ask, clock)}`;
  }
}

function askForm({ action, page, state }: AckView, ask: AckAsking, clock: ReaderClock): Html {
  const { next } = ask;
  const again = state.kind === 'failed' ? state.wish : null;
  return html`<form method="post" action="${action}">
<input type="hidden" name="once" value="${ask.once}">
${
  next &&
  html`<p class="due"><span>Goes to ${oneLine(next.who, 60)} at ${clock.time(next.at)}</span><b class="cd" aria-hidden="true"></b></p>
<div class="bar" aria-hidden="true"><i></i></div>\n`
}<button class="big" name="do" value="ack">${half}${again === 'ack' ? 'Try again: acknowledge' : 'Acknowledge'}</button>
<div class="two"><button name="do" value="escalate">${again === 'escalate' ? 'Try again: escalate now' : 'I can’t, escalate now'}</button><a class="alt" href="${page.openUrl}">Open page</a></div>
<p class="hint">Keeps it quiet until ${clock.time(ask.quietUntil)}, then it asks again.</p>
</form>
`;
}

/** The page is over, so its link is dead: the page's content is no longer shown to who finds the link. */
export function renderOver(over: {
  readonly how: 'resolved' | 'muted' | 'by-hand';
  readonly at: Instant | null;
  readonly zone: string;
  readonly now: Instant;
}): AckDocument {
  const at = over.at ? ` ${readerClock(over.zone, over.now).named(over.at)}` : '';
  const heading = { resolved: 'Resolved', muted: 'Silenced', 'by-hand': 'Ended by hand' }[over.how] + at;
  return notice('over', heading, 'This link has ended with the page. Nothing to do.');
}

/** A link that nobody was given. */
export function renderUnknownLink(): AckDocument {
  return notice(
    '',
    'This link is not known',
    'It may be cut short: open it from the message again, or sign in to see what is yours.',
  );
}

/** Too many wrong links from one address. */
export function renderTooManyTries(): AckDocument {
  return notice('failed', 'Too many wrong links from here', 'Wait a minute and open the link from the message again.');
}

/** The server cannot say anything about the page: its database does not answer. Loads itself again. */
export function renderUnavailable(): AckDocument {
  return notice(
    'failed',
    'Not confirmed',
    'The server cannot reach its database. Nothing was changed and escalation goes on. This page tries again every 5 seconds; after an answer that was not confirmed, go back and send it again.',
    5,
  );
}

function notice(mark: string, heading: string, text: string, refreshSeconds: number | null = null): AckDocument {
  return documentOf({
    title: `${heading} · Tocsin`,
    style: ackStyle,
    refresh: refreshSeconds,
    body: html`<header class="top">${bell}<span>Tocsin</span><span></span></header>
<main></main>
<section class="act"><div class="ans ${mark}" role="status"><h2>${heading}</h2><p>${text}</p></div></section>`,
  });
}

function documentOf(parts: {
  readonly title: string;
  readonly style: string;
  readonly refresh: number | null;
  readonly body: Html;
}): AckDocument {
  const sheet = createHash('sha256').update(parts.style).digest('base64');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="dark">
<style>${trusted(parts.style)}</style>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#12151A">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
${parts.refresh && html`<meta http-equiv="refresh" content="${parts.refresh}">\n`}<title>${oneLine(parts.title)}</title>
</head>
<body>
${parts.body}
</body>
</html>
`;
  return {
    html: page.markup,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${sheet}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  };
}

const bell = trusted(
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path fill="currentColor" d="M8 1a1.2 1.2 0 0 0-1.2 1.2v.3C4.7 3 3.4 4.8 3.4 7v2.6L2.1 11.3a.8.8 0 0 0 .6 1.3h10.6a.8.8 0 0 0 .6-1.3L12.6 9.6V7c0-2.2-1.3-4-3.4-4.5v-.3A1.2 1.2 0 0 0 8 1Zm-1.8 12.6a1.9 1.9 0 0 0 3.6 0Z"/></svg>',
);
const diamond = trusted(
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path fill="currentColor" d="M8 1.2 14.8 8 8 14.8 1.2 8Z"/></svg>',
);
const half = trusted(
  '<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" stroke-width="1.5"/><path fill="currentColor" d="M8 3.6a4.4 4.4 0 0 1 0 8.8Z"/></svg>',
);
