import { expect, test } from 'vitest';
import { deedsFor, doneWords } from './deeds.ts';

const nameOf = (id: string) => (id === 'bo' ? 'Bo Tanaka' : '?');

const held = { state: 'acknowledged', phase: 'acknowledged' } as const;

test('a firing page offers to acknowledge first; one that is yours can be given back; a closed one offers nothing', () => {
  expect(deedsFor({ state: 'firing', phase: 'escalating', holder: null }, 'me')[0]).toBe('acknowledge');
  expect(deedsFor({ ...held, holder: { id: 'me', name: 'Me' } }, 'me')).toContain('unacknowledge');
  expect(deedsFor({ ...held, holder: { id: 'bo', name: 'Bo Tanaka' } }, 'me')[0]).toBe('acknowledge');
  expect(deedsFor({ state: 'resolved', phase: 'ended', holder: null }, 'me')).toEqual([]);
  expect(deedsFor({ state: 'firing', phase: null, holder: null }, 'me')).toEqual(['resolve']);
});

test('done is said only for what changed; a second acknowledge is harmless and says who was first', () => {
  const changed = { outcome: 'changed', reasons: [{ kind: 'acknowledged', by: 'me' }] } as const;
  expect(doneWords('acknowledge', changed, nameOf)).toBe('Acknowledged. It is yours.');
  const second = { outcome: 'unchanged', reasons: [{ kind: 'already-acknowledged', by: 'bo' }] } as const;
  expect(doneWords('acknowledge', second, nameOf)).toBe('Nothing changed: Bo Tanaka had acknowledged it already.');
  const helper = { outcome: 'changed', reasons: [{ kind: 'helper-joined', first: 'bo', helper: 'me' }] } as const;
  expect(doneWords('acknowledge', helper, nameOf)).toContain('Bo Tanaka was first');
  expect(doneWords('snooze', { outcome: 'unchanged', reasons: [{ kind: 'no-run' }] }, nameOf)).toContain('had ended');
});
