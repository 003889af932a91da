import type { FoldItem } from './folded.ts';
import { foldedKinds, foldedPages, LISTED_PAGES } from './folded.ts';
import type { AlertFact, Instant, PageFacts, PageSummary } from './facts.ts';
import { severityName } from './words.ts';

/** An event for a machine: what goes into a webhook. */
export interface EventText {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an event about one page says. `type`: `page.called`, `page.updated`. */
export interface PageEvent {
  readonly type: 'page.called' | 'page.updated';
  readonly facts: PageFacts;
  /** Why, as stored. */
  readonly reason: unknown;
  readonly reply: string | null;
  readonly open: string;
  readonly now: Instant;
}

/** The event of a page: the page, its newest alerts with all labels and annotations, where escalation stands. */
export function pageEvent({ type, facts, reason, reply, open, now }: PageEvent): EventText {
  const { run } = facts;
  return {
    type,
    timestamp: now.toString(),
    data: {
      page: {
        ...summary(facts, open),
        labels: facts.labels,
        firing: facts.firing,
        total: facts.total,
        runbookUrl: facts.runbookUrl,
      },
      alerts: facts.alerts.map(alert),
      escalation: run && {
        policy: run.policyName,
        next: run.next && { who: run.next.who, at: run.next.at.toString() },
        acknowledgedBy: run.acknowledgedBy?.userId ?? null,
        acknowledgedAt: run.acknowledgedAt?.toString() ?? null,
        quietUntil: run.quietUntil?.toString() ?? null,
      },
      reason,
      replyUrl: reply,
    },
  };
}

/** The event of a page that is over. */
export function resolvedEvent(event: {
  readonly page: PageSummary;
  readonly open: string;
  readonly now: Instant;
}): EventText {
  return { type: 'page.resolved', timestamp: event.now.toString(), data: { page: summary(event.page, event.open) } };
}

/** The event of many pages told as one: the worst in full, every kind, all counted. */
export function foldedEvent(event: {
  readonly items: readonly FoldItem[];
  readonly urlOf: (page: PageSummary) => string;
  readonly now: Instant;
}): EventText {
  const all = foldedPages(event.items);
  const pages = all
    .slice(0, LISTED_PAGES)
    .map(({ what, page, reply }) => ({ what, ...summary(page, event.urlOf(page)), replyUrl: reply }));
  const kinds = foldedKinds(all).map(({ name, severity, since, pages: many }) => ({
    name,
    severity: severityName(severity),
    since: since.toString(),
    pages: many,
  }));
  return {
    type: 'pages.folded',
    timestamp: event.now.toString(),
    data: { count: all.length, kinds, pages, more: all.length - pages.length },
  };
}

/** The event of a test or of an alarm about Tocsin itself. */
export function noticeEvent(event: {
  readonly type: 'test' | 'alarm';
  readonly kind: string | null;
  readonly subject: string | null;
  readonly now: Instant;
}): EventText {
  return { type: event.type, timestamp: event.now.toString(), data: { kind: event.kind, subject: event.subject } };
}

function summary(page: PageSummary, url: string): Readonly<Record<string, unknown>> {
  return {
    id: page.groupId,
    number: page.number,
    title: page.title,
    severity: severityName(page.severity),
    state: page.state,
    service: page.service,
    since: page.since.toString(),
    resolvedAt: page.resolvedAt?.toString() ?? null,
    kinds: page.kinds.map((kind) => ({
      name: kind.name,
      severity: severityName(kind.severity),
      since: kind.since.toString(),
    })),
    url,
  };
}

function alert(fact: AlertFact): Readonly<Record<string, unknown>> {
  return {
    id: fact.id,
    kind: fact.kind,
    title: fact.title,
    status: fact.status,
    severity: severityName(fact.severity),
    labels: fact.labels,
    annotations: fact.annotations,
    startsAt: fact.startsAt.toString(),
    endsAt: fact.endsAt?.toString() ?? null,
    generatorURL: fact.generatorUrl,
    fingerprint: fact.fingerprint,
  };
}
