import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToldChange } from '#changes';
import { createManualClock } from '#platform/clock';
import { cleanChange } from '../../changes/clean-change.ts';
import { githubDoors } from './github-doors.ts';
import { bytes } from './hostile-testkit.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 60);
const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z');
const SECRET = 'a shared secret';
const [door] = githubDoors({
  clock: createManualClock(NOW),
  integrations: { byKey: () => ({ id: 'i', name: 'I', kind: 'github' }), secretOf: () => [SECRET] },
  onRefused: () => {},
  changes: {
    record: async (_integration: unknown, told: readonly ToldChange[]) => {
      for (const one of told) {
        const { sourceHash, atMs, ...text } = cleanChange(one, NOW.epochMilliseconds);
        expect([sourceHash.length, Number.isSafeInteger(atMs)]).toEqual([32, true]);
        expect(JSON.stringify(text).isWellFormed()).toBe(true);
      }
    },
  },
} as never);

const EVENTS = ['ping', 'deployment', 'deployment_status', 'push', 'release', 'workflow_run', 'pull_request'];

async function answered(event: string, body: Buffer, signature?: string): Promise<number> {
  const signed = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  const headers = {
    'x-github-event': event,
    'x-github-delivery': 'guid',
    'x-hub-signature-256': signature ?? signed,
  };
  const answer = await door?.handle({
    params: { key: 'k' },
    query: new URLSearchParams(),
    headers,
    body,
    address: '::1',
  });
  expect([200, 202, 400, 401]).toContain(answer?.status);
  expect(JSON.parse(answer?.body ?? '')).toEqual({ message: expect.any(String) });
  return answer?.status ?? 0;
}

test.each(EVENTS)('whatever is sent as %s is answered, and what is kept can be stored', async (event) => {
  const text = readFileSync(join(import.meta.dirname, '../../../../testdata/github', `${event}.json`), 'utf8');
  const good = JSON.parse(text) as object;
  const whole = Buffer.from(JSON.stringify(good));
  expect(await answered(event, whole)).toBeLessThan(300);
  for (let at = 0; at < whole.length; at += 7) expect(await answered(event, whole.subarray(0, at))).toBe(400);
  await fc.assert(
    fc.asyncProperty(bytes(good), async (body) => {
      await answered(event, body);
    }),
    { numRuns },
  );
});

test('no signature but the right one opens the door', async () => {
  const body = Buffer.from('{}');
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^(sha256=)?[0-9a-f]{64}$/)), async (signature) => {
      expect(await answered('push', body, signature || 'x')).toBe(401);
    }),
    { numRuns },
  );
});
