import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGithub } from './github.ts';

const sample = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../../testdata/github', `${name}.json`), 'utf8'));
const read = (event: string, payload: object = sample(event)) =>
  readGithub({ event, delivery: 'guid-1', payload: payload as Record<string, unknown> });
function changeOf(event: string, payload?: object) {
  const told = read(event, payload);
  if (told.kind !== 'change') throw new Error(JSON.stringify(told));
  return told.change;
}
const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);

test('a deployment names service, environment, author, id and revision', () => {
  expect(changeOf('deployment')).toEqual({
    sourceId: '["github","deployment","shop/checkout","987654321"]',
    kind: 'deploy',
    summary: 'Deploy v42 of shop/checkout to production',
    service: 'checkout-api',
    environment: 'production',
    author: 'nora',
    deployId: '987654321',
    revision: 'a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d',
    status: 'created',
    links: [],
    details: { description: 'Longer timeouts' },
    atMs: at('09:30:00'),
    statusAtMs: at('09:30:00'),
  });
});

test('its status is the same change, later', () => {
  expect(changeOf('deployment_status')).toMatchObject({
    sourceId: changeOf('deployment').sourceId,
    status: 'success',
    atMs: at('09:30:00'),
    statusAtMs: at('09:34:00.005'),
    links: [
      { href: 'https://ci.test/1/log', text: 'Log' },
      { href: 'https://shop.test/', text: 'production' },
    ],
  });
});

test('of two states of one second the later in order stands', () => {
  const moments = ['queued', 'in_progress', 'success', 'unheard-of'].map((state) => {
    const payload = sample('deployment_status');
    payload.deployment_status.state = state;
    return (changeOf('deployment_status', payload).statusAtMs ?? 0) - at('09:34:00');
  });
  expect(moments).toEqual([1, 4, 5, 0]);
});

test.each<[string, object]>([
  [
    'push',
    {
      kind: 'code',
      summary: 'Push to main of shop/checkout: Retry the card provider',
      author: 'nora',
      service: 'checkout',
      links: [{ href: 'https://github.test/shop/checkout/compare/1...2', text: 'Compare' }],
    },
  ],
  [
    'release',
    { kind: 'release', summary: 'Release Longer timeouts of shop/checkout', revision: 'v42', atMs: at('09:20:00') },
  ],
  [
    'workflow_run',
    { kind: 'pipeline', summary: 'Tests on main of shop/checkout', status: 'failure', atMs: at('09:05:00') },
  ],
  [
    'pull_request',
    { kind: 'code', summary: 'Merge #17 into main of shop/checkout: Retry the card provider', author: 'nora' },
  ],
])('a %s is a change', (event, expected) => {
  expect(changeOf(event)).toMatchObject(expected);
});

test('what changes nothing is ignored by its name', () => {
  const ignored = (event: string, payload: object) => read(event, payload);
  expect(ignored('pull_request', { action: 'opened', pull_request: {} })).toEqual({
    kind: 'ignored',
    why: 'pull_request opened',
  });
  expect(ignored('pull_request', { action: 'closed', pull_request: { merged: false } }).kind).toBe('ignored');
  expect(ignored('pull_request', { action: 'closed', pull_request: { merged: 'true' } }).kind).toBe('ignored');
  expect(ignored('push', { ref: 'refs/heads/x', after: '0'.repeat(40) }).kind).toBe('ignored');
  expect(ignored('workflow_run', { action: 'requested' }).kind).toBe('ignored');
  expect(ignored('star', {})).toEqual({ kind: 'ignored', why: 'star' });
  expect(ignored('constructor', {}).kind).toBe('ignored');
  expect(ignored('__proto__', {}).kind).toBe('ignored');
  expect(read('ping')).toEqual({ kind: 'pong' });
});

test('a body that names nothing is named by its delivery', () => {
  expect(changeOf('deployment', {}).sourceId).toBe('["github","delivery","guid-1"]');
});
