import https from 'node:https';
import { acknowledge, change, event, resolve, trigger } from '@pagerduty/pdjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { pageFor, pageOf } from './paging.ts';
import { startAlertmanager } from './preview-alertmanager.ts';
import { startTlsFront } from './tls-front.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

interface Door {
  readonly id: string;
  readonly url: string;
  readonly routingKey: string;
}

async function openDoor(tocsin: Tocsin): Promise<Door> {
  const { integration, address } = await tocsin.api('POST', '/api/v1/integrations', {
    name: 'Old PagerDuty sender',
    kind: 'pagerduty',
  });
  return { id: integration.id, url: address.url, routingKey: address.routingKey };
}

/** Title, state and severity of the door's alerts. */
async function alertsOf(tocsin: Tocsin, { id }: Door) {
  const { items } = await tocsin.api('GET', `/api/v1/alerts?integration=${id}`);
  return items.map((item: Record<string, unknown>) => [item['title'], item['state'], item['severity']]);
}

test('PagerDuty’s own library triggers, acknowledges, resolves and tells of changes through TLS', async () => {
  const tocsin = await startTocsin({});
  onTestFinished(() => tocsin.stop());
  const front = await startTlsFront(tocsin.url);
  onTestFinished(() => front.stop());
  const door = await openDoor(tocsin);
  const { users } = await tocsin.api('GET', '/api/v1/users');
  await pageFor(tocsin, 'Disk full', users[0]);
  const agent = new https.Agent({ ca: front.ca });
  onTestFinished(() => agent.destroy());
  // Its types know of the server; the agent, which trusts our certificate, is handed on to fetch.
  const by = (data: object) => ({ server: front.host, agent, data }) as never;
  const key = { routing_key: door.routingKey };
  const disk = { ...key, dedup_key: 'disk/h1' };
  const payload = { summary: 'Disk full', source: 'h1', severity: 'critical', timestamp: '2026-11-21T10:00:00Z' };
  const links = [{ href: 'https://runbooks.test/disk', text: 'Runbook' }];

  const triggered = await trigger(by({ ...disk, payload, links }));
  expect([triggered.response.status, triggered.data]).toEqual([
    202,
    { status: 'success', message: 'Event processed', dedup_key: 'disk/h1' },
  ]);
  expect(await alertsOf(tocsin, door)).toEqual([['Disk full', 'firing', 1]]);
  expect(await pageOf(tocsin, 'Disk full')).toMatchObject({ state: 'firing', phase: 'escalating' });

  expect((await acknowledge(by(disk))).response.status).toBe(202);
  expect(await pageOf(tocsin, 'Disk full')).toMatchObject({ state: 'acknowledged', holder: null });
  expect((await resolve(by(disk))).response.status).toBe(202);
  expect(await alertsOf(tocsin, door)).toEqual([['Disk full', 'resolved', 1]]);

  const generated = await event(by({ ...key, event_action: 'trigger', payload }));
  expect((generated.data as { dedup_key: string }).dedup_key).toMatch(/^[0-9a-f-]{36}$/);
  const told = await change(by({ ...key, payload: { summary: 'Build 42 passed', source: 'ci', severity: 'info' } }));
  expect(told.response.status).toBe(202);
  expect((await tocsin.api('GET', '/api/v1/changes')).items).toMatchObject([{ summary: 'Build 42 passed' }]);

  const refused = await trigger(by({ routing_key: 'x'.repeat(32), payload }));
  expect([refused.response.status, refused.data]).toMatchObject([
    400,
    { status: 'invalid event', errors: [expect.any(String)] },
  ]);
});

describe.skipIf(isPassedOver('prometheus-alertmanager'))('a real Alertmanager 0.25 with PagerDuty’s receiver', () => {
  test('tells of a problem, of its growth and of its end', async () => {
    const tocsin = await startTocsin({});
    onTestFinished(() => tocsin.stop());
    const door = await openDoor(tocsin);
    const alertmanager = await startAlertmanager(configFor(door));
    onTestFinished(() => alertmanager.stop());
    const post = (instance: string, more: object = {}) =>
      alertmanager.ask('POST', '/alerts', [{ labels: { alertname: 'Disk', instance, severity: 'critical' }, ...more }]);
    const first = async () => (await tocsin.api('GET', `/api/v1/alerts?integration=${door.id}`)).items[0];

    await post('h1');
    const fired = await eventually('an alert', 30_000, first);
    expect(fired).toMatchObject({ title: '[FIRING:1] Disk (h1 critical)', state: 'firing', severity: 1, count: 1 });
    await post('h2');
    await eventually('the growth', 30_000, async () => (await first()).count > 1);
    for (const instance of ['h1', 'h2']) await post(instance, { endsAt: new Date().toISOString() });
    await eventually('the end', 30_000, async () => (await first()).state === 'resolved');
    // It knew it for one trouble all the while, although title and count changed.
    expect(await alertsOf(tocsin, door)).toHaveLength(1);
    expect(await tocsin.api('GET', '/api/v1/verify')).toMatchObject({ ok: true });
  });
});

/** JSON is YAML. Only version 2: for version 1 Alertmanager knows PagerDuty's own address alone. */
function configFor({ url, routingKey }: Door): string {
  const severity = '{{ .CommonLabels.severity }}';
  return JSON.stringify({
    route: {
      group_by: ['alertname'],
      group_wait: '100ms',
      group_interval: '1s',
      repeat_interval: '1h',
      receiver: 'pagerduty',
    },
    receivers: [
      { name: 'pagerduty', pagerduty_configs: [{ url: `${url}/v2/enqueue`, routing_key: routingKey, severity }] },
    ],
  });
}
