import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SendResult } from './adapters/channel.ts';
import { afterAttempt, callsNext, nextMethod, type Sibling } from './failover.ts';
import type { NotificationKind } from './model.ts';

const now = Temporal.Instant.from('2026-11-21T03:00:00Z');
const busy = (retryAfterSeconds?: number): SendResult => ({
  ok: false,
  retryable: true,
  reason: 'busy',
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
const refused: SendResult = { ok: false, retryable: false, reason: 'refused-address' };
const passedOver: SendResult = { ok: false, retryable: true, reason: 'circuit-open' };
const aborted: SendResult = { ok: false, retryable: true, reason: 'aborted' };

function decide(attempt: number, result: SendResult, kind: NotificationKind = 'page'): string {
  const verdict = afterAttempt({ kind, attempt, result, now });
  if (verdict.kind === 'sent') return 'sent';
  const next = callsNext({ kind, attempt, result }) ? ', call next' : '';
  return verdict.kind === 'retry'
    ? `again in ${now.until(verdict.at).total('seconds')} s${next}`
    : `${verdict.end}${next}`;
}

describe('after a try', () => {
  test.each<[string, string, string]>([
    ['a success is sent', decide(1, { ok: true }), 'sent'],
    ['the first fault waits 15 s', decide(1, busy()), 'again in 15 s'],
    ['the second waits 30 s and calls the next method too', decide(2, busy()), 'again in 30 s, call next'],
    ['the third waits a minute, and asks again in case a sender died', decide(3, busy()), 'again in 60 s, call next'],
    ['the fifth asks no more', decide(5, busy()), 'again in 240 s'],
    ['the waits grow to five minutes', decide(6, busy()), 'again in 300 s'],
    ['and stay there', decide(49, busy()), 'again in 300 s'],
    ['the tries are bounded', decide(50, busy()), 'gave-up'],
    ['a test gives up soon', decide(3, busy(), 'test'), 'gave-up'],
    [
      'a longer wish of the receiver is honoured, and the next method is called meanwhile',
      decide(1, busy(90)),
      'again in 90 s, call next',
    ],
    ['a shorter one is not', decide(1, busy(1)), 'again in 15 s'],
    ['one that its second try can keep calls nobody yet', decide(1, busy(15)), 'again in 15 s'],
    ['a wish for an hour is cut to five minutes', decide(1, busy(3600)), 'again in 300 s, call next'],
    ['who was passed over with its provider calls the next method', decide(1, passedOver), 'again in 15 s, call next'],
    ['a refusal is final and calls the next method at once', decide(1, refused), 'refused, call next'],
    ['so is a refusal after faults', decide(9, refused), 'refused, call next'],
    ['an update or resolve calls no other method', decide(1, refused, 'resolved'), 'refused'],
    ['our own stop is tried again at once', decide(2, aborted), 'again in 0 s'],
    ['our own stop never uses up the tries', decide(50, aborted), 'again in 0 s'],
  ])('%s', (_, got, expected) => expect(got).toBe(expected));

  test('a peer that is down is passed over within 30 s', () => {
    const timeout: SendResult = { ok: false, retryable: true, reason: 'timeout' };
    let seconds = 5;
    for (let attempt = 1; !callsNext({ kind: 'page', attempt, result: timeout }); attempt += 1) {
      const verdict = afterAttempt({ kind: 'page', attempt, result: timeout, now });
      if (verdict.kind === 'retry') seconds += now.until(verdict.at).total('seconds') + 5;
    }
    expect(seconds).toBeLessThanOrEqual(30);
  });

  test('in every life of a call the next method is asked for before it has failed four times, and the tries end', () => {
    const fault = fc.constantFrom<SendResult>(busy(), busy(1e9), refused, {
      ok: false,
      retryable: true,
      reason: 'timeout',
    });
    fc.assert(
      fc.property(
        fc.array(fault, { minLength: 60, maxLength: 60 }),
        fc.constantFrom<NotificationKind>('page', 'alarm'),
        (all, kind) => {
          let asked: number | null = null;
          let ended = false;
          all.forEach((result, i) => {
            if (ended) return;
            const verdict = afterAttempt({ kind, attempt: i + 1, result, now });
            if (callsNext({ kind, attempt: i + 1, result })) asked ??= i + 1;
            ended = verdict.kind === 'failed';
            if (verdict.kind === 'retry') expect(now.until(verdict.at).total('seconds')).toBeLessThanOrEqual(300);
          });
          expect(ended).toBe(true);
          expect(asked).toBeLessThanOrEqual(2);
        },
      ),
    );
  });
});

const sibling = (id: string, fields: Partial<Sibling> = {}): Sibling => ({
  id,
  methodId: id,
  state: 'queued',
  attempts: 0,
  dueAt: now,
  ...fields,
});
const later = now.add({ minutes: 2 });
const mail = { id: 'mail', channel: 'email' };
const mail2 = { id: 'mail2', channel: 'email' };
const hook = { id: 'hook', channel: 'webhook' };
const tried = sibling('mail', { state: 'failed', attempts: 2 });

describe('the next method', () => {
  const next = (siblings: readonly Sibling[], reachable = [mail, mail2, hook]) => {
    const found = nextMethod({ channel: 'email', siblings, reachable });
    if (found.kind === 'bring-forward') return `forward ${found.id}`;
    if (found.kind === 'queue') return `queue ${found.methodId}`;
    return found.kind === 'exhausted' ? 'exhausted' : found.why;
  };
  test.each<[string, readonly Sibling[], string]>([
    [
      "is the person's own next one, brought forward",
      [tried, sibling('b', { dueAt: later }), sibling('a')],
      'forward a',
    ],
    ['is one that the step had not meant to use, on another channel first', [tried], 'queue hook'],
    ['is one on the same channel when there is no other', [tried, sibling('hook', { state: 'failed' })], 'queue mail2'],
    [
      'is not needed when another has told them',
      [tried, sibling('b', { state: 'sent' }), sibling('a')],
      'told-otherwise',
    ],
    ['is not needed while another is being tried', [tried, sibling('b', { state: 'leased' })], 'under-way'],
    ['does not bring forward one that is failing itself', [tried, sibling('b', { attempts: 2 })], 'queue hook'],
    [
      'is exhausted when each has failed',
      [tried, sibling('mail2', { state: 'failed' }), sibling('hook', { attempts: 3 })],
      'exhausted',
    ],
    [
      'is awaited when one is about to be tried again',
      [tried, sibling('mail2', { state: 'failed' }), sibling('hook', { attempts: 1 })],
      'under-way',
    ],
    [
      'is exhausted when the others were cancelled',
      [tried, sibling('mail2', { state: 'cancelled' }), sibling('hook', { state: 'cancelled' })],
      'exhausted',
    ],
  ])('%s', (_, siblings, expected) => expect(next(siblings)).toBe(expected));

  test('is exhausted for a person with one method', () => {
    expect(next([tried], [mail])).toBe('exhausted');
  });
});
