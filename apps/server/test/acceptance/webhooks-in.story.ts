import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

const golden = (path: string) =>
  readFileSync(join(import.meta.dirname, '../../testdata', path), 'utf8').replaceAll(/\s+$/g, '');

/** An integration of a kind: its door's path, what it shows of itself, and a way to send. */
async function open(kind: string) {
  const made = await world.api('POST', '/api/v1/integrations', { name: `The ${kind}`, kind });
  const { id } = made.integration;
  const path = new URL(made.address.url).pathname;
  const send = async (body: unknown, headers: Record<string, string> = {}, method: 'POST' | 'PUT' = 'POST') => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await world.app.inject({
      method,
      url: path,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    });
    await world.settle();
    return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
  };
  const show = () => world.api('GET', `/api/v1/integrations/${id}`);
  const set = async (settings: unknown) =>
    world.api('PUT', `/api/v1/integrations/${id}/settings`, { version: (await show()).version, settings });
  const dead = async () => (await world.api('GET', `/api/v1/integrations/${id}/dead-letters`)).items;
  return { id, key: made.key as string, path, send, show, set, dead };
}

describe('a generic webhook', () => {
  it('pages for what a bare curl sends, and resolves', async () => {
    const { send } = await open('webhook');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await send('{"title": "Disk full on h1", "severity": "critical"}', form)).toEqual({
      status: 200,
      body: { status: 'accepted', accepted: 1, ignored: 0 },
    });
    world.told(ann, /Disk full on h1/);
    expect((await world.pages())[0]).toMatchObject({ severity: 1, title: 'Disk full on h1' });
    await send({ title: '[RESOLVED] Disk full on h1' });
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
  });

  it('keeps what its mapping does not fit, and pages when it is mended and read again', async () => {
    const { id, send, set, show, dead } = await open('webhook');
    await set({ mapping: { items: '/alarms', title: { pointer: '/headline' } } });
    const body = { events: [{ headline: 'Queue stands', host: 'h1' }] };
    expect(await send(body)).toEqual({
      status: 400,
      body: {
        status: 'error',
        message: 'items: there is nothing at this pointer',
        accepted: 0,
        ignored: 0,
        refused: [{ index: null, pointer: '/alarms', reason: 'items: there is nothing at this pointer' }],
      },
    });
    world.quiet();
    expect((await show()).deadLetters).toBe(1);
    const [letter] = await dead();
    expect(letter).toMatchObject({ text: JSON.stringify(body), refused: [{ pointer: '/alarms' }], replayedAt: null });

    const again = () => world.api('POST', `/api/v1/integrations/${id}/payloads/${letter.id}/replay`);
    await world.advance({ minutes: 10 });
    expect(await again()).toMatchObject({ accepted: 0, refused: [{ pointer: '/alarms' }] });
    expect((await dead())[0]).toMatchObject({ replayedAt: '2026-11-21T05:50:00Z' });

    const mapping = { items: '/events', title: { pointer: '/headline' } };
    await set({ mapping });
    expect(await again()).toEqual({ accepted: 1, ignored: 0, refused: [] });
    await world.settle();
    world.told(ann, /Queue stands/);
    expect([(await show()).deadLetters, await dead()]).toEqual([0, []]);
    const alerts = await world.query(
      `SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI:SS') AS began, count::int FROM alerts`,
    );
    expect(alerts).toEqual([{ began: '05:40:00', count: 1 }]);
  });

  it('takes the good items beside a bad one, and of these only the bad one when it is read again', async () => {
    const { id, send, set } = await open('webhook');
    await set({ mapping: { title: { pointer: '/headline' }, dedupKey: { pointer: '/no' } } });
    const answer = await send([
      { headline: 'One', no: 1 },
      { subjekt: 'Two', no: 2 },
    ]);
    expect(answer).toMatchObject({ status: 400, body: { accepted: 1, refused: [{ index: 1, pointer: '/headline' }] } });
    world.told(ann, /One/);
    await world.advance({ minutes: 5 });
    await send({ headline: 'One', no: 1, status: 'ok' });
    world.told(ann, /[Rr]esolved/);

    await set({ mapping: { title: { pointer: ['/headline', '/subjekt'] }, dedupKey: { pointer: '/no' } } });
    const since = '2026-11-21T05:00:00Z';
    expect(await world.api('POST', `/api/v1/integrations/${id}/dead-letters/replay`, { since })).toEqual({
      replayed: 1,
      mended: 1,
      more: false,
    });
    await world.settle();
    world.told(ann, /Two/);
    const firing = await world.query(`SELECT title FROM alerts WHERE status = 'firing'`);
    expect(firing).toEqual([{ title: 'Two' }]);
  });

  it('shows by a preview exactly what the door will do, and stores nothing', async () => {
    const { id, send, set } = await open('webhook');
    const preview = (body: object) => world.api('POST', `/api/v1/integrations/${id}/mapping/preview`, body);
    const body = { name: 'Disk', where: 'h1', sev: 5, at: '2026-11-21T05:39:00Z' };
    await send(body);
    world.told(ann, /Disk/);
    const mapping = {
      title: { template: '{{/name}} on {{/where}}' },
      severity: { pointer: '/sev', values: { '5': 'critical' } },
      status: { pointer: '/up' },
      startsAt: { pointer: '/at' },
      labels: { host: { pointer: '/where' } },
    };
    const shown = await preview({ mapping });
    expect(shown.results).toHaveLength(1);
    expect(shown.results[0]).toMatchObject({
      events: [
        {
          status: 'firing',
          title: 'Disk on h1',
          severity: 'critical',
          startsAt: '2026-11-21T05:39:00Z',
          labels: { alertname: 'Disk on h1', host: 'h1', severity: 'critical' },
        },
      ],
      refused: [],
      warnings: [{ index: 0, field: 'status', pointer: '/up', reason: 'nothing was found here' }],
    });
    expect(await preview({ mapping: { ...mapping, items: '/list' }, payload: body })).toMatchObject({
      results: [{ payloadId: null, events: [], refused: [{ index: null, field: 'items', pointer: '/list' }] }],
    });
    expect((await preview({ mapping, payload: '{"name": "Dis' })).results[0].refused[0].reason).toMatch(/^not JSON/);

    await set({ mapping });
    await send(body);
    const stored = await world.query<{ labels: unknown; identity: string }>(
      `SELECT labels, encode(identity, 'hex') AS identity FROM alerts WHERE title = 'Disk on h1'`,
    );
    const [event] = shown.results[0].events;
    expect(stored).toEqual([{ labels: event.labels, identity: event.identity }]);
    world.told(ann, /Disk on h1/);
    expect(await world.query('SELECT 1 FROM event_payloads')).toHaveLength(2);
  });

  it('believes only what is signed with the right secret and a date near ours, once', async () => {
    const { id, send, set, show } = await open('webhook');
    const hmac = { header: 'X-Sig', signs: 'timestamp.body', timestampHeader: 'X-Time', prefix: 'sha256=' };
    await set({ hmac });
    const body = JSON.stringify({ title: 'Signed' });
    const signed = (offsetSeconds: number, secret = 'the right secret') => {
      const time = String(Math.floor(world.clock.now().epochMilliseconds / 1_000) + offsetSeconds);
      const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
      return { 'x-time': time, 'x-sig': `sha256=${mac}` };
    };
    const refusedFor = async (headers: Record<string, string>) => {
      const { status, body: said } = await send(body, headers);
      return `${status} ${said['message']}`;
    };
    expect(await refusedFor(signed(0))).toBe('401 a signature is asked for, but no secret is set');
    await world.api('PUT', `/api/v1/integrations/${id}/secret`, { secret: 'the right secret' });
    expect(await refusedFor({})).toBe('401 no signature in x-sig');
    expect(await refusedFor(signed(0, 'another secret'))).toBe('401 the signature does not fit');
    expect(await refusedFor({ ...signed(0), 'x-time': signed(-10)['x-time'] })).toBe('401 the signature does not fit');
    expect(await refusedFor(signed(-301))).toBe('401 sent more than 300 s ago');
    expect(await refusedFor(signed(301))).toBe('401 sent more than 300 s ahead');
    world.quiet();
    expect((await show()).deadLetters).toBe(0);

    const good = signed(300);
    expect((await send(body, good)).status).toBe(200);
    world.told(ann, /Signed/);
    for (let minutes = 0; minutes < 2; minutes += 1) {
      expect(await refusedFor(good)).toBe('409 this delivery was taken before');
      await world.advance({ minutes: 5 });
    }
    // It is forgotten only when its date no longer passes.
    await world.advance({ minutes: 30 });
    expect(await world.query('SELECT 1 FROM taken_deliveries')).toEqual([]);
    expect(await refusedFor(good)).toBe('401 sent more than 300 s ago');
  });

  it('asks for a signature as soon as a secret is set, and takes the old secret for a day', async () => {
    const { id, send } = await open('webhook');
    const secret = (text: string) => world.api('PUT', `/api/v1/integrations/${id}/secret`, { secret: text });
    const body = JSON.stringify({ title: 'Rotated' });
    const by = (text: string) => ({ 'x-webhook-signature': createHmac('sha256', text).update(body).digest('hex') });
    await secret('first secret');
    expect((await send(body)).status).toBe(401);
    await secret('second secret');
    expect([(await send(body, by('first secret'))).status, (await send(body, by('second secret'))).status]).toEqual([
      200, 200,
    ]);
    world.told(ann, /Rotated/);
    await world.act('resolve');
    await world.advance({ hours: 24 });
    world.phones.inbox.length = 0;
    expect((await send(body, by('first secret'))).status).toBe(401);
  });
});

