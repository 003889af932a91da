import type { Entry, Link, LinkState } from './chain-model.ts';
import type { AttemptFacts, Instant, Names, NotificationFacts, PageFacts } from './model.ts';
import { isOverdue } from './model.ts';
import { listed } from './next.ts';
import { plural } from './words.ts';

/** Channels that say no more than that their server took the message. */
const WITHOUT_RECEIPT = new Set([
  'email',
  'webhook',
  'ntfy',
  'gotify',
  'pushover',
  'telegram',
  'slack',
  'mattermost',
  'discord',
  'google-chat',
  'teams',
]);

const isPending = ({ state }: NotificationFacts) => state === 'queued' || state === 'leased';
const calls = (page: PageFacts) => page.notifications.filter(({ kind }) => kind === 'page');

/** The earliest of some moments; null when there is none. */
function first(moments: readonly (Instant | null)[]): Instant | null {
  return moments.reduce<Instant | null>(
    (least, at) => (at !== null && (least === null || Temporal.Instant.compare(at, least) < 0) ? at : least),
    null,
  );
}

/** To whom and by what, e.g. `email to Maya Lindqvist (work)`. */
export function addresseeText(row: NotificationFacts, names: Names): string {
  const whom =
    row.userId !== null
      ? names.person(row.userId)
      : row.endpointId !== null
        ? names.thing('webhook', row.endpointId)
        : 'the emergency channel';
  return `${row.channel} to ${whom}${row.methodLabel === null ? '' : ` (${row.methodLabel})`}`;
}

/** The messages that the calls became, by each person's own rules. */
export function queuedLink(page: PageFacts, names: Names, at: Instant): Link {
  const rows = calls(page);
  const called = page.events.some((fact) => fact.kind === 'called');
  const pending = rows.filter(isPending);
  const base = {
    name: 'queued',
    reason: rows[0]?.reason ?? null,
    entries: rows.map((row) => queuedEntry(row, names, at)),
  } as const;
  if (rows.length === 0)
    return called
      ? { ...base, state: 'stalled', at: null, until: null, sentence: 'Somebody was called but no message was queued.' }
      : { ...base, state: 'not-yet', at: null, until: null, sentence: 'No message is queued yet.' };
  const overdue = pending.some(({ wakeAt }) => isOverdue(wakeAt, at));
  const people = [...new Set(rows.flatMap(({ userId }) => (userId === null ? [] : [names.person(userId)])))];
  const until = first(pending.map(({ wakeAt }) => wakeAt));
  const waits =
    pending.length > 0 && until !== null ? ` ${pending.length} still to go, next at ${names.clock(until)}.` : '';
  const sentence = overdue
    ? `${plural(pending.length, 'message')} should have left by now.`
    : `${plural(rows.length, 'message')}${people.length > 0 ? ` for ${listed(people)}` : ''}.${waits}`;
  return {
    ...base,
    state: overdue ? 'stalled' : 'stored',
    at: first(rows.map((row) => row.createdAt)),
    until,
    sentence,
  };
}

function queuedEntry(row: NotificationFacts, names: Names, at: Instant): Entry {
  return {
    at: row.createdAt,
    state: isPending(row) ? (isOverdue(row.wakeAt, at) ? 'stalled' : 'waiting') : 'stored',
    sentence: `${addresseeText(row, names)}: ${stateText(row, names)}.`,
    reason: row.reason,
    ref: { kind: 'notification', id: row.id },
    userId: row.userId,
  };
}

function stateText(row: NotificationFacts, names: Names): string {
  const end = row.endReason?.['reason'] ?? row.endReason?.['because'] ?? row.endReason?.['kind'];
  const why = typeof end === 'string' ? `, ${end.replaceAll('-', ' ')}` : '';
  switch (row.state) {
    case 'queued':
      return row.wakeAt === null ? 'queued' : `leaves at ${names.clock(row.wakeAt)}`;
    case 'leased':
      return 'on its way';
    case 'sent':
      return row.carrierId === null ? 'sent' : 'told in one message with others';
    case 'failed':
      return `failed for good${why}`;
    case 'cancelled':
      return `cancelled${why}`;
  }
}

