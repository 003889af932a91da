import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
let ann: Person;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
  ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]));
});
afterEach(() => world.close());

async function open(kind: string): Promise<string> {
  const { address } = await world.api('POST', '/api/v1/integrations', { name: `Old ${kind}`, kind });
  return new URL(address.url).pathname;
}

async function send(path: string, body: string | object, contentType = 'application/json') {
  const answer = await world.app.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': contentType },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await world.settle();
  return { status: answer.statusCode, body: answer.body };
}

describe('VictorOps’ REST endpoint', () => {
  let path: string;
  beforeEach(async () => {
    path = await open('victorops');
  });
  const say = (message_type: string, more: object = {}, behind = '/database') =>
    send(`${path}${behind}`, { message_type, entity_id: 'disk/h1', entity_display_name: 'Disk full on h1', ...more });

  it('pages, is acknowledged by its sender, told of what is new, and recovers', async () => {
    expect(await say('CRITICAL', { state_message: '99 %' })).toEqual({
      status: 200,
      body: '{"result":"success","entity_id":"disk/h1"}',
    });
    world.told(ann, /Disk full on h1/);
    const [alert] = (await world.api('GET', '/api/v1/alerts')).items;
    const { labels, annotations } = await world.api('GET', `/api/v1/alerts/${alert.id}`);
    expect([labels.routing_key, labels.severity, annotations.description]).toEqual(['database', 'critical', '99 %']);
    expect((await say('ACKNOWLEDGEMENT', { ack_author: 'olga' })).status).toBe(200);
    await world.advance({ minutes: 20 });
    expect((await say('INFO', { state_message: 'a colleague looks' })).status).toBe(200);
    world.quiet();
    expect((await world.pages())[0].state).toBe('acknowledged');
    await say('RECOVERY', {}, '');
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
  });

  it('opens nothing by an acknowledgement, an information or a recovery of what is not open', async () => {
    for (const type of ['ACKNOWLEDGEMENT', 'INFO', 'RECOVERY'])
      expect(await say(type)).toMatchObject({ status: 200, body: expect.stringContaining('success') });
    expect((await world.api('GET', '/api/v1/alerts')).items).toEqual([]);
  });

  it('speaks its own errors', async () => {
    expect(await say('MAYBE')).toMatchObject({ status: 400, body: expect.stringContaining('"result":"failure"') });
    expect(await send(`${path}/x`, '{')).toMatchObject({ status: 400, body: expect.stringContaining('not JSON') });
    const another = path.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect(await send(`${another}/x`, {})).toMatchObject({
      status: 401,
      body: expect.stringContaining('"result":"failure"'),
    });
    expect((await send(`${path}/x`, 'x'.repeat(1_100_000))).status).toBe(413);
  });
});

describe('a message in Slack’s shape', () => {
  let path: string;
  beforeEach(async () => {
    path = await open('slack');
  });
  const link = 'http://am/#/alerts?receiver=x';
  const message = (title: string, color: string) => ({
    channel: '#ops',
    attachments: [{ title, title_link: link, fallback: `${title} | ${link}`, color }],
  });

  it('pages once for a group whose title changes, and resolves it', async () => {
    expect(await send(path, message('[FIRING:1] Disk (h1 critical)', 'danger'))).toEqual({ status: 200, body: 'ok' });
    world.told(ann, /Disk \(h1 critical\)/);
    await send(path, message('[FIRING:2] Disk (critical)', 'danger'));
    world.quiet();
    expect((await world.api('GET', '/api/v1/alerts')).items).toHaveLength(1);
    await send(`${path}/T0/B0`, message('[RESOLVED] Disk (critical)', 'good'));
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
  });

  it('comes as a form too, and rests until somebody resolves it', async () => {
    const form = new URLSearchParams({ payload: JSON.stringify({ text: 'Backup failed' }) }).toString();
    expect(await send(path, form, 'application/x-www-form-urlencoded')).toEqual({ status: 200, body: 'ok' });
    await world.answer(world.told(ann, /Backup failed/));
    await world.advance({ minutes: 20 });
    expect((await world.pages())[0].state).toBe('acknowledged');
  });

  it('speaks Slack’s words for what is wrong', async () => {
    expect(await send(path, '{')).toEqual({ status: 400, body: 'invalid_payload' });
    expect(await send(path, '{"text":""}')).toEqual({ status: 400, body: 'no_text' });
    expect(await send('/services/nothing', { text: 'x' })).toEqual({ status: 403, body: 'invalid_token' });
    expect(await send(path, 'x'.repeat(1_100_000))).toEqual({ status: 413, body: 'payload_too_large' });
  });
});
