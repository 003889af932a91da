import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
let olga: Person;
let made: Awaited<ReturnType<typeof open>>;

/** Limits as they are, a ten-thousandth of them. */
beforeEach(async () => {
  world = await World.open('2026-11-21T10:00:00Z', { flags: { openAlertsAlarm: 10, openAlertsMost: 20 } });
  // Alarms about Tocsin go to owners; everything else of this story pages nobody.
  const [owner] = await world.query<{ id: string }>("SELECT id FROM users WHERE role = 'owner'");
  olga = { id: owner?.id as string, name: 'Olga', email: 'olga@story.test', phone: '' };
  await world.query(
    `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'email', 'mail', $2, $3, $3, $3)`,
    [olga.id, olga.email, '2026-11-21T10:00:00Z'],
  );
  await world.route(null, { mode: 'record' });
  made = await open();
});
afterEach(() => world.close());

async function open() {
  const { address } = await world.api('POST', '/api/v1/integrations', { name: 'Prometheus', kind: 'alertmanager' });
  const url = new URL(address.url).pathname;
  const fire = async (alerts: readonly string[], over = false) => {
    const endsAt = world.clock
      .now()
      .add({ hours: over ? 0 : 24 })
      .toString();
    const answer = await world.app.inject({
      method: 'POST',
      url: `${url}/api/v2/alerts`,
      payload: alerts.map((alertname) => ({ labels: { alertname }, endsAt })),
    });
    await world.settle();
    return { status: answer.statusCode, headers: answer.headers, body: answer.body };
  };
  return { url, fire };
}

/** Why, as the doors say it. */
const BUSY = expect.stringMatching(/store/);
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `A${from + n}`);
const quarterMinute = () => world.advance({ seconds: 16 });

describe('an integration with very many open alerts', () => {
  it('is told to the owners once, and again only after it was well below the limit', async () => {
    await made.fire(names(0, 9));
    await quarterMinute();
    world.quiet();
    await made.fire(names(9, 11));
    await quarterMinute();
    expect(world.told(olga, /very many open alerts/).text).toContain('Prometheus: 11 open alerts');
    // A little below and over again is no crossing.
    await made.fire(names(9, 11), true);
    await quarterMinute();
    await made.fire(names(11, 14));
    await quarterMinute();
    world.quiet();
    await made.fire(names(0, 9), true);
    await quarterMinute();
    await made.fire(names(20, 30));
    await quarterMinute();
    world.told(olga, /very many open alerts/);
  });

  it('is told of once by two processes', async () => {
    const other = await world.secondProcess();
    await made.fire(names(0, 12));
    for (let turn = 0; turn < 3; turn += 1) {
      await quarterMinute();
      await other.engine.runUntilIdle();
    }
    world.told(olga, /very many open alerts/);
    await other.stop();
  });

  it('is told to come again later at the limit, in its own form, while others and what resolves are taken', async () => {
    await made.fire(names(0, 20));
    world.told(olga, /very many open alerts/);
    const full = await made.fire(names(20, 21));
    expect([full.status, full.headers['retry-after'], full.body]).toEqual([
      503,
      '2',
      '"cannot store alerts just now"\n',
    ]);
    expect(await world.query("SELECT 1 FROM alerts WHERE title = 'A20'")).toEqual([]);

    const another = await open();
    expect((await another.fire(['B0'])).status).toBe(200);

    // Both in one request: what is over is taken, and the sender comes again with the rest.
    const mixed = await world.app.inject({
      method: 'POST',
      url: `${made.url}/api/v2/alerts`,
      payload: [
        ...names(0, 5).map((alertname) => ({ labels: { alertname }, endsAt: world.clock.now().toString() })),
        { labels: { alertname: 'A20' }, endsAt: world.clock.now().add({ hours: 24 }).toString() },
      ],
    });
    expect(mixed.statusCode).toBe(503);
    const [firing] = await world.query<{ n: number }>("SELECT count(*)::int AS n FROM alerts WHERE status = 'firing'");
    expect(firing?.n).toBe(15 + 1);
    await quarterMinute();
    expect((await made.fire(names(20, 21))).status).toBe(200);
  });

  it('is refused by the count of the database, too: what another process has opened', async () => {
    const other = await world.secondProcess();
    await made.fire(names(0, 20));
    world.told(olga, /very many open alerts/);
    const ask = () =>
      other.inject({
        method: 'POST',
        url: `${made.url}/api/v2/alerts`,
        payload: [{ labels: { alertname: 'A99' } }],
      });
    expect((await ask()).statusCode).toBe(200);
    await quarterMinute();
    await other.engine.runUntilIdle(['jobs']);
    expect((await ask()).statusCode).toBe(503);
    await other.stop();
  });
});

describe('each protocol says in its own form that it cannot take more', () => {
  const json = (value: string) => JSON.parse(value) as Record<string, unknown>;
  it.each([
    [
      'pagerduty',
      (key: string, name: string) => ({
        ...{ routing_key: key, event_action: 'trigger', dedup_key: name },
        payload: { summary: name, source: 's', severity: 'error' },
      }),
      (body: string) => expect(json(body)).toEqual({ status: 'error', message: BUSY, errors: [BUSY] }),
    ],
    [
      'opsgenie',
      (_key: string, name: string) => ({ message: name, alias: name }),
      (body: string) => expect(json(body)).toMatchObject({ message: BUSY, requestId: expect.any(String) }),
    ],
    [
      'victorops',
      (_key: string, name: string) => ({ message_type: 'CRITICAL', entity_id: name }),
      (body: string) => expect(json(body)).toEqual({ result: 'failure', message: BUSY }),
    ],
    [
      'slack',
      (_key: string, name: string) => ({ text: name }),
      (body: string) => expect(body).toBe('service_unavailable'),
    ],
    [
      'webhook',
      (_key: string, name: string) => ({ title: name }),
      (body: string) => expect(json(body)).toEqual({ status: 'error', message: BUSY }),
    ],
  ] as const)('%s', async (kind, bodyOf, check) => {
    const { key, address } = await world.api('POST', '/api/v1/integrations', { name: kind, kind });
    const path = { pagerduty: '/v2/enqueue', opsgenie: '/v2/alerts' }[kind as string] ?? new URL(address.url).pathname;
    const send = (name: string) =>
      world.app.inject({
        method: 'POST',
        url: path,
        headers: {
          'content-type': 'application/json',
          ...(kind === 'opsgenie' ? { authorization: `GenieKey ${key}` } : {}),
        },
        payload: JSON.stringify(bodyOf(key, name)),
      });
    for (const name of names(0, 20)) expect((await send(name)).statusCode).toBeLessThan(300);
    const answer = await send('one more');
    expect([answer.statusCode, Number(answer.headers['retry-after']) > 0]).toEqual([503, true]);
    check(answer.body);
    await quarterMinute();
    world.told(olga, /very many open alerts/);
  });
});
