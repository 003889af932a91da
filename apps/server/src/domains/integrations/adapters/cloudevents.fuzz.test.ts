import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InboundEvent } from '#alerts';
import { createManualClock } from '#platform/clock';
import type { DoorRequest } from '#platform/http/door';
import { cloudeventsDoors } from './cloudevents-doors.ts';
import { bytes, storableOnly } from './hostile-testkit.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const [post, options] = cloudeventsDoors({
  clock: createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z')),
  integrations: {
    byKey: () => ({ id: 'i', name: 'I', kind: 'cloudevents' }),
    take: async (_integration: unknown, events: readonly InboundEvent[]) => {
      storableOnly(events);
      return [];
    },
  },
  onRefused: () => {},
  changes: { record: async () => {} },
  payloads: { wasTaken: async () => false, noteTaken: async () => {} },
} as never);

const GOOD = {
  ...{ specversion: '1.0', id: 'e-1', source: '/shop/eu', type: 'test.shop.disk.firing', subject: 'h1' },
  ...{ time: '2026-11-21T10:00:00Z', datacontenttype: 'application/json', severitytext: 'error', region: 'eu' },
  data: { summary: 'Disk full', status: 'firing', labels: { zone: 'a' }, service: 'search', url: 'https://x.test/' },
};

async function answered(headers: DoorRequest['headers'], body: Buffer): Promise<number> {
  const answer = await post?.handle({
    params: { key: 'k' },
    query: new URLSearchParams(),
    headers,
    body,
    address: '::1',
  });
  expect([200, 400, 415]).toContain(answer?.status);
  const told = JSON.parse(answer?.body ?? '');
  if (answer?.status !== 200) expect(told.error).toEqual(expect.any(String));
  return answer?.status ?? 0;
}

test.each([
  ['application/cloudevents+json', GOOD],
  ['application/cloudevents-batch+json', [GOOD, { ...GOOD, id: 'e-2', data_base64: 'e30=' }]],
])('whatever is sent as %s is answered, and what is taken can be stored', async (type, good) => {
  const headers = { 'content-type': type };
  const whole = Buffer.from(JSON.stringify(good));
  expect(await answered(headers, whole)).toBe(200);
  for (let at = 0; at < whole.length; at += 1) expect(await answered(headers, whole.subarray(0, at))).toBe(400);
  await fc.assert(
    fc.asyncProperty(bytes(good), async (body) => {
      await answered(headers, body);
    }),
    { numRuns },
  );
});

test('whatever stands in the headers of binary mode', async () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('%', '%E0%A4%A', '%00', '1.0', ''), fc.array(fc.string()));
  const names = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-subject', 'ce-time', 'ce-__proto__', 'ce-'];
  const headers = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
  const media = fc.constantFrom('application/json', 'text/plain', 'application/octet-stream', '', ';;');
  await fc.assert(
    fc.asyncProperty(headers, media, bytes(GOOD.data), async (some, type, body) => {
      await answered(
        { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': 's', 'ce-type': 't', ...some, 'content-type': type },
        body,
      );
    }),
    { numRuns },
  );
});

test('whatever asks whether it may deliver gets no header that a server cannot send', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.domain()), async (origin) => {
      const request = { params: { key: 'k' }, query: new URLSearchParams(), body: Buffer.alloc(0), address: '::1' };
      const answer = await options?.handle({ ...request, headers: { 'webhook-request-origin': origin } });
      expect(answer?.status).toBe(200);
      expect(() => new Headers(answer?.headers)).not.toThrow();
    }),
    { numRuns },
  );
});
