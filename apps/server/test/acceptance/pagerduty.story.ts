import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
let ann: Person;
let key: string;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
  ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]));
  key = await newKey('Shop');
});
afterEach(() => world.close());

async function newKey(name: string): Promise<string> {
  const { address } = await world.api('POST', '/api/v1/integrations', { name, kind: 'pagerduty' });
  expect(address).toEqual({
    url: expect.stringMatching(/^https?:/),
    routingKey: expect.stringMatching(/^[a-z0-9]{32}$/),
  });
  return address.routingKey;
}

async function post(url: string, body: object | string, headers: Record<string, string> = {}) {
  const answer = await world.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await world.settle();
  return { status: answer.statusCode, body: answer.json() };
}

const send = (event_action: string, more: object = {}) =>
  post('/v2/enqueue', {
    routing_key: key,
    event_action,
    dedup_key: 'checkout/5xx',
    ...(event_action === 'trigger'
      ? { payload: { summary: 'Checkout answers 5xx', source: 'eu-north-1', severity: 'critical' } }
      : {}),
    ...more,
  });
const processed = (dedup_key: string) => ({
  status: 202,
  body: { status: 'success', message: 'Event processed', dedup_key },
});
const acknowledged = async () => {
  const [page] = await world.pages();
  const { links } = await world.api('GET', `/api/v1/pages/${page.id}/chain`);
  return links.find((link: { name: string }) => link.name === 'acknowledged').sentence;
};

