import { expect, test } from 'vitest';
import { alertMarkOf, eventText, resolvedByText, shownLabels } from './alert-view.ts';

const nameOf = () => 'Ann Lee';

test('an alert resolved by hand while its source goes on says so', () => {
  expect(alertMarkOf({ state: 'resolved', heldByHand: true }).word).toBe('Resolved by hand');
  expect(alertMarkOf({ state: 'firing', heldByHand: false })).toMatchObject({ icon: 'diamond', tone: 'red' });
});

test('the telling labels come first, those already on the row are left out', () => {
  const labels = { alertname: 'X', zone: 'b', service: 's', instance: 'db-1', job: 'pg', app: 'a' };
  expect(shownLabels(labels)).toEqual(['instance=db-1', 'job=pg', 'app=a']);
});

test('events are told in words, unknown ones by their name', () => {
  expect(eventText({ kind: 'opened', change: { severity: 1 } }, nameOf)).toBe('Opened as SEV1.');
  expect(eventText({ kind: 'resolved', change: { by: 'user:1' } }, nameOf)).toBe('Resolved by Ann Lee.');
  const amended = { kind: 'amended', change: { fields: ['message', 'priority'] } };
  expect(eventText(amended, nameOf)).toBe('Its sender changed message, priority.');
  expect(eventText({ kind: 'eaten-by-owl', change: null }, nameOf)).toBe('Eaten by owl.');
  expect([
    resolvedByText('expiry', nameOf),
    resolvedByText('system:drill', nameOf),
    resolvedByText(null, nameOf),
  ]).toEqual(['its source falling silent', 'drill', null]);
});
