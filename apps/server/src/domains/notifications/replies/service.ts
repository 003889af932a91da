import type { Databases } from '#platform/db';
import {
  type AckAsking,
  type AckDocument,
  type AckState,
  type AckView,
  renderAckPage,
  renderOver,
  renderTooManyTries,
  renderUnknownLink,
} from '../ack-page.ts';
import { summaryOf } from '../messages/page.ts';
import type { PageFacts } from '../messages/facts.ts';
import { whyMe } from '../messages/why.ts';
import type { Id, Instant } from '../model.ts';
import type { NotificationPorts, Wish } from '../ports.ts';
import { hashReplyToken, isReplyToken } from '../reply-tokens.ts';
import { readPageFacts } from '../search.ts';
import { findReplyToken, type ReplyToken, readPagedSoFar } from '../store.ts';
import { createTries } from './tries.ts';

/** An answer of the 3 a.m. page. */
export interface ReplyAnswer {
  readonly status: number;
  readonly document: AckDocument;
}

/** What a reader sent. */
export interface Reply {
  readonly token: string;
  readonly address: string;
  readonly now: Instant;
}

/** The 3 a.m. page by its link. */
export interface Replies {
  /** Shows the page. Never acts. */
  show(reply: Reply): Promise<ReplyAnswer>;
  /** Does what the reader asked for, then shows what came of it. `once` comes from the form that was sent. */
  act(reply: Reply & { readonly wish: string; readonly once: string }): Promise<ReplyAnswer>;
}

/** Builds the page over what is stored. */
export function createReplies(deps: {
  readonly db: Databases;
  readonly ports: NotificationPorts;
  readonly baseUrl: () => string;
}): Replies {
  const tries = createTries();
  const open = async ({ token, address, now }: Reply): Promise<Opened | ReplyAnswer> => {
    if (tries.isBlocked(address, now)) return { status: 429, document: renderTooManyTries() };
    const found = isReplyToken(token) ? await findReplyToken(deps.db.paging, hashReplyToken(token)) : null;
    if (found === null) {
      tries.wrong(address, now);
      return { status: 404, document: renderUnknownLink() };
    }
    const person = deps.ports.people.person(found.userId);
    const facts = await readFacts(deps, found.groupId, now);
    const zone = person?.zone ?? 'UTC';
    const isOver = facts === null || facts.run === null || facts.run.ended !== null;
    if (found.deadAt !== null || isOver || !person?.active) {
      return {
        status: 410,
        document: renderOver({
          how: facts?.run?.ended ?? 'resolved',
          at: facts?.resolvedAt ?? found.deadAt,
          zone,
          now,
        }),
      };
    }
    return { found, facts, reader: { name: person.name, zone }, action: `/a/${token}` };
  };
  return {
    async show(reply) {
      const opened = await open(reply);
      if ('status' in opened) return opened;
      return { status: 200, document: renderAckPage(await viewOf(deps, opened, { reply, did: null })) };
    },
    async act(reply) {
      const opened = await open(reply);
      if ('status' in opened) return opened;
      const did = await perform(deps, opened, reply);
      // A resolve may have come with or before the wish: what is stored now is what is shown.
      const after = await open(reply);
      if ('status' in after) return after;
      const failed = did?.outcome === 'failed';
      return { status: failed ? 503 : 200, document: renderAckPage(await viewOf(deps, after, { reply, did })) };
    },
  };
}

interface Opened {
  readonly found: ReplyToken;
  readonly facts: PageFacts;
  readonly reader: AckView['reader'];
  readonly action: string;
}

interface Did {
  readonly wish: 'ack' | 'escalate';
  readonly outcome: 'done' | 'failed';
  readonly why: string;
  readonly helper: boolean;
}

type Deps = Parameters<typeof createReplies>[0];

function readFacts(deps: Deps, groupId: Id, now: Instant): Promise<PageFacts | null> {
  const { people, escalation } = deps.ports;
  return readPageFacts(deps.db.paging, groupId, {
    nameOf: (id) => people.person(id)?.name ?? null,
    whoNext: (run, at) => escalation().whoNext(run, at),
    now,
  });
}

