import type { Entry, Link, LinkState } from './chain-model.ts';
import type { Instant, Names, PageFacts, RunFacts, SnapshotFacts, StoredFact } from './model.ts';
import { isOverdue } from './model.ts';
import { calledText, duration, endText, factText, plural } from './words.ts';

/** Facts of people taking a page, shown under `acknowledged`; all others stand under `escalated`. */
const HOLDING = new Set([
  'acknowledged',
  'helper-joined',
  'acknowledgement-expired',
  'unacknowledged',
  'snoozed',
  'snooze-ended',
  'hold-kept',
]);

/** Whether a fact is about who holds the page rather than whom it called. */
export function isAboutHolding(fact: StoredFact): boolean {
  return HOLDING.has(fact.kind);
}

/** The run that a fact belongs to, else the newest. */
export function runOf(fact: StoredFact, runs: readonly RunFacts[]): RunFacts | undefined {
  return runs.find((run) => run.id === fact.payload['runId']) ?? runs.at(-1);
}

/** A page event as an entry of the chain. */
export function entryOf(fact: StoredFact, names: Names, snapshot: SnapshotFacts | undefined): Entry {
  const { by, userId, sender } = fact.payload;
  return {
    at: fact.at,
    state: stateOfFact(fact),
    sentence: factText(fact, names, snapshot),
    reason: fact.payload['reason'] ?? fact.payload['why'] ?? null,
    ref: { kind: 'page-event', id: String(fact.id) },
    userId: typeof userId === 'string' ? userId : typeof by === 'string' && sender === undefined ? by : null,
  };
}

function stateOfFact({ kind }: StoredFact): LinkState {
  if (kind === 'nobody-reached') return 'stalled';
  return kind === 'acknowledged' || kind === 'helper-joined' ? 'answered' : 'stored';
}

/** Who was called by which step and why, who was passed over and why; red when a run lost its wake-up. */
export function escalatedLink(page: PageFacts, names: Names, at: Instant): Link {
  const { runs, events } = page;
  const about = events.filter((fact) => !isAboutHolding(fact));
  const calls = about.filter((fact) => fact.kind === 'called');
  const run = runs.at(-1);
  return {
    name: 'escalated',
    ...stateAndWords(page, { calls, run }, names, at),
    at: calls[0]?.at ?? runs[0]?.startedAt ?? null,
    until: run?.live === true || page.group.mutedBy !== null ? page.group.runAt : null,
    reason: calls.at(-1)?.payload['reason'] ?? run?.startReason ?? null,
    entries: about.map((fact) => entryOf(fact, names, runOf(fact, runs)?.snapshot)),
  };
}

interface Calls {
  readonly calls: readonly StoredFact[];
  readonly run: RunFacts | undefined;
}

function stateAndWords(
  page: PageFacts,
  { calls, run }: Calls,
  names: Names,
  at: Instant,
): { readonly state: LinkState; readonly sentence: string } {
  const { group } = page;
  if (group.mutedBy !== null && run?.live !== true) return muted(page, { calls, run }, at);
  if (run === undefined) return withoutRun(page, at);
  if (run.live && group.runAt === null)
    return { state: 'stalled', sentence: 'The escalation is live but nothing will wake it.' };
  if (run.live && isOverdue(group.runAt, at)) {
    const late = duration(at.epochMilliseconds - (group.runAt as Instant).epochMilliseconds);
    return { state: 'stalled', sentence: `The next step should have been taken ${late} ago.` };
  }
  const last = calls.at(-1);
  if (last === undefined) {
    if (run.live && run.phase !== 'acknowledged' && run.phase !== 'snoozed')
      return { state: 'stalled', sentence: 'Nobody has been called yet.' };
    const why = run.endReason === null ? 'somebody still held it' : endText(run.endReason, names);
    return { state: 'stored', sentence: `Nobody was called: ${why}.` };
  }
  const text = calledText(last, names, runOf(last, page.runs)?.snapshot);
  const sentence = calls.length === 1 ? text : `${calls.length} calls so far. ${text}`;
  return { state: isUnreached(page, last) ? 'stalled' : 'stored', sentence };
}

/** All of it is muted: that is why nobody is called, as long as somebody asks again when it ends. */
function muted(
  { group }: PageFacts,
  { calls }: Calls,
  at: Instant,
): { readonly state: LinkState; readonly sentence: string } {
  if (group.runAt === null)
    return { state: 'stalled', sentence: 'It is muted, but nothing will ask whether it still is.' };
  if (isOverdue(group.runAt, at)) {
    const late = duration(at.epochMilliseconds - group.runAt.epochMilliseconds);
    return { state: 'stalled', sentence: `Whether it is still muted should have been asked ${late} ago.` };
  }
  const before = calls.length === 0 ? '' : `${plural(calls.length, 'call')} before it. `;
  const why = (group.mutedBy ?? []).map((reason) => reason.replace(/\.$/, '')).join('; ');
  return { state: 'stored', sentence: `Muted, so nobody is called. ${before}${why}.` };
}

/** Nobody could be reached after the last call that reached somebody. */
function isUnreached({ events, runs }: PageFacts, lastCall: StoredFact): boolean {
  return runs.at(-1)?.live === true && events.some((fact) => fact.kind === 'nobody-reached' && fact.id > lastCall.id);
}

function withoutRun({ group }: PageFacts, at: Instant): { readonly state: LinkState; readonly sentence: string } {
  if (group.mode === 'ticket') return { state: 'stored', sentence: 'The route opens a ticket and calls nobody.' };
  if (group.mode === 'record') return { state: 'stored', sentence: 'The route only records and calls nobody.' };
  if (group.flushAt !== null && !isOverdue(group.flushAt, at))
    return { state: 'not-yet', sentence: 'Nobody is called yet.' };
  if (group.firing === 0) return { state: 'not-yet', sentence: 'It resolved before anybody was called.' };
  return { state: 'stalled', sentence: 'Nobody was called and no reason is stored.' };
}