/** What left, by the provider's own yes. */
export function sentLink(page: PageFacts, names: Names, at: Instant): Link {
  const rows = calls(page);
  const sent = rows.filter(({ state }) => state === 'sent');
  const entries = rows.flatMap((row) =>
    row.attempts.filter(({ kind }) => kind !== 'receipt').map((attempt) => attemptEntry(row, attempt, names)),
  );
  const until = first(rows.filter(isPending).map(({ wakeAt }) => wakeAt));
  const base = { name: 'sent', at: first(sent.map(({ sentAt }) => sentAt)), until, reason: null, entries } as const;
  const wanted = rows.filter(({ state }) => state !== 'cancelled').length;
  if (sent.length > 0) return { ...base, state: 'stored', sentence: `${sent.length} of ${wanted} sent.` };
  return { ...base, ...unsent(page, rows, at) };
}

function unsent(
  { runs }: PageFacts,
  rows: readonly NotificationFacts[],
  at: Instant,
): { readonly state: LinkState; readonly sentence: string } {
  const failed = rows.filter(({ state }) => state === 'failed');
  const pending = rows.filter(isPending);
  if (rows.length === 0) return { state: 'not-yet', sentence: 'Nothing has been sent yet.' };
  if (pending.length === 0 && failed.length === 0)
    return { state: 'not-yet', sentence: 'Nothing was sent: every message was cancelled before.' };
  if (pending.length === 0) {
    const answered = runs.at(-1)?.live !== true;
    return { state: answered ? 'stored' : 'stalled', sentence: 'No message could be delivered.' };
  }
  const tried = pending.some((row) => row.attempts.length > 0 && isOverdue(row.dueAt, at));
  if (tried) return { state: 'stalled', sentence: 'Nothing has left for more than 30 s; it is tried again.' };
  const overdue = pending.some((row) => isOverdue(row.wakeAt, at));
  return { state: overdue ? 'stalled' : 'waiting', sentence: overdue ? 'Nothing has left yet.' : 'On its way.' };
}

const ATTEMPT: Readonly<Record<AttemptFacts['kind'], string>> = {
  begun: 'call begun',
  accepted: 'taken by the provider',
  retry: 'failed, will be tried again',
  refused: 'refused for good',
  receipt: 'receipt',
};

function attemptEntry(row: NotificationFacts, attempt: AttemptFacts, names: Names): Entry {
  const why = attempt.reason === null ? '' : ` (${attempt.reason.replaceAll('-', ' ')})`;
  return {
    at: attempt.at,
    state: attempt.kind === 'refused' ? 'stalled' : attempt.kind === 'retry' ? 'waiting' : 'stored',
    sentence: `Try ${attempt.attempt}, ${addresseeText(row, names)}: ${ATTEMPT[attempt.kind]}${why}.`,
    reason: attempt.reason,
    ref: { kind: 'attempt', id: row.id },
    userId: row.userId,
  };
}

/** What is known to have arrived. Mail and webhooks end at their server's yes, and the link says so. */
export function receiptLink(page: PageFacts, names: Names): Link {
  const sent = calls(page).filter(({ state, carrierId }) => state === 'sent' && carrierId === null);
  const arrived = sent.filter(({ receiptAt }) => receiptAt !== null);
  const entries = calls(page).flatMap((row) => receiptEntries(row, names));
  const base = { name: 'receipt', until: null, reason: null, entries } as const;
  if (arrived.length > 0) {
    const at = first(arrived.map(({ receiptAt }) => receiptAt));
    return { ...base, state: 'stored', at, sentence: `${arrived.length} of ${sent.length} arrived.` };
  }
  if (sent.length === 0) return { ...base, state: 'not-yet', at: null, sentence: 'Nothing to receive yet.' };
  if (sent.every(({ channel }) => WITHOUT_RECEIPT.has(channel))) {
    const at = first(sent.map(({ sentAt }) => sentAt));
    const sentence = 'The receiving server took it; this way has no further receipt.';
    return { ...base, state: 'stored', at, sentence };
  }
  return { ...base, state: 'waiting', at: null, sentence: 'No receipt yet.' };
}

/** Every word of the provider, also that it failed in the end; a channel that keeps none has its last one alone. */
function receiptEntries(row: NotificationFacts, names: Names): readonly Entry[] {
  const ref = { kind: 'notification', id: row.id } as const;
  const said = (at: Instant, words: string, reason: string | null, state: LinkState): Entry => ({
    at,
    state,
    sentence: `${addresseeText(row, names)}: ${words}.`,
    reason,
    ref,
    userId: row.userId,
  });
  const told = row.attempts.filter(({ kind }) => kind === 'receipt');
  if (told.length > 0)
    return told.map(({ at, detail, reason }) =>
      said(at, detail ?? 'receipt', reason, reason === null ? 'stored' : 'stalled'),
    );
  return row.receiptAt === null ? [] : [said(row.receiptAt, row.receipt ?? 'arrived', row.receipt, 'stored')];
}
