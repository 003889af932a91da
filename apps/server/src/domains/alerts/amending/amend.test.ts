import { compileTree } from '#routing';
import { expect, test } from 'vitest';
import type { AcceptConfig } from '../describe-alert.ts';
import { type AmendableAlert, amend } from './amend.ts';

const config = (severity?: number): AcceptConfig => {
  const options = severity === undefined ? {} : { severity };
  const root = { id: 'root', parentId: null, position: 0, name: 'Everything', matchers: [], continue: false, options };
  const compiled = compileTree([root as never]);
  if (!compiled.ok) throw new Error('the tree of the test is wrong');
  return { tree: compiled.tree, service: () => undefined };
};
const stored: AmendableAlert = {
  id: 'a',
  integrationId: 'i',
  status: 'firing',
  kind: 'i/Disk',
  title: 'Disk full',
  severity: 3,
  labels: { alertname: 'Disk' },
  annotations: { message: 'Disk full' },
  groupIds: ['g'],
};
const edit = { labels: { alertname: 'Disk' }, annotations: { message: 'Disk very full' }, severity: 1 as const };

test('title and severity follow from the new text; worse while firing is to be told', () => {
  expect(amend(stored, { ...edit, by: 'Olga', fields: ['message', 'priority'] }, config())).toEqual({
    id: 'a',
    title: 'Disk very full',
    severity: 1,
    labels: edit.labels,
    annotations: edit.annotations,
    change: { kind: 'amended', by: 'Olga', fields: ['message', 'priority'], severity: 1 },
    isRaised: true,
  });
});

test.each([
  ['better', { ...edit, severity: 5 as const }, stored],
  ['worse, but resolved', edit, { ...stored, status: 'resolved' as const }],
  ['no other', { ...edit, severity: null }, stored],
])('what is %s is told to nobody', (_name, text, alert) => {
  expect(amend(alert, { ...text, by: 'Olga', fields: [] }, config()).isRaised).toBe(false);
});

test('the severity that a route sets beats what the sender says', () => {
  expect(amend(stored, { ...edit, by: 'Olga', fields: [] }, config(4))).toMatchObject({ severity: 4, isRaised: false });
});