/** A wish other than the two is no wish. A second tap on "escalate" of one form moves nothing: the run has changed since. */
async function perform(
  deps: Deps,
  { found, facts }: Opened,
  { wish, once, now }: { readonly wish: string; readonly once: string; readonly now: Instant },
): Promise<Did | null> {
  if (wish !== 'ack' && wish !== 'escalate') return null;
  if (wish === 'escalate' && once !== onceOf(facts)) return { wish, outcome: 'done', why: '', helper: false };
  const by = found.userId;
  const event = (at: Instant): Wish =>
    wish === 'ack' ? { kind: 'acknowledge', by, at } : { kind: 'escalate-now', by };
  try {
    const { reasons } = await deps.ports.escalation().act(found.groupId, now, event);
    return { wish, outcome: 'done', why: '', helper: reasons.some((reason) => reason.kind === 'helper-joined') };
  } catch {
    // Whatever went wrong, the reader must see that nothing was confirmed, and can send it again.
    return { wish, outcome: 'failed', why: 'The server could not store it.', helper: false };
  }
}

function onceOf({ run }: PageFacts): string {
  return `v${run?.version ?? 0}`;
}

async function viewOf(
  deps: Deps,
  opened: Opened,
  { reply, did }: { readonly reply: Reply; readonly did: Did | null },
): Promise<AckView> {
  const { facts, found, reader, action } = opened;
  const { now } = reply;
  const { people } = deps.ports;
  const paged = await readPagedSoFar(deps.db.paging, facts.groupId);
  const by = found.reason?.call?.['by'];
  const names = new Map(typeof by === 'string' ? [[by, people.person(by)?.name ?? 'Somebody']] : []);
  return {
    reader,
    action,
    now,
    page: {
      number: facts.number,
      title: facts.title,
      severity: facts.severity,
      service: facts.service,
      summary: summaryOf(facts),
      since: facts.since,
      firing: facts.firing,
      kinds: facts.kinds.map((kind) => kind.name),
      runbookUrl: facts.runbookUrl,
      why: whyMe(found.reason?.call ?? null, { policyName: facts.run?.policyName ?? null, names }),
      sender: facts.run?.acknowledgedBy?.bySender ? facts.run.acknowledgedBy.name : null,
      openUrl: `${deps.baseUrl()}/pages/${facts.number}`,
    },
    paged: paged.map(({ userId, channels }) => ({
      who: userId === found.userId ? 'You' : (people.person(userId)?.name ?? 'a former member'),
      channels,
    })),
    state: stateOf(opened, { now, did }),
  };
}

function stateOf(
  { facts, found }: Opened,
  { now, did }: { readonly now: Instant; readonly did: Did | null },
): AckState {
  const { run } = facts;
  const ask: AckAsking = {
    kind: 'asking',
    next: run?.next
      ? {
          ...run.next,
          windowSeconds: Math.max(1, (run.next.at.epochMilliseconds - facts.since.epochMilliseconds) / 1000),
        }
      : null,
    quietUntil: now.add({ seconds: run?.ackTimeoutSeconds ?? 1800 }),
    once: onceOf(facts),
  };
  if (did?.outcome === 'failed') return { kind: 'failed', wish: did.wish, why: did.why, ask };
  // What only a sender has acknowledged is free to take: nobody may go back to sleep because of it.
  const isTaken = run?.acknowledgedBy && !run.acknowledgedBy.bySender && !run.snoozed;
  if (isTaken && run.acknowledgedBy && run.acknowledgedAt) {
    const { userId, name } = run.acknowledgedBy;
    if (userId === found.userId) return { kind: 'done', at: run.acknowledgedAt, quietUntil: run.quietUntil };
    return {
      kind: 'second',
      who: name,
      at: run.acknowledgedAt,
      quietUntil: run.quietUntil,
      helper: did?.helper ?? false,
    };
  }
  if (run?.snoozed)
    return {
      kind: 'snoozed',
      who: run.acknowledgedBy?.name ?? 'somebody',
      until: run.quietUntil,
    };
  return did?.wish === 'escalate' ? { kind: 'escalated', to: null, at: now, ask } : ask;
}
