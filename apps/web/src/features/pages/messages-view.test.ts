import { expect, test } from 'vitest';
import { messagesOf } from './messages-view.ts';
import type { ChainEntry } from './model.ts';

const entry = (sentence: string, kind: ChainEntry['ref']['kind'], fields: Partial<ChainEntry> = {}): ChainEntry => ({
  at: '2026-10-21T02:07:48Z',
  state: 'stored',
  sentence,
  reason: null,
  ref: { kind, id: 'n1' },
  userId: 'ann',
  ...fields,
});

test('each message stands with its own tries and receipt, and its result is what the server said', () => {
  const other = { ref: { kind: 'notification', id: 'n2' } } as const;
  const messages = messagesOf([
    {
      name: 'queued',
      entries: [
        entry('email to Ann Lee (work: day): sent.', 'notification'),
        entry('webhook to ops: failed for good, connection refused.', 'notification', other),
      ],
    },
    { name: 'sent', entries: [entry('Try 1, email to Ann Lee (work: day): taken by the provider.', 'attempt')] },
    { name: 'receipt', entries: [entry('email to Ann Lee (work: day): arrived.', 'notification')] },
  ]);
  expect(messages[0]).toMatchObject({ to: 'email to Ann Lee (work: day)', mark: { tone: 'green', word: 'Sent' } });
  expect(messages[0]?.tries.map(({ sentence }) => sentence)).toEqual(['Taken by the provider', 'Arrived']);
  expect(messages[1]).toMatchObject({ mark: { tone: 'red', word: 'Failed for good, connection refused' }, tries: [] });
});

test('a message that waits is neither sent nor failed', () => {
  const waiting = entry('push to Ann Lee: leaves at 03:12:48.', 'notification', { state: 'waiting' });
  expect(messagesOf([{ name: 'queued', entries: [waiting] }])[0]?.mark).toMatchObject({
    tone: 'grey',
    word: 'Leaves at 03:12:48',
  });
  expect(messagesOf([])).toEqual([]);
});
