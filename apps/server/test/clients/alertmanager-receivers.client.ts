import { describe, expect, onTestFinished, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { startAlertmanager } from './preview-alertmanager.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

/** An integration of the test, as its sender is configured. */
interface Door {
  readonly id: string;
  readonly address: Readonly<Record<string, string>>;
}

async function open(tocsin: Tocsin, kind: string): Promise<Door> {
  const { integration, address } = await tocsin.api('POST', '/api/v1/integrations', {
    name: `Alertmanager by ${kind}`,
    kind,
  });
  return { id: integration.id, address };
}

describe.skipIf(isPassedOver('prometheus-alertmanager'))(
  'a real Alertmanager 0.25 with nothing changed but addresses',
  () => {
    test('tells of a problem, of its growth and of its end by Opsgenie’s, VictorOps’ and Slack’s receivers', async () => {
      const tocsin = await startTocsin({});
      onTestFinished(() => tocsin.stop());
      const opsgenie = await open(tocsin, 'opsgenie');
      const victorops = await open(tocsin, 'victorops');
      const slack = await open(tocsin, 'slack');
      const alertmanager = await startAlertmanager(configFor({ opsgenie, victorops, slack }));
      onTestFinished(() => alertmanager.stop());
      const post = (labels: object, more: object = {}) =>
        alertmanager.ask('POST', '/alerts', [{ labels: { alertname: 'Disk', ...labels }, ...more }]);
      const alertsOf = async ({ id }: Door) =>
        (await tocsin.api('GET', `/api/v1/alerts?integration=${id}`)).items as readonly Record<string, unknown>[];

      const doors = { opsgenie, victorops, slack };
      const titles = async () =>
        Object.fromEntries(
          await Promise.all(
            Object.entries(doors).map(async ([name, door]) => [
              name,
              (await alertsOf(door)).map(({ title, state, severity }) => [title, state, severity]),
            ]),
          ),
        ) as Record<keyof typeof doors, readonly (readonly [string, string, number])[]>;

      await post({ instance: 'h1', severity: 'critical' }, { annotations: { summary: 'disk full' } });
      const fired = await eventually('an alert by each receiver', 30_000, async () => {
        const now = await titles();
        return Object.values(now).every((alerts) => alerts.length > 0) && now;
      });
      expect(fired).toEqual({
        opsgenie: [['[FIRING:1] Disk (h1 critical)', 'firing', 1]],
        victorops: [['[FIRING:1] Disk (h1 critical)', 'firing', 1]],
        slack: [['Disk (h1 critical)', 'firing', 2]],
      });

      await post({ instance: 'h2', severity: 'critical' });
      const grown = await eventually('the growth told to Opsgenie’s door', 30_000, async () => {
        const now = await titles();
        return now.opsgenie[0]?.[0].startsWith('[FIRING:2]') && now;
      });
      expect(grown.opsgenie).toEqual([['[FIRING:2] Disk (critical)', 'firing', 1]]);
      const [shown] = await alertsOf(opsgenie);
      await eventually('the description that follows the message', 30_000, async () => {
        const { annotations } = await tocsin.api('GET', `/api/v1/alerts/${shown?.['id'] as string}`);
        return /instance = h1[^]*instance = h2/.test(annotations.description);
      });

      for (const instance of ['h1', 'h2'])
        await post({ instance, severity: 'critical' }, { endsAt: new Date().toISOString() });
      const over = await eventually('the end by each receiver', 30_000, async () => {
        const now = await titles();
        return Object.values(now).every((alerts) => alerts.every(([, state]) => state === 'resolved')) && now;
      });
      // Each knew it for one trouble all the while, although titles and counts changed.
      expect(Object.values(over).map((alerts) => alerts.length)).toEqual([1, 1, 1]);
      expect(await tocsin.api('GET', '/api/v1/verify')).toMatchObject({ ok: true });
    });
  },
);

/** JSON is YAML. Every alert goes to all three, at once and again whenever its group changes. */
function configFor({ opsgenie, victorops, slack }: Readonly<Record<'opsgenie' | 'victorops' | 'slack', Door>>): string {
  const pace = { group_by: ['alertname'], group_wait: '100ms', group_interval: '1s', repeat_interval: '1h' };
  const { url = '', apiKey = '' } = opsgenie.address;
  const [voKey = ''] = (victorops.address['url'] ?? '').split('/').slice(-1);
  return JSON.stringify({
    route: {
      ...pace,
      receiver: 'opsgenie',
      routes: [
        { receiver: 'victorops', continue: true },
        { receiver: 'slack', continue: true },
        { receiver: 'opsgenie' },
      ],
    },
    receivers: [
      {
        name: 'opsgenie',
        opsgenie_configs: [{ api_url: `${url}/`, api_key: apiKey, update_alerts: true, priority: 'P1' }],
      },
      {
        name: 'victorops',
        victorops_configs: [
          {
            api_url: (victorops.address['url'] ?? '').slice(0, -voKey.length),
            api_key: voKey,
            routing_key: 'database',
          },
        ],
      },
      {
        name: 'slack',
        slack_configs: [{ api_url: slack.address['url'], channel: '#ops', send_resolved: true }],
      },
    ],
  });
}
