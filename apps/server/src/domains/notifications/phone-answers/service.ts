import type { Databases } from '#platform/db';
import type { Contacts } from '../contacts/service.ts';
import { inAlphabet } from '../messages/sms.ts';
import { forTheEar } from '../messages/spoken.ts';
import type { Id, Instant } from '../model.ts';
import type { NotificationPorts } from '../ports.ts';
import { createTries } from '../replies/tries.ts';
import {
  type ActedPage,
  HELP,
  NOT_STORED,
  type Outcome,
  sayActed,
  sayNothingOpen,
  sayOutcome,
  sayWrongCode,
} from '../phone/answers.ts';
import { readNumber } from '../phone/countries.ts';
import { chooseTarget, type PhoneWish, readDigit, readReply, type SentPage } from '../phone/replies.ts';
import { readPagesOfCall, readSentPages } from '../phone/search.ts';
import { beginReply, storeReply } from '../phone/store.ts';
import { messageAnswer, spokenAnswer } from '../phone/twiml.ts';

/** What answering needs from outside. */
export interface AnsweringDeps {
  readonly db: Databases;
  readonly ports: NotificationPorts;
  readonly contacts: Pick<Contacts, 'remove'>;
  /** Verified methods in use that have this number, by channel. */
  readonly methodsAt: (
    channel: 'sms' | 'voice',
    address: string,
  ) => readonly { readonly id: Id; readonly userId: Id; readonly label: string }[];
  /** Tells a person that texts to their phone were stopped; `subject` says whose phone it is. */
  readonly tell: (userId: Id, subject: string, now: Instant) => Promise<void>;
  readonly onError: (where: string, error: unknown) => void;
}

/** A text that came in. */
export interface InboundText {
  readonly provider: string;
  readonly sid: string;
  readonly from: string;
  readonly body: string;
  readonly now: Instant;
}

/** A key that was pressed in a call. */
export interface PressedKey {
  readonly provider: string;
  readonly callSid: string;
  readonly notificationId: Id;
  readonly digits: string;
  /** Who picked up, where a detector said so before the key. */
  readonly answeredBy: string;
  /** Where another key is posted. */
  readonly action: string;
  readonly now: Instant;
}

/** People's answers by phone; each says what is to be answered in turn, as TwiML. */
export interface Answering {
  text(text: InboundText): Promise<string>;
  key(key: PressedKey): Promise<string>;
}

/**
 * Builds the service. Neither function throws: a provider keeps an error to itself, and who answered must hear that
 * nothing was stored.
 */
export function createAnswering(deps: AnsweringDeps): Answering {
  const tries = createTries();
  return {
    async text(text) {
      const number = readNumber(text.from);
      const owners = number === null ? [] : ownersOf(deps, number);
      // A stranger gets no answer: it would cost, and tell that somebody listens.
      if (number === null || owners.length === 0 || tries.isBlocked(number, text.now)) return messageAnswer(null);
      try {
        const { answer, missed } = await answerOnce(deps, { text, number, owners });
        if (missed) tries.wrong(number, text.now);
        return answer;
      } catch (error) {
        deps.onError('text-answer', error);
        return messageAnswer(NOT_STORED);
      }
    },
    async key(key) {
      try {
        return await answerKey(deps, key);
      } catch (error) {
        deps.onError('key-answer', error);
        return spokenAnswer([NOT_STORED], key.action);
      }
    },
  };
}

type Owner = ReturnType<AnsweringDeps['methodsAt']>[number] & { readonly channel: 'sms' | 'voice' };

/** Everybody who has confirmed this number, for texts or for calls. */
function ownersOf({ methodsAt }: AnsweringDeps, number: string): readonly Owner[] {
  return (['sms', 'voice'] as const).flatMap((channel) =>
    methodsAt(channel, number).map((method) => ({ ...method, channel })),
  );
}

interface Asked {
  readonly text: InboundText;
  readonly number: string;
  readonly owners: readonly Owner[];
}

/** Answers a text the first time it comes, and says the same again when it is asked again. */
async function answerOnce(
  deps: AnsweringDeps,
  asked: Asked,
): Promise<{ readonly answer: string; readonly missed: boolean }> {
  const { text } = asked;
  const begun = await beginReply(deps.db.paging, { ...text, notificationId: null, at: text.now });
  if (begun.answer !== null) return { answer: begun.answer, missed: false };
  const { userId, wish, words, missed } = await answerText(deps, asked);
  const answer = messageAnswer(words === null ? null : inAlphabet(words));
  await storeReply(deps.db.paging, { ...text, userId, wish, answer });
  return { answer, missed };
}

interface TextAnswer {
  readonly userId: Id | null;
  readonly wish: string;
  /** Null: nothing is answered. */
  readonly words: string | null;
  /** It was not understood, or named no page of theirs: too many of these are not answered any more. */
  readonly missed: boolean;
}

