import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Victim } from './victim.ts';

const FOR_MS = 5_000;

it('alerts are accepted while configuration is written without a pause, as an import does', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
  const server = new Victim({ dir });
  try {
    await server.start();
    const until = performance.now() + FOR_MS;
    let written = 0;
    const write = async (writer: number) => {
      while (performance.now() < until) {
        written += 1;
        await server.api('POST', '/api/v1/teams', { key: `t-${writer}-${written}`, name: `Team ${written}` });
      }
    };
    const answers: number[] = [];
    const offer = async (sender: number) => {
      while (performance.now() < until) {
        const alerts = [{ labels: { alertname: `Storm${sender}`, id: String(answers.length), severity: 'critical' } }];
        const body = JSON.stringify(alerts);
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${server.alertmanagerUrl}/api/v2/alerts`, { method: 'POST', headers, body });
        answers.push(answer.status);
      }
    };
    await Promise.all([write(1), write(2), offer(1), offer(2)]);
    expect(written).toBeGreaterThan(50);
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
