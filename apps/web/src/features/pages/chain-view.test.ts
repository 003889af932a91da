import { expect, test } from 'vitest';
import { chainSummary, linkMarkOf, linkTitle, reasonText } from './chain-view.ts';

test('every state of a link has a shape of its own', () => {
  const shapes = (['stored', 'waiting', 'answered', 'stalled', 'not-yet'] as const).map((state) => linkMarkOf(state));
  expect(new Set(shapes.map(({ icon }) => icon)).size).toBe(5);
  expect(new Set(shapes.map(({ className }) => className)).size).toBe(5);
});

test('the chain says what is missing', () => {
  expect(chainSummary({ stored: 1, missing: 0 })).toBe('1 fact stored, none missing');
  expect(chainSummary({ stored: 5, missing: 2 })).toBe('5 facts stored, 2 missing or late');
});

test('a stored reason is said in words, without ids', () => {
  expect(reasonText({ kind: 'matched', by: ['service="checkout"', 'tier="1"'] })).toBe(
    'matched: by service="checkout", tier="1"',
  );
  expect(reasonText({ kind: 'policy-step', round: 0, userId: '0197f3a2-1111-7000-8000-000000000001' })).toBe(
    'policy step: round 0',
  );
  expect([reasonText('nobody-on-call'), reasonText(null), reasonText({})]).toEqual(['nobody on call', null, null]);
  expect(reasonText({ call: { kind: 'policy-step', via: {} }, queued: { kind: 'no-rule' } })).toBe(
    'call: policy step, queued: no rule',
  );
  const matched = { kind: 'matched', by: ['tier="1"'] };
  expect(reasonText(matched, 'Route payments matched by tier="1".')).toBeNull();
  expect(reasonText({ ...matched, route: 'x9' }, 'Route payments matched by tier="1".')).toBe('route x9');
  expect(linkTitle('acknowledged')).toBe('Acknowledged');
});
