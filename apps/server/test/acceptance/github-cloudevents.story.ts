import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
let ann: Person;
let path: string;
let integration: string;
beforeEach(async () => {
  world = await World.open('2026-11-21T10:00:00Z');
  ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]));
});
afterEach(() => world.close());

async function open(kind: 'github' | 'cloudevents'): Promise<void> {
  const made = await world.api('POST', '/api/v1/integrations', { name: kind, kind });
  path = new URL(made.address.url).pathname;
  integration = made.integration.id;
}

async function post(body: string, headers: Record<string, string>, to = path) {
  const answer = await world.app.inject({ method: 'POST', url: to, headers, payload: body });
  await world.settle();
  return { status: answer.statusCode, body: answer.json() };
}

const changes = async (query = '') => (await world.api('GET', `/api/v1/changes${query}`)).items;

describe('GitHub’s webhooks', () => {
  const SECRET = 'a shared secret of the repository';
  beforeEach(() => open('github'));
  const sample = (event: string) =>
    readFileSync(join(import.meta.dirname, '../../testdata/github', `${event}.json`), 'utf8');
  const deliver = (event: string, { body = sample(event), secret = SECRET, headers = {} } = {}) =>
    post(body, {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      ...headers,
    });

  it('become changes: a deployment and its states are one, a redelivery changes nothing, and nobody is called', async () => {
    expect(await deliver('ping')).toEqual({ status: 200, body: { message: 'pong' } });
    for (const event of [
      'deployment',
      'deployment_status',
      'deployment',
      'push',
      'release',
      'workflow_run',
      'pull_request',
    ])
      expect(await deliver(event)).toEqual({ status: 202, body: { message: 'recorded' } });
    expect((await changes()).map(({ kind }: { kind: string }) => kind)).toEqual([
      'code',
      'deploy',
      'release',
      'code',
      'pipeline',
    ]);
    expect(await changes('?service=checkout-api&kind=deploy')).toMatchObject([
      {
        environment: 'production',
        author: 'nora',
        deployId: '987654321',
        status: 'success',
        at: '2026-11-21T09:30:00Z',
      },
    ]);
    const near = await world.api('GET', '/api/v1/changes/near?at=2026-11-21T09:40:00Z&service=checkout-api&limit=2');
    expect(near.items).toMatchObject([
      { change: { kind: 'deploy' }, secondsBefore: 600, because: ['same-service'] },
      { change: { kind: 'release' }, secondsBefore: 1_200, because: ['other-service'] },
    ]);
    await world.advance({ minutes: 30 });
    world.quiet();
    expect(await world.pages()).toEqual([]);
  });

  it('must be signed once a secret is set, by the new one or for a day by the old one', async () => {
    const setSecret = (secret: string) => world.api('PUT', `/api/v1/integrations/${integration}/secret`, { secret });
    expect((await deliver('push', { secret: 'whatever' })).status).toBe(202);
    await setSecret(SECRET);
    expect((await deliver('push')).status).toBe(202);
    for (const headers of [{ 'x-hub-signature-256': '' }, { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` }])
      expect((await deliver('push', { headers })).status).toBe(401);
    expect(await deliver('push', { secret: 'guessed secret' })).toEqual({
      status: 401,
      body: { message: 'the signature does not fit' },
    });
    await setSecret('the next secret');
    expect((await deliver('push')).status).toBe(202);
    await world.advance({ hours: 25 });
    expect((await deliver('push')).status).toBe(401);
    expect((await deliver('push', { secret: 'the next secret' })).status).toBe(202);
  });

  it('may be sent as a form, and what is no change is said to be ignored', async () => {
    const body = new URLSearchParams({ payload: sample('push') }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await deliver('push', { body, headers })).status).toBe(202);
    expect(await changes()).toHaveLength(1);
    expect(await deliver('star', { body: '{"action":"created"}' })).toEqual({
      status: 202,
      body: { message: 'ignored: star created is no change that is kept' },
    });
  });

  it('answer in their own form', async () => {
    expect(await deliver('push', { body: '{' })).toMatchObject({ status: 400, body: { message: expect.any(String) } });
    expect((await post('{}', { 'content-type': 'application/json' })).status).toBe(400);
    expect(await post('{}', {}, '/webhooks/github/nothing')).toEqual({
      status: 401,
      body: { message: 'unknown integration key' },
    });
  });
});

describe('CloudEvents', () => {
  beforeEach(() => open('cloudevents'));
  const binary = (id: string, type: string, data: object = { summary: 'Disk full on h1' }, subject = 'h1') =>
    post(JSON.stringify(data), {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': '/shop/eu',
      'ce-type': type,
      'ce-subject': subject,
      'ce-severitytext': 'critical',
    });
  const batch = (events: unknown) =>
    post(JSON.stringify(events), { 'content-type': 'application/cloudevents-batch+json' });

  it('page by their type, once for each id, and resolve by the same source and subject', async () => {
    expect(await binary('1', 'test.disk.firing')).toEqual({ status: 200, body: { accepted: 1, repeated: 0 } });
    await world.answer(world.told(ann, /Disk full on h1/));
    await binary('2', 'test.disk.resolved', { summary: 'Disk fine' });
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    // The first one, delivered again: it was taken, and what it told of is over.
    expect(await binary('1', 'test.disk.firing')).toEqual({ status: 200, body: { accepted: 0, repeated: 1 } });
    await world.advance({ hours: 1 });
    world.quiet();
    expect(await world.api('GET', '/api/v1/alerts')).toMatchObject({ items: [{ state: 'resolved', severity: 1 }] });
  });

  it('come in batches, of which the good ones are taken, once', async () => {
    const event = (id: string, more: object = {}) => ({
      ...{ specversion: '1.0', id, source: '/shop/eu', type: 'test.queue.firing', subject: id },
      ...more,
    });
    const events = [event('a'), event('b', { specversion: '2.0' }), event('c'), event('a')];
    expect(await batch(events)).toEqual({
      status: 400,
      body: {
        error: '1 refused; event 1: specversion must be 1.0',
        accepted: 2,
        repeated: 1,
        refused: [{ index: 1, reason: 'specversion must be 1.0' }],
      },
    });
    world.told(ann);
    expect(await batch(events)).toMatchObject({ status: 400, body: { accepted: 0, repeated: 3 } });
    expect((await world.api('GET', '/api/v1/alerts')).items).toHaveLength(2);
    await world.act('end');
  });

  it('of deliveries are changes and call nobody', async () => {
    const data = {
      subject: { id: 'checkout', content: { environment: { id: 'production' }, artifactId: 'pkg:oci/checkout@42' } },
    };
    expect((await binary('9', 'dev.cdevents.service.deployed.0.2.0', data, 'checkout')).status).toBe(200);
    expect(await changes()).toMatchObject([
      { kind: 'deploy', service: 'checkout', environment: 'production', revision: 'pkg:oci/checkout@42' },
    ]);
    world.quiet();
  });

  it('may be delivered after the handshake, and are refused in a form that says why', async () => {
    const shake = await world.app.inject({
      method: 'OPTIONS',
      url: path,
      headers: { 'webhook-request-origin': 'eventgrid.test', 'webhook-request-callback': 'http://169.254.169.254/' },
    });
    expect([shake.statusCode, shake.headers['webhook-allowed-origin'], shake.headers['webhook-allowed-rate']]).toEqual([
      200,
      'eventgrid.test',
      '*',
    ]);
    expect((await world.app.inject({ method: 'OPTIONS', url: '/cloudevents/nothing' })).statusCode).toBe(401);
    expect(await post('{}', { 'content-type': 'application/json' })).toMatchObject({ status: 415 });
    expect((await batch('x'.repeat(2_200_000))).status).toBe(413);
  });
});
