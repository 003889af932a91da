import { expect, it } from 'vitest';
import { runChaos } from './chaos.ts';

it('loses no accepted alert and no due page when Tocsin, PostgreSQL or both are killed under load', async () => {
  const report = await runChaos({ kills: 5, rate: 60, seed: 20_261_121, say: () => {} });
  expect(report.accepted).toBeGreaterThan(100);
  expect(report).toMatchObject({
    lost: [],
    undelivered: [],
    tooMany: [],
    otherKeys: [],
    verify: { ok: true, violations: [] },
  });
}, 240_000);