describe("Alertmanager's webhook", () => {
  it('pages, counts a repeat, and resolves by the very bodies that Alertmanager 0.25 sends', async () => {
    const { send } = await open('alertmanager-webhook');
    expect((await send(golden('alertmanager/webhook-firing.json'))).status).toBe(200);
    world.told(ann, /disk full/);
    await world.advance({ minutes: 30 });
    expect((await send(golden('alertmanager/webhook-firing.json'))).status).toBe(200);
    world.quiet();
    const over = golden('alertmanager/webhook-firing.json')
      .replace('"alerts":[{"status":"firing"', '"alerts":[{"status":"resolved"')
      .replace('0001-01-01T00:00:00Z', '2026-11-21T06:09:59Z');
    expect((await send(over)).status).toBe(200);
    world.told(ann, /[Rr]esolved/);
  });

  it('opens one alert with a Prometheus that sends to the same integration by the API v2', async () => {
    const made = await world.api('POST', '/api/v1/integrations', { name: 'Both', kind: 'alertmanager' });
    const body = golden('alertmanager/webhook-firing.json');
    const { labels, startsAt } = JSON.parse(body).alerts[0];
    const post = async (url: string, payload: string) =>
      expect((await world.app.inject({ method: 'POST', url, payload })).statusCode).toBe(200);
    await post(`/webhooks/alertmanager/${made.key}`, body);
    await post(`/am/${made.key}/api/v2/alerts`, JSON.stringify([{ labels, startsAt }]));
    await world.settle();
    world.told(ann, /disk full/);
    expect(await world.query('SELECT 1 FROM alerts')).toHaveLength(1);
  });

  it('tells a stranger, a wrong body and a bad alert what is wrong, and keeps the good one', async () => {
    const { send, path, dead } = await open('alertmanager-webhook');
    const stranger = await world.app.inject({ method: 'POST', url: `${path.slice(0, -1)}!`, payload: '{}' });
    expect([stranger.statusCode, stranger.json()]).toEqual([
      401,
      { status: 'error', message: 'unknown integration key' },
    ]);
    expect(await send('[]')).toMatchObject({ status: 400, body: { message: 'the body must be a JSON object' } });
    const alerts = [
      {
        status: 'firing',
        labels: { alertname: 'Good' },
        startsAt: '2026-11-21T05:39:00Z',
        endsAt: '0001-01-01T00:00:00Z',
      },
      { status: 'on fire', labels: { alertname: 'Bad' } },
    ];
    expect(await send({ version: '4', alerts })).toMatchObject({
      status: 400,
      body: { accepted: 1, refused: [{ index: 1, pointer: '/alerts/1', reason: 'status must be firing or resolved' }] },
    });
    world.told(ann, /Good/);
    expect(await dead()).toHaveLength(2);
  });
});

