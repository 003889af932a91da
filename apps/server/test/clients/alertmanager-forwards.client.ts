import { describe, expect, onTestFinished, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { startAlertmanager } from './preview-alertmanager.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

type Shown = readonly [title: string, state: string, severity: number];

describe.skipIf(isPassedOver('prometheus-alertmanager'))('a real Alertmanager 0.25 in front of us', () => {
  test('tells of a problem and of its end by its webhook and by mail', async () => {
    const tocsin = await startTocsin({ TOCSIN_MAIL_IN_PORT: '0' });
    onTestFinished(() => tocsin.stop());
    const alertmanager = await startAlertmanager(configFor(tocsin));
    onTestFinished(() => alertmanager.stop());
    const alertsOf = async (kind: string): Promise<readonly Shown[]> => {
      const { integrations } = await tocsin.api('GET', '/api/v1/integrations');
      const { id } = integrations.find((one: { kind: string }) => one.kind === kind);
      const { items } = await tocsin.api('GET', `/api/v1/alerts?integration=${id}`);
      return items.map((item: Record<string, unknown>) => [item['title'], item['state'], item['severity']] as Shown);
    };
    const both = async () => ({
      webhook: await alertsOf('alertmanager-webhook'),
      mail: await alertsOf('email'),
    });
    const labels = { alertname: 'Disk', instance: 'h1', severity: 'critical' };
    const post = (more: object) =>
      alertmanager.ask('POST', '/alerts', [{ labels, annotations: { summary: 'disk full' }, ...more }]);

    await post({});
    const fired = await eventually('an alert by webhook and one by mail', 30_000, async () => {
      const now = await both();
      return now.webhook.length > 0 && now.mail.length > 0 && now;
    });
    expect(fired).toEqual({
      webhook: [['disk full', 'firing', 1]],
      mail: [['Disk (h1 critical)', 'firing', 1]],
    });

    await post({ endsAt: new Date().toISOString() });
    const over = await eventually('the end by both', 30_000, async () => {
      const now = await both();
      return [...now.webhook, ...now.mail].every(([, state]) => state === 'resolved') && now;
    });
    expect([over.webhook.length, over.mail.length]).toEqual([1, 1]);
    expect(await tocsin.api('GET', '/api/v1/verify')).toMatchObject({ ok: true });
  });
});

/** JSON is YAML. */
function configFor({ integrations }: Tocsin): string {
  const { smtpUrl = '', address = '' } = integrations['email'] ?? {};
  return JSON.stringify({
    global: { smtp_smarthost: new URL(smtpUrl).host, smtp_from: 'alertmanager@clients.test', smtp_require_tls: false },
    route: {
      group_by: ['alertname'],
      group_wait: '100ms',
      group_interval: '1s',
      repeat_interval: '1h',
      receiver: 'both',
    },
    receivers: [
      {
        name: 'both',
        webhook_configs: [{ url: integrations['alertmanager-webhook']?.['url'], send_resolved: true }],
        email_configs: [{ to: address, send_resolved: true }],
      },
    ],
  });
}
