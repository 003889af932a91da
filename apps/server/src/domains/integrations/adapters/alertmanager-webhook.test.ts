import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Integration } from '../model.ts';
import { parseAlertmanagerWebhook } from './alertmanager-webhook.ts';
import { parseAlerts } from './alertmanager.ts';
import { parseGrafana } from './grafana.ts';

const NOW = Temporal.Instant.from('2026-11-21T05:50:00Z').epochMilliseconds;
const integration: Integration = {
  id: 'int',
  name: 'Alertmanager',
  kind: 'alertmanager-webhook',
  teamId: null,
  resolveTimeoutSeconds: 300,
  enabled: true,
  settings: {},
};
const parse = (body: unknown) =>
  parseAlertmanagerWebhook(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), integration, NOW);
const iso = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 });

describe.each([
  ['alertmanager', parseAlertmanagerWebhook],
  ['grafana', parseGrafana],
] as const)('recorded webhooks of %s', (vendor, parser) => {
  const folder = join(import.meta.dirname, '../../../../testdata', vendor);
  const files = readdirSync(folder).filter((file) => file.startsWith('webhook-') && !file.includes('.golden.'));
  test.each(files)('%s', async (file) => {
    const { events, refused } = parser(readFileSync(join(folder, file)), integration, NOW);
    expect(refused).toEqual([]);
    const shown = events.map((event) => ({ ...event, startsAt: iso(event.startsAtMs), endsAt: iso(event.endsAtMs) }));
    await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot(
      join(folder, file.replace('.json', '.golden.json')),
    );
  });
});

describe('an alert of the webhook', () => {
  const labels = { alertname: 'Disk', instance: 'h1' };
  const one = (alert: object) => {
    const { events, refused } = parse({
      version: '4',
      status: 'firing',
      alerts: [{ status: 'firing', labels, ...alert }],
    });
    if (!events[0]) throw new Error(refused[0]?.reason);
    return events[0];
  };

  test('has the identity that it has by the API v2', () => {
    const api = parseAlerts(Buffer.from(JSON.stringify([{ labels }])), integration, NOW);
    expect(api.ok && api.events[0]?.identity).toBe(one({}).identity);
  });

  test('is decided by its own status, not by the group that it comes in', () => {
    const over = { status: 'resolved', startsAt: '2026-11-21T05:00:00Z', endsAt: '2026-11-21T05:49:00Z' };
    expect(one(over)).toMatchObject({ status: 'resolved', endsAtMs: NOW - 60_000 });
  });

  test('fires without an end, whatever end it carries: its sender says when it is over', () => {
    for (const endsAt of ['0001-01-01T00:00:00Z', undefined, '2026-11-21T05:00:00Z'])
      expect(one({ startsAt: '2026-11-21T05:40:00Z', endsAt })).toMatchObject({
        status: 'firing',
        endsAtMs: 253_370_764_800_000,
        endsAtIsTimeout: false,
        resends: true,
      });
  });

  test('without a start begins now, and each repeat is written', () => {
    expect(one({ startsAt: '0001-01-01T00:00:00Z' })).toMatchObject({ startsAtMs: NOW, resends: false });
  });

  test.each([
    ['no labels', { labels: {} }, 'at least one label with a value is needed'],
    ['another status', { status: 'suppressed' }, 'status must be firing or resolved'],
    ['a start that is none', { startsAt: 'yesterday' }, 'startsAt must be an RFC 3339 time'],
  ])('with %s is refused by its reason', (_what, alert, reason) => {
    expect(() => one(alert)).toThrow(reason);
  });

  test('that is bad leaves the good ones, in their places', () => {
    const { events, places, refused } = parse({ alerts: [7, { status: 'firing', labels }, null] });
    expect([events.length, places, refused.map(({ pointer }) => pointer)]).toEqual([
      1,
      [1],
      ['/alerts/0', '/alerts/2'],
    ]);
  });

  test.each(['', '[]', '{}', '{"alerts":{}}', 'null', '{"alerts":'])('%j is no webhook', (body) => {
    expect(parse(body)).toMatchObject({ events: [], refused: [{ index: null }] });
  });
});

describe("Grafana's links and values", () => {
  const alert = (more: object) => {
    const body = JSON.stringify({ alerts: [{ status: 'firing', labels: { alertname: 'x' }, ...more }] });
    return parseGrafana(Buffer.from(body), integration, NOW).events[0]?.annotations as Record<string, string>;
  };

  test('are kept only where they are links that cannot run, and numbers', () => {
    expect({
      ...alert({ imageURL: 'javascript:alert(1)', panelURL: '', values: { A: 1.5, B: null, C: 'x' } }),
    }).toEqual({
      values: 'A = 1.5',
    });
  });

  test('stand above annotations of the same name', () => {
    expect(alert({ annotations: { panel: 'mine' }, panelURL: 'https://g.example/p' })['panel']).toBe(
      'https://g.example/p',
    );
  });
});
