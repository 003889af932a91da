import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from '#harness/world';

let world: World;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
});
afterEach(() => world.dispose());

/** The samples of our own figures, e.g. `tocsin_intake_waiting` → 0. */
async function figures(): Promise<ReadonlyMap<string, number>> {
  const headers = { authorization: `Bearer ${world['ownerKey']}` };
  const { body } = await world.app.inject({ method: 'GET', url: '/metrics', headers });
  const samples = [...body.matchAll(/^(tocsin_\S+) (\S+)$/gm)];
  return new Map(samples.map(([, name, value]) => [name ?? '', Number(value)]));
}

test('alerts that are refused are counted, those stored are in the cache, and none is left waiting', async () => {
  expect((await figures()).get('tocsin_alerts_refused_total')).toBe(0);
  const good = {
    labels: { alertname: 'Down' },
    startsAt: world.clock.now().toString(),
    endsAt: '2026-03-11T12:00:00Z',
  };
  await world.post([good, { ...good, labels: {} }, { ...good, labels: { alertname: '' } }], 400);
  const after = await figures();
  expect(after.get('tocsin_alerts_refused_total')).toBe(2);
  expect(after.get('tocsin_repeat_cache_alerts')).toBe(1);
  expect(after.get('tocsin_intake_waiting')).toBe(0);
});

test('every try to tell is counted by channel and how it ended', async () => {
  const ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { hours: 1 }, call: [ann] }]));
  world.phones.behave('email', 'refuse');
  await world.fire({ alertname: 'Down' });
  world.phones.behave('email', 'accept');
  await world.fire({ alertname: 'DownToo', severity: 'critical' });
  await world.advance({ minutes: 2 });
  const tries = [...(await figures())].filter(([name]) => name.startsWith('tocsin_notification_attempts_total'));
  const results = tries.map(([name]) => /channel="email",result="([^"]+)"/.exec(name)?.[1]);
  expect(results).toContain('ok');
  expect(results.length).toBeGreaterThan(1);
});

test('a pass that fails is counted by its loop', async () => {
  await world.query('ALTER TABLE alerts RENAME TO alerts_away');
  world.app.engine.start();
  await expect.poll(async () => (await figures()).get('tocsin_engine_failures_total{loop="alerts"}')).toBe(1);
  await world.app.engine.stop();
  await world.query('ALTER TABLE alerts_away RENAME TO alerts');
});

test('a clock that the database contradicts is counted', async () => {
  await world.fire({ alertname: 'Down' });
  expect((await figures()).get('tocsin_clock_drift_total')).toBe(0);
  world.clock.skewDatabase(60_000);
  await world.app.engine.runUntilIdle(['groups']);
  expect((await figures()).get('tocsin_clock_drift_total')).toBe(1);
});
