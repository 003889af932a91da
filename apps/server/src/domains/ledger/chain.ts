import { entryOf, escalatedLink, isAboutHolding, runOf } from './chain-escalated.ts';
import type { Chain, Link } from './chain-model.ts';
import { acceptedLink, groupedLink, routedLink } from './chain-opening.ts';
import { queuedLink, receiptLink, sentLink } from './chain-told.ts';
import type { Instant, PageFacts, StoredFact } from './model.ts';
import { isOverdue } from './model.ts';
import { type NextLookup, nextOf } from './next.ts';
import { plural, resolvedByText } from './words.ts';

/**
 * The chain of a page: every link from stored facts, none from memory or a second decision. A link that should be
 * there and is not is `stalled`, so that a screen shows red where the watch would raise its alarm.
 */
export function chainOf(page: PageFacts, lookup: NextLookup, at: Instant): Chain {
  const links = [
    acceptedLink(page),
    routedLink(page, lookup),
    groupedLink(page, at),
    escalatedLink(page, lookup, at),
    queuedLink(page, lookup, at),
    sentLink(page, lookup, at),
    receiptLink(page, lookup),
    acknowledgedLink(page, lookup, at),
    resolvedLink(page, lookup),
  ];
  const of = (...states: readonly string[]) => links.filter(({ state }) => states.includes(state)).length;
  return { links, stored: of('stored', 'answered'), missing: of('stalled') };
}

/** Whether a person has it, until when, and what happens when nobody answers. */
function acknowledgedLink(page: PageFacts, lookup: NextLookup, at: Instant): Link {
  const { runs, group, events } = page;
  const holding = events.filter(isAboutHolding);
  const taken = holding.filter(({ kind }) => kind === 'acknowledged');
  const run = runs.at(-1);
  const base = {
    name: 'acknowledged',
    reason: holding.at(-1)?.payload ?? null,
    entries: holding.map((fact) => entryOf(fact, lookup, runOf(fact, runs)?.snapshot)),
  } as const;
  if (run === undefined || !run.live) return { ...base, until: null, ...afterwards(page, taken, lookup) };
  const next = nextOf(run, group.runAt, lookup);
  const until = run.quietUntil ?? group.runAt;
  const words = next?.sentence ?? 'Nothing will ask again.';
  if (run.acknowledgedBy !== null) {
    const bySender = run.acknowledgedBy !== run.holderId;
    const sender = bySender ? taken.at(-1)?.payload['sender'] : undefined;
    const who = typeof sender === 'string' ? sender : lookup.person(run.acknowledgedBy);
    const has = bySender ? `${who} acknowledged it; no person has it.` : `${who} has it.`;
    return { ...base, state: 'answered', at: run.acknowledgedAt, until, sentence: `${has} ${words}` };
  }
  if (run.phase === 'snoozed') {
    const snoozed = holding.findLast(({ kind }) => kind === 'snoozed');
    return { ...base, state: 'answered', at: snoozed?.at ?? null, until, sentence: words };
  }
  const stalled = group.runAt === null || isOverdue(group.runAt, at);
  return { ...base, state: stalled ? 'stalled' : 'waiting', at: null, until, sentence: `Nobody has it. ${words}` };
}

function afterwards(
  { group, runs }: PageFacts,
  taken: readonly StoredFact[],
  lookup: NextLookup,
): Pick<Link, 'state' | 'at' | 'sentence'> {
  // A person who took it counts before the sender that had acknowledged first.
  const first = taken.find(({ payload }) => payload['sender'] === undefined) ?? taken[0];
  if (first !== undefined && typeof first.payload['by'] === 'string') {
    const { by, sender } = first.payload;
    const sentence = typeof sender === 'string' ? `${sender} acknowledged it.` : `${lookup.person(by)} took it.`;
    return { state: 'stored', at: first.at, sentence };
  }
  if (runs.length === 0) return { state: 'not-yet', at: null, sentence: 'There is nothing to acknowledge yet.' };
  const sentence = group.firing === 0 ? 'It ended before anybody took it.' : 'Nobody has it.';
  return { state: 'not-yet', at: null, sentence };
}

/** Whether the source has let go, and who or what ended it. */
function resolvedLink({ group, lastResolvedBy, runs }: PageFacts, lookup: NextLookup): Link {
  const base = { name: 'resolved', until: null, entries: [], reason: runs.at(-1)?.endReason ?? null } as const;
  if (group.firing > 0)
    return {
      ...base,
      state: 'not-yet',
      at: null,
      sentence: `${plural(group.firing, 'alert')} of ${group.total} still firing.`,
    };
  const text = resolvedByText(lastResolvedBy, lookup);
  if (group.resolvedAt === null) return { ...base, state: 'not-yet', at: null, sentence: 'Nothing fires.' };
  return { ...base, state: 'stored', at: group.resolvedAt, sentence: text };
}
