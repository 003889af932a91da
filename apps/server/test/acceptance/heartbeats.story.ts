import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
let ann: Person;
beforeEach(async () => {
  world = await World.open('2026-11-21T05:40:00Z');
  ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { hours: 1 }, call: [ann] }]));
});
afterEach(() => world.close());

async function open(more: Record<string, unknown> = {}) {
  const made = await world.api('POST', '/api/v1/integrations', { name: 'Jobs', kind: 'heartbeat' });
  const times = { intervalSeconds: 600, graceSeconds: 60, ...more };
  const heartbeat = await world.api('POST', '/api/v1/heartbeats', {
    integrationId: made.integration.id,
    slug: 'backup',
    name: 'Nightly backup',
    ...times,
  });
  const path = `${new URL(made.address.url).pathname}/backup`;
  const ping = async (method: 'GET' | 'HEAD' | 'POST' = 'GET', query = '', payload?: string) => {
    const answer = await world.app.inject({ method, url: path + query, ...(payload ? { payload } : {}) });
    await world.settle();
    return [answer.statusCode, answer.body] as const;
  };
  const show = () => world.api('GET', `/api/v1/heartbeats/${heartbeat.id}`);
  return { id: heartbeat.id as string, integrationId: made.integration.id as string, path, ping, show };
}

describe('a heartbeat', () => {
  it('expects nothing before its first ping; then pages when one is missed and resolves when it returns', async () => {
    const { ping, show } = await open();
    await world.advance({ hours: 5 });
    expect(await show()).toMatchObject({ state: 'waiting', expectedBy: null });
    expect(await ping()).toEqual([200, 'OK\n']);
    await world.advance({ minutes: 10 });
    world.quiet();
    await world.advance({ minutes: 1 });
    world.told(ann, /Nightly backup gives no sign of life/);
    expect(await show()).toMatchObject({ state: 'down', reason: 'no ping for 11 minutes, expected every 10 minutes' });
    await ping('HEAD');
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    expect(await show()).toMatchObject({ state: 'up', reason: null });
    expect(await world.pages()).toMatchObject([{ title: 'Nightly backup missed', state: 'resolved' }]);
  });

  it('pages at once for a failure that a job reports, and keeps what it said', async () => {
    const { ping, show } = await open();
    await ping('POST', '?status=start');
    expect(await ping('POST', '?status=fail', 'disk full\0')).toEqual([200, 'OK\n']);
    world.told(ann, /Nightly backup/);
    expect(await show()).toMatchObject({ state: 'down', lastMessage: 'disk full\ufffd' });
    expect((await world.pages())[0]).toMatchObject({ severity: 2 });
  });

  it('refuses in plain words what it does not know', async () => {
    const { ping, path } = await open();
    expect(await ping('GET', '?status=fine')).toEqual([400, 'status must be start, ok or fail\n']);
    const elsewhere = await world.app.inject({ method: 'GET', url: `${path}-2` });
    expect([elsewhere.statusCode, elsewhere.body]).toEqual([404, 'there is no heartbeat at this address\n']);
    const stranger = await world.app.inject({ method: 'GET', url: `/heartbeats/${'x'.repeat(32)}` });
    expect([stranger.statusCode, stranger.body]).toEqual([401, 'unknown integration key\n']);
  });

  it('that is paused or archived lets its alert go', async () => {
    const { id, ping } = await open();
    await ping('POST', '?status=fail');
    world.told(ann, /Nightly backup/);
    await world.api('PATCH', `/api/v1/heartbeats/${id}`, { version: 1, paused: true });
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    await world.api('PATCH', `/api/v1/heartbeats/${id}`, { version: 2, paused: false });
    await ping('POST', '?status=fail');
    await world.advance({ minutes: 6 });
    world.told(ann, /Nightly backup/);
    await world.api('DELETE', `/api/v1/heartbeats/${id}`);
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    expect(await ping()).toEqual([404, 'there is no heartbeat at this address\n']);
  });

  it('gets its grace anew when Tocsin itself was not there to hear it', async () => {
    const { ping, show } = await open();
    await ping();
    await world.advance({ minutes: 5 });
    // Nothing runs for an hour: the clock moves, and no pass looks.
    world.clock.set(world.clock.now().add({ hours: 1 }));
    await world.settle();
    world.quiet();
    expect(await show()).toMatchObject({ state: 'up' });
    await world.advance({ seconds: 61 });
    world.told(ann, /Nightly backup/);
  });
});

describe('the always-firing Watchdog', () => {
  it('pages nobody while it comes, and pages when it stops', async () => {
    const made = await world.api('POST', '/api/v1/integrations', { name: 'Prometheus 2', kind: 'alertmanager' });
    await world.api('POST', '/api/v1/heartbeats', {
      integrationId: made.integration.id,
      name: 'Prometheus 2',
      intervalSeconds: 120,
      graceSeconds: 60,
      matchers: 'alertname="Watchdog"',
    });
    const url = `${new URL(made.address.url).pathname}/api/v2/alerts`;
    const send = async () => {
      const labels = { alertname: 'Watchdog', severity: 'none' };
      const answer = await world.app.inject({ method: 'POST', url, payload: JSON.stringify([{ labels }]) });
      expect(answer.statusCode).toBe(200);
      await world.settle();
    };
    for (let i = 0; i < 5; i += 1) {
      await send();
      await world.advance({ minutes: 1 });
    }
    world.quiet();
    await world.advance({ minutes: 2 });
    world.told(ann, /Prometheus 2 gives no sign of life/);
    await send();
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
  });
});