describe('what any other door does not understand', () => {
  it('is kept as well, with what its sender was told', async () => {
    const made = async (kind: string) => world.api('POST', '/api/v1/integrations', { name: kind, kind });
    const dead = async (id: string) => (await world.api('GET', `/api/v1/integrations/${id}/dead-letters`)).items;
    const am = await made('alertmanager');
    const [good, bad] = [{ labels: { alertname: 'Good' } }, { labels: {} }];
    const url = `/am/${am.key}/api/v2/alerts`;
    expect((await world.app.inject({ method: 'POST', url, payload: JSON.stringify([good, bad]) })).statusCode).toBe(
      400,
    );
    await world.settle();
    world.told(ann, /Good/);
    expect(await dead(am.integration.id)).toMatchObject([
      {
        text: JSON.stringify([good, bad]),
        refused: [{ index: 1, reason: 'at least one label with a value is needed' }],
      },
    ]);
    expect(await world.query('SELECT 1 FROM event_payloads')).toHaveLength(1);

    const opsgenie = await made('opsgenie');
    const answer = await world.app.inject({
      method: 'POST',
      url: '/v2/alerts',
      headers: { authorization: `GenieKey ${opsgenie.key}`, 'content-type': 'application/json' },
      payload: '{"alias":"no message"}',
    });
    expect(answer.statusCode).toBe(422);
    expect(await dead(opsgenie.integration.id)).toMatchObject([
      { text: '{"alias":"no message"}', refused: [{ index: null, reason: answer.body }] },
    ]);
    const { integrations } = await world.api('GET', '/api/v1/integrations');
    const counts = integrations.map((one: { kind: string; deadLetters: number }) => [one.kind, one.deadLetters]);
    expect(counts).toContainEqual(['opsgenie', 1]);
  });
});

