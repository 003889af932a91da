import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLabels } from '#alerts';
import { createManualClock } from '#platform/clock';
import { Overloaded } from '#platform/group-commit';
import type { DoorRequest, VendorDoor } from '#platform/http/door';
import type { Integration, IntegrationKind } from '../model.ts';
import { alertmanagerWebhookDoors } from './alertmanager-webhook-doors.ts';
import { genericWebhookDoors, type WebhookDoorsDeps } from './generic-webhook-doors.ts';
import { grafanaDoors } from './grafana-doors.ts';
import { readers } from './readers.ts';

/** Bodies a door. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));
const KEY = 'k'.repeat(32);

const settings: Integration['settings'] = {
  mapping: {
    items: '/alerts',
    title: { pointer: ['/annotations/summary', '#/title'], template: '{{/labels/alertname}}' },
    status: { pointer: ['/status'] },
    labels: { all: { pointer: ['/labels'] }, whole: { pointer: ['#'] } },
    startsAt: { pointer: ['/startsAt'] },
  },
};

/** Doors whose intake takes only what the real one could store. */
function doorsFor(kind: IntegrationKind, fault?: Error): readonly VendorDoor[] {
  const integration: Integration = {
    id: 'i',
    name: 'I',
    kind,
    teamId: null,
    resolveTimeoutSeconds: 300,
    enabled: true,
    settings: kind === 'webhook' ? settings : {},
  };
  const deps: WebhookDoorsDeps = {
    clock,
    onRefused: () => {},
    integrations: {
      byKey: (key) => (key === KEY ? integration : null),
      take: async () => [],
      secretOf: () => [],
    },
    payloads: {
      async intake(of, request, now) {
        if (fault) throw fault;
        const read = await readers[of.kind]?.(request, of, now.epochMilliseconds);
        if (!read) throw new Error('no reader');
        for (const event of read.events) {
          const labels = cleanLabels(event.labels);
          expect(labels.ok && labels.labels).toEqual(event.labels);
          expect(event.identity).toMatch(/^[0-9a-f]{64}$/);
          expect([event.startsAtMs, event.endsAtMs].every(Number.isSafeInteger)).toBe(true);
          expect(event.startsAtMs).toBeLessThanOrEqual(now.epochMilliseconds);
          if (event.generatorUrl !== null) expect(event.generatorUrl).toMatch(/^https?:\/\//i);
        }
        expect(read.places).toHaveLength(read.events.length);
        return { accepted: read.events.length, ignored: read.ignored, refused: read.refused };
      },
      wasTaken: async () => false,
      noteTaken: async () => {},
    },
  };
  return [...genericWebhookDoors(deps), ...alertmanagerWebhookDoors(deps), ...grafanaDoors(deps)];
}

const doors = [
  ['alertmanager-webhook', '/webhooks/alertmanager/:key', 'alertmanager/webhook-firing.json'],
  ['grafana', '/webhooks/grafana/:key', 'grafana/webhook-firing.json'],
  ['webhook', '/webhooks/generic/:key', 'grafana/webhook-firing.json'],
] as const;

async function send(door: VendorDoor, body: Buffer, more: Partial<DoorRequest> = {}) {
  const headers = { 'content-type': 'application/json' };
  const request = { params: { key: KEY }, query: new URLSearchParams(), headers, body, address: '192.0.2.1', ...more };
  return door.handle(request);
}

/** In the protocol's own form: JSON with a status, and a reason where it is an error. */
async function answersInForm(door: VendorDoor, body: Buffer, more?: Partial<DoorRequest>): Promise<number> {
  const answer = await send(door, body, more);
  expect([200, 400, 401]).toContain(answer.status);
  const said = JSON.parse(answer.body ?? '') as { status: string; message?: string };
  expect(said.status).toBe(answer.status === 200 ? 'accepted' : 'error');
  if (answer.status !== 200) expect(said.message).toMatch(/\S/);
  return answer.status;
}

const hostile = fc.constantFrom<unknown>(
  null,
  0,
  -1e308,
  true,
  '',
  'a\0b',
  '\ud800',
  'x'.repeat(100_000),
  'javascript:alert(1)',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  [],
  {},
  [[[]]],
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}'),
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`l${i}`, 'v'])),
);

/** A copy with one value anywhere replaced, or one key renamed. */
function mutate(value: unknown, path: readonly number[], by: unknown, rename: boolean): unknown {
  if (typeof value !== 'object' || value === null || path.length === 0) return by;
  const keys = Object.keys(value);
  const key = keys[(path[0] as number) % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const entries = Object.entries(value).map(([name, inner]) =>
    name === key
      ? ([rename && path.length === 1 ? '__proto__' : name, mutate(inner, path.slice(1), by, rename)] as const)
      : ([name, inner] as const),
  );
  if (Array.isArray(value)) return entries.map(([, inner]) => inner);
  return JSON.parse(
    `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${JSON.stringify(inner)}`).join(',')}}`,
  );
}

describe.each(doors)('the door of %s', (kind, url, file) => {
  const door = doorsFor(kind).find((one) => one.url === url) as VendorDoor;
  const good = readFileSync(join(import.meta.dirname, '../../../../testdata', file));

  test('takes what its sender sends', async () => {
    expect(await answersInForm(door, good)).toBe(200);
  });

  test('answers a body cut at any byte', async () => {
    for (let end = 0; end < good.length - 1; end += 1)
      expect(await answersInForm(door, good.subarray(0, end))).toBe(400);
  });

  test('answers any value anywhere, and leaves no prototype changed', async () => {
    const sample: unknown = JSON.parse(good.toString());
    const path = fc.array(fc.nat(30), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(path, hostile, fc.boolean(), async (places, by, rename) => {
        await answersInForm(door, Buffer.from(JSON.stringify(mutate(sample, places, by, rename))));
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns },
    );
  });

  test('answers any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(good.length), async (bytes, at) => {
        const spliced = Buffer.concat([good.subarray(0, at), bytes, good.subarray(at)]);
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        await answersInForm(door, Buffer.from(bytes), { headers });
        await answersInForm(door, spliced);
      }),
      { numRuns },
    );
  });

  test('refuses a body that nests too deep, and judges megabytes at once', async () => {
    const began = performance.now();
    for (const body of ['['.repeat(500_000), '{"a":'.repeat(200_000), `{"title":"${'\\"'.repeat(400_000)}"}`])
      expect(await answersInForm(door, Buffer.from(body))).toBe(400);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('does not know a stranger, however the key looks', async () => {
    for (const key of ['', 'K'.repeat(32), `${KEY}x`, '__proto__', '../..', '\0'])
      expect(await answersInForm(door, good, { params: { key } })).toBe(401);
  });

  test('answers overload and a missing database with 503 and Retry-After, never 429', async () => {
    for (const fault of [new Overloaded('full'), Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })]) {
      const overloaded = doorsFor(kind, fault).find((one) => one.url === url) as VendorDoor;
      expect(await send(overloaded, good)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    }
  });
});