async function answerText(deps: AnsweringDeps, { text, owners }: Asked): Promise<TextAnswer> {
  const reply = readReply(text.body);
  const people = new Set(owners.map((owner) => owner.userId));
  const userId = people.size === 1 ? ([...people][0] ?? null) : null;
  switch (reply.kind) {
    case 'stop':
      for (const owner of owners.filter(({ channel }) => channel === 'sms')) await stopTexts(deps, owner, text.now);
      // The carrier says so itself, and takes no more texts from us.
      return { userId, wish: 'stop', words: null, missed: false };
    case 'help':
      return { userId, wish: 'help', words: HELP, missed: false };
    case 'unknown':
      return { userId, wish: 'unknown', words: HELP, missed: true };
    case 'act': {
      const sent = await readSentPages(deps.db.paging, { methods: owners, now: text.now });
      const target = chooseTarget(reply.which, sent);
      const wish = reply.wish;
      if (target.kind === 'wrong-code') return { userId, wish, words: sayWrongCode(Number(reply.which)), missed: true };
      if (target.kind === 'none-open') return { userId, wish, words: sayNothingOpen(target.last), missed: false };
      const acted = await actOnAll(deps, { wish, pages: target.pages, now: text.now });
      const by = target.pages[0]?.userId ?? userId;
      return { userId: by, wish, words: sayActed(wish, acted, target.others), missed: false };
    }
  }
}

async function actOnAll(
  deps: AnsweringDeps,
  { wish, pages, now }: { readonly wish: PhoneWish; readonly pages: readonly SentPage[]; readonly now: Instant },
): Promise<readonly ActedPage[]> {
  const acted: ActedPage[] = [];
  for (const page of pages) acted.push({ page, outcome: await actOn(deps, { wish, page, now }) });
  return acted;
}

/** Does what was asked as the person to whom the page was sent. */
async function actOn(
  { ports }: AnsweringDeps,
  { wish, page, now }: { readonly wish: PhoneWish; readonly page: SentPage; readonly now: Instant },
): Promise<Outcome> {
  const { groupId, userId: by } = page;
  if (!ports.people.person(by)?.active) return { kind: 'over' };
  try {
    if (wish === 'resolve') {
      const resolved = await ports.escalation().resolve(groupId, by, now);
      return resolved > 0 ? { kind: 'done' } : { kind: 'over' };
    }
    const { reasons } = await ports
      .escalation()
      .act(groupId, now, (at) =>
        wish === 'acknowledge' ? { kind: 'acknowledge', by, at } : { kind: 'escalate-now', by },
      );
    return outcomeOf(reasons, (id) => ports.people.person(id)?.name ?? 'Somebody');
  } catch {
    // Whatever went wrong, the answer must say that nothing was stored: the phone in hand can send it again.
    return { kind: 'failed' };
  }
}

function outcomeOf(reasons: readonly { readonly kind: string }[], nameOf: (id: Id) => string): Outcome {
  for (const reason of reasons) {
    if (reason.kind === 'already-ended' || reason.kind === 'no-run') return { kind: 'over' };
    if (reason.kind === 'already-acknowledged') return { kind: 'again' };
    if (reason.kind === 'helper-joined')
      return { kind: 'second', who: nameOf(String((reason as { first?: unknown }).first)) };
  }
  return { kind: 'done' };
}

/** Ends texts to a number. Its owner is told by another way; who has none is told of to those who keep Tocsin. */
async function stopTexts(
  { contacts, ports, tell }: AnsweringDeps,
  { id, userId, label }: Owner,
  now: Instant,
): Promise<void> {
  await contacts.remove(userId, id, { by: 'system:stop-by-text', now });
  const name = ports.people.person(userId)?.name ?? 'a former member';
  await tell(userId, [name, label].filter(Boolean).join(', '), now);
}

async function answerKey(deps: AnsweringDeps, key: PressedKey): Promise<string> {
  const { notificationId, now, action } = key;
  const pages = await readPagesOfCall(deps.db.paging, notificationId);
  if (pages.length === 0) return spokenAnswer(['There is nothing to answer here.'], null);
  // A machine that plays tones is nobody.
  if (key.answeredBy.startsWith('machine') || key.answeredBy === 'fax') return spokenAnswer([], null);
  const wish = readDigit(key.digits);
  if (wish === null || (wish === 'resolve' && pages.length > 1)) {
    const keys = pages.length > 1 ? 'Press 4 to acknowledge all, or 8 to escalate all.' : 'Press 4, 6, or 8.';
    return spokenAnswer([`That key does nothing here. ${keys}`], action);
  }
  const sid = `${key.callSid}:${key.digits}`;
  const begun = await beginReply(deps.db.paging, { provider: key.provider, sid, notificationId, at: now });
  if (begun.answer !== null) return begun.answer;
  const acted = await actOnAll(deps, { wish, pages, now });
  const answer = spokenAnswer(
    [sayInCall(wish, acted)],
    acted.some(({ outcome }) => outcome.kind === 'failed') ? action : null,
  );
  await storeReply(deps.db.paging, { provider: key.provider, sid, userId: pages[0]?.userId ?? null, wish, answer });
  return answer;
}

function sayInCall(wish: PhoneWish, acted: readonly ActedPage[]): string {
  const [only] = acted;
  if (acted.length === 1 && only)
    return sayOutcome(wish, only, ({ number, title }) => `page ${number}, ${forTheEar(title, 60)}`);
  const failed = acted.filter(({ outcome }) => outcome.kind === 'failed').length;
  const done = acted.length - failed;
  const told = wish === 'acknowledge' ? 'acknowledged' : 'escalated';
  return failed === 0
    ? `All ${done} pages are ${told}.`
    : `${done} of ${acted.length} pages are ${told}. ${failed} could not be stored. Press the key again.`;
}