describe("Grafana's webhook", () => {
  const body = () => golden('grafana/webhook-firing.json');

  it('pages with what Grafana says of values, panel and image', async () => {
    const { send } = await open('grafana');
    expect((await send(body(), {}, 'PUT')).status).toBe(200);
    world.told(ann, /High memory usage/);
    const [alert] = await world.query('SELECT annotations, generator_url FROM alerts');
    expect(alert).toMatchObject({
      annotations: {
        values: 'B = 44.23943737541908, C = 1',
        dashboard: 'https://play.grafana.example/d/TxKARsmGz/team-a',
        panel: expect.stringContaining('viewPanel=12'),
        image: expect.stringContaining('.png'),
        silence: expect.stringContaining('/alerting/silence/new'),
      },
      generator_url: expect.stringContaining('/alerting/'),
    });
  });

  it('takes its key as Basic password, as Bearer token or behind a scheme of its own', async () => {
    const { key } = await open('grafana');
    const basic = `Basic ${Buffer.from(`grafana:${key}`).toString('base64')}`;
    for (const authorization of [basic, `Bearer ${key}`, `X-Token ${key}`, key]) {
      const answer = await world.app.inject({
        method: 'POST',
        url: '/webhooks/grafana',
        headers: { authorization },
        payload: body(),
      });
      expect(answer.statusCode, authorization).toBe(200);
    }
    const strange = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` };
    const answer = await world.app.inject({
      method: 'POST',
      url: '/webhooks/grafana',
      headers: strange,
      payload: '{}',
    });
    expect(answer.statusCode).toBe(401);
    await world.settle();
    world.told(ann, /High memory usage/);
  });

  it("believes Grafana's own signature once a secret is set, with and without a date", async () => {
    const { id, send, set } = await open('grafana');
    await world.api('PUT', `/api/v1/integrations/${id}/secret`, { secret: 'grafana secret' });
    const sign = (text: string) => createHmac('sha256', 'grafana secret').update(text).digest('hex');
    expect((await send(body())).status).toBe(401);
    expect((await send(body(), { 'x-grafana-alerting-signature': sign(body()) })).status).toBe(200);
    world.told(ann, /High memory usage/);
    await set({ hmac: { header: 'X-Grafana-Alerting-Signature', timestampHeader: 'X-Grafana-Time' } });
    const time = String(Math.floor(world.clock.now().epochMilliseconds / 1_000));
    const dated = { 'x-grafana-alerting-signature': sign(`${time}:${body()}`), 'x-grafana-time': time };
    expect((await send(body(), dated)).status).toBe(200);
    expect((await send(body(), dated)).status).toBe(409);
  });
});
