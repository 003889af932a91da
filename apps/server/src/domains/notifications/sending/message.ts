import type { FoldItem } from '../messages/folded.ts';
import { LISTED_PAGES } from '../messages/folded.ts';
import type { PageFacts, PageSummary } from '../messages/facts.ts';
import { whyMe } from '../messages/why.ts';
import type { Id, Severity } from '../model.ts';
import type { Telling } from '../render.ts';
import type { PendingRow, SendOrder } from './plan.ts';

/** What is stored of the pages that a message is about. */
export interface LoadedPages {
  readonly summaries: ReadonlyMap<Id, PageSummary>;
  /** In full, where the message is about one page. */
  readonly facts: PageFacts | null;
}

/** The pages that an order is about. */
export function pagesOf({ carrier, folded }: Pick<SendOrder, 'carrier' | 'folded'>): readonly Id[] {
  return [...new Set([carrier, ...folded].flatMap((row) => row.groupId ?? []))];
}

/** Turns an order into what is to be told. Rows of one page by one method are one telling; `reply` is what links it can have. */
export function tellingOf(
  order: Pick<SendOrder, 'carrier' | 'folded'>,
  pages: LoadedPages,
  words: {
    readonly method: string;
    readonly names: ReadonlyMap<Id, string>;
    readonly replyTo: (groupId: Id) => string | null;
    readonly code: string | null;
  },
): Telling {
  const { carrier, folded } = order;
  if (carrier.kind === 'test')
    return words.code === null
      ? { kind: 'test', method: words.method }
      : { kind: 'verify', method: words.method, code: words.code };
  const rows = [carrier, ...folded];
  const many =
    folded.length > 0 &&
    (new Set(rows.map((row) => row.groupId ?? row.id)).size > 1 || rows.some((row) => row.kind === 'alarm'));
  if (many) return { kind: 'folded', items: itemsOf(rows, pages, words.replyTo) };
  const page = carrier.groupId === null ? null : (pages.summaries.get(carrier.groupId) ?? null);
  if (carrier.kind === 'alarm') {
    const subject = carrier.reason.call?.['subject'];
    const alarm = carrier.reason.call?.kind ?? 'unknown';
    return { kind: 'alarm', alarm, page, ...(typeof subject === 'string' ? { subject } : {}) };
  }
  if (carrier.kind === 'resolved') return { kind: 'resolved', page: page ?? lostPage(carrier) };
  const facts = pages.facts ?? withoutFacts(page ?? lostPage(carrier));
  const why = whyMe(carrier.reason.call, { policyName: facts.run?.policyName ?? null, names: words.names });
  const calls = rows.some((row) => row.kind === 'page');
  return { kind: calls ? 'page' : 'update', facts, why, reason: carrier.reason };
}

function itemsOf(
  rows: readonly PendingRow[],
  { summaries }: LoadedPages,
  replyTo: (groupId: Id) => string | null,
): readonly FoldItem[] {
  const linked = new Set(
    rows
      .flatMap((row) => ((row.kind === 'page' || row.kind === 'update') && row.groupId !== null ? [row.groupId] : []))
      .slice(0, LISTED_PAGES * 2),
  );
  return rows.map((row): FoldItem => {
    const page = row.groupId === null ? undefined : summaries.get(row.groupId);
    const what = row.kind === 'test' ? 'page' : row.kind;
    const reply = row.groupId !== null && linked.has(row.groupId) ? replyTo(row.groupId) : null;
    return { what, page: row.kind === 'alarm' ? alarmPage(row) : (page ?? lostPage(row)), reply };
  });
}

/** An alarm stands among pages as one without a number. */
function alarmPage(row: PendingRow): PageSummary {
  const title = `Tocsin alarm: ${row.reason.call?.kind ?? 'unknown'}`;
  return {
    ...lostPage(row),
    groupId: row.id,
    title,
    kinds: [{ name: title, severity: row.severity, since: row.dueAt }],
  };
}

/** A page whose stored facts are gone: who is called is called all the same. */
function lostPage(row: PendingRow): PageSummary {
  const severity: Severity = row.severity;
  return {
    groupId: row.groupId ?? row.id,
    number: 0,
    title: 'A page whose details could not be read',
    severity,
    state: 'firing',
    service: null,
    since: row.dueAt,
    resolvedAt: null,
    kinds: [],
    version: 0,
  };
}

function withoutFacts(page: PageSummary): PageFacts {
  return { ...page, labels: {}, firing: 1, total: 1, alerts: [], runbookUrl: null, run: null };
}