describe('PagerDuty’s Events API v2', () => {
  it('pages, rests when its sender acknowledges however often it triggers, and recovers', async () => {
    expect(await send('trigger')).toEqual(processed('checkout/5xx'));
    world.told(ann, /Checkout answers 5xx/);
    expect(await send('acknowledge')).toEqual(processed('checkout/5xx'));
    const [page] = await world.pages();
    expect(page).toMatchObject({ state: 'acknowledged', phase: 'acknowledged', severity: 1, holder: null });
    expect(await acknowledged()).toMatch(/^Shop acknowledged it; no person has it\./);
    for (let minute = 0; minute < 3; minute += 1) {
      await world.advance({ minutes: 5 });
      expect((await send('trigger')).status).toBe(202);
    }
    world.quiet();
    expect(await send('resolve')).toEqual(processed('checkout/5xx'));
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    const [alert] = (await world.api('GET', '/api/v1/alerts')).items;
    expect(alert).toMatchObject({ count: 5, state: 'resolved' });
    const { annotations } = await world.api('GET', `/api/v1/alerts/${alert.id}`);
    expect(annotations).toEqual({ summary: 'Checkout answers 5xx' });
  });

  it('calls again when the acknowledgement of its sender has run out, and a person takes it over', async () => {
    await send('trigger');
    world.told(ann);
    await send('acknowledge');
    await world.advance({ minutes: 30 });
    await world.answer(world.told(ann));
    expect((await world.pages())[0].holder).toMatchObject({ name: 'Ann' });
    expect((await send('acknowledge')).status).toBe(202);
    expect(await acknowledged()).toMatch(/^Ann has it\./);
    await world.advance({ minutes: 20 });
  });

  it('leaves the page free to take by the link in the message that called', async () => {
    await send('trigger');
    const message = world.told(ann);
    await send('acknowledge');
    const link = /https:\/\/tocsin\.test(\/a\/\S+)/.exec(message.text)?.[1] ?? '';
    const shown = (await world.app.inject({ method: 'GET', url: link })).body;
    expect([/value="ack"/.test(shown), /go back to sleep/.test(shown)]).toEqual([true, false]);
    expect(await world.answer(message)).toMatch(/Acknowledged by you/);
    expect((await world.pages())[0].holder).toMatchObject({ name: 'Ann' });
  });

  it('opens anew after a resolve, also one by hand, and calls although the last one was acknowledged', async () => {
    await send('trigger');
    world.told(ann);
    await send('acknowledge');
    await send('resolve');
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    await send('trigger');
    await world.advance({ minutes: 3 });
    world.told(ann, /Checkout answers 5xx/);
    await world.act('resolve');
    await world.advance({ minutes: 1 });
    world.told(ann, /[Rr]esolved/);
    await send('trigger');
    await world.advance({ minutes: 4 });
    world.told(ann, /Checkout answers 5xx/);
    await world.act('end');
  });

  it('calls for another trouble of its sender although the first is acknowledged', async () => {
    await send('trigger');
    world.told(ann);
    await send('acknowledge');
    await send('trigger', {
      dedup_key: 'search',
      payload: { summary: 'Search is slow', source: 'eu-north-1', severity: 'warning' },
    });
    await world.advance({ minutes: 1 });
    world.told(ann, /Search is slow/);
    await world.act('end');
  });

  it('keeps one key apart from another, and drops what has nothing open', async () => {
    const own = key;
    await send('trigger');
    world.told(ann);
    key = await newKey('Other');
    for (const action of ['acknowledge', 'resolve']) expect(await send(action)).toEqual(processed('checkout/5xx'));
    expect((await world.pages())[0].state).toBe('firing');
    key = own;
    await send('resolve');
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    for (const action of ['acknowledge', 'resolve']) expect((await send(action)).status).toBe(202);
    expect(await world.pages()).toHaveLength(1);
  });

  it('makes a key for a trigger that names none, and each such trigger is a trouble of its own', async () => {
    const first = await send('trigger', { dedup_key: undefined });
    const second = await send('trigger', { dedup_key: undefined });
    expect(first.body.dedup_key).not.toBe(second.body.dedup_key);
    expect((await world.api('GET', '/api/v1/alerts')).items).toHaveLength(2);
    world.told(ann);
    await send('acknowledge', { dedup_key: first.body.dedup_key });
    await world.act('end');
  });

  it('is not throttled: 150 troubles of one key in a minute are all taken', async () => {
    const payload = { summary: 'Host down', source: 'rack 1', severity: 'critical' };
    const sent = Array.from({ length: 150 }, (_, n) =>
      world.app.inject({
        method: 'POST',
        url: '/v2/enqueue',
        payload: { routing_key: key, event_action: 'trigger', dedup_key: `host ${n}`, payload },
      }),
    );
    expect(new Set((await Promise.all(sent)).map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
    await world.settle();
    world.told(ann, /Host down/);
    await world.act('end');
  });

  it('takes the key from a header, and says in its own form what is wrong', async () => {
    const { body } = await post('/v2/enqueue', { event_action: 'resolve', dedup_key: 'x' }, { 'x-routing-key': key });
    expect(body).toEqual({ status: 'success', message: 'Event processed', dedup_key: 'x' });
    const invalid = (errors: unknown) => ({
      status: 400,
      body: { status: 'invalid event', message: 'Event object is invalid', errors },
    });
    expect(await send('trigger', { payload: { summary: 'x', severity: 'urgent', source: 'y' } })).toEqual(
      invalid([expect.stringContaining("'payload.severity'")]),
    );
    const unknown = invalid(['the routing key is missing or not known']);
    expect(await send('trigger', { routing_key: 'x'.repeat(32) })).toEqual(unknown);
    expect(await send('trigger', { routing_key: undefined })).toEqual(unknown);
    expect(await send('trigger', { routing_key: { $ne: null } })).toEqual(unknown);
    expect(await post('/v2/enqueue', '{')).toMatchObject({ status: 400, body: { status: 'unrecognized object' } });
    expect((await send('trigger', { x: 'x'.repeat(530_000) })).status).toBe(413);
    const [dead] = (await world.api('GET', '/api/v1/pages?state=all')).items;
    expect(dead).toBeUndefined();
  });
});

it('takes the older version 1', async () => {
  const event = { service_key: key, event_type: 'trigger', incident_key: 'srv01', description: 'HTTP down on srv01' };
  const v1 = (body: object) => post('/generic/2010-04-15/create_event.json', body);
  expect(await v1(event)).toEqual({
    status: 200,
    body: { status: 'success', message: 'Event processed', incident_key: 'srv01' },
  });
  world.told(ann, /HTTP down on srv01/);
  expect((await v1({ ...event, event_type: 'acknowledge' })).status).toBe(200);
  expect((await world.pages())[0].state).toBe('acknowledged');
  expect((await v1({ ...event, event_type: 'resolve' })).status).toBe(200);
  await world.advance({ minutes: 2 });
  world.told(ann, /[Rr]esolved/);
  expect((await v1({ ...event, event_type: 'resolve', incident_key: '' })).body.errors).toEqual([
    "'incident_key' is missing or blank",
  ]);
});

it('takes changes, once each, and never pages for one', async () => {
  const file = join(import.meta.dirname, '../../testdata/pagerduty/change.json');
  const event = { ...JSON.parse(readFileSync(file, 'utf8')), routing_key: key };
  for (let time = 0; time < 2; time += 1)
    expect(await post('/v2/change/enqueue', event)).toEqual({
      status: 202,
      body: { status: 'success', message: 'Change event processed' },
    });
  expect((await post('/v2/change/enqueue', { routing_key: key })).status).toBe(400);
  const { items } = await world.api('GET', '/api/v1/changes?service=checkout');
  expect(items).toMatchObject([{ kind: 'other', summary: 'Build passed: longer timeouts', author: 'nora' }]);
  await world.advance({ minutes: 10 });
  world.quiet();
});
