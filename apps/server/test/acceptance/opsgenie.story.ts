import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
let ann: Person;
let key: string;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
  ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]));
  key = (await world.api('POST', '/api/v1/integrations', { name: 'Old Opsgenie scripts', kind: 'opsgenie' })).key;
});
afterEach(() => world.close());

// biome-ignore lint/suspicious/noExplicitAny: a story reads what it needs
type Answer = { readonly status: number; readonly body: any };

/** A request as Opsgenie's clients send it; everything that is due afterwards happens. */
async function genie(method: string, path: string, body?: unknown, apiKey = key): Promise<Answer> {
  const answer = await send(method, path, body, apiKey);
  await world.settle();
  return answer;
}

async function send(method: string, path: string, body?: unknown, apiKey = key): Promise<Answer> {
  const answer = await world.app.inject({
    method: method as 'GET',
    url: path,
    headers: { authorization: `GenieKey ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

/** Sends a request that is accepted, and answers what became of it. */
async function did(method: string, path: string, body?: unknown): Promise<Answer['body']> {
  const { status, body: accepted } = await genie(method, path, body);
  expect([status, accepted.result]).toEqual([202, 'Request will be processed']);
  return (await genie('GET', `/v2/alerts/requests/${accepted.requestId}`)).body.data;
}

async function shown(identifier: string, type = 'alias'): Promise<Answer['body']> {
  const { status, body } = await genie('GET', `/v2/alerts/${encodeURIComponent(identifier)}?identifierType=${type}`);
  return status === 200 ? body.data : status;
}

describe('an alert by Opsgenie’s API', () => {
  it('pages, counts its repeats, closes, and opens anew', async () => {
    const status = await did('POST', '/v2/alerts', { message: 'Disk full', alias: 'disk', priority: 'P1' });
    world.told(ann, /Disk full/);
    expect(status).toEqual({
      success: true,
      isSuccess: true,
      action: 'Create',
      status: 'Created alert',
      processedAt: '2026-03-10T12:00:00.000Z',
      integrationId: expect.any(String),
      alertId: (await shown('disk')).id,
      alias: 'disk',
    });
    await world.advance({ seconds: 30 });
    await did('POST', '/v2/alerts', { message: 'Disk fuller', alias: 'disk' });
    const first = await shown('disk');
    expect(first).toMatchObject({
      status: 'open',
      message: 'Disk full',
      count: 2,
      priority: 'P1',
      createdAt: '2026-03-10T12:00:00.000Z',
      lastOccurredAt: '2026-03-10T12:00:30.000Z',
    });
    expect(await did('POST', '/v2/alerts/disk/close?identifierType=alias', { note: 'cleaned up' })).toMatchObject({
      isSuccess: true,
      action: 'Close',
      alertId: first.id,
    });
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
    expect([await shown('disk'), (await shown(first.id, 'id')).status]).toEqual([404, 'closed']);
    expect(await shown(first.tinyId, 'tiny')).toMatchObject({ id: first.id, report: { closeTime: 30_000 } });
    await world.advance({ minutes: 10 });
    await did('POST', '/v2/alerts', { message: 'Disk full', alias: 'disk' });
    world.told(ann, /Disk full/);
    expect((await shown('disk')).id).not.toBe(first.id);
  });

  it('is one however many send it at once', async () => {
    const sent = Array.from({ length: 20 }, () => send('POST', '/v2/alerts', { message: 'Disk full', alias: 'disk' }));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(sent.map(() => 202));
    await world.settle();
    world.told(ann);
    expect([(await genie('GET', '/v2/alerts/count')).body.data, (await shown('disk')).count]).toEqual([
      { count: 1 },
      20,
    ]);
  });

  it('without an alias is known by its id, and each is its own', async () => {
    const first = await did('POST', '/v2/alerts/', { message: 'No alias' });
    const second = await did('POST', '/v2/alerts/', { message: 'No alias' });
    expect(first.alertId).not.toBe(second.alertId);
    expect(first.alias).toBe(first.alertId);
    expect(await shown(first.alertId)).toMatchObject({ id: first.alertId, alias: first.alertId });
    expect(await did('POST', `/v2/alerts/${first.alertId}/close?identifierType=alias`)).toMatchObject({
      isSuccess: true,
    });
    expect((await shown(second.alertId, 'id')).status).toBe('open');
    world.phones.inbox.splice(0);
  });

  it('is changed in every part without being counted or opened again', async () => {
    const alias = `long/${'ü '.repeat(250)}end`;
    const at = `/v2/alerts/${encodeURIComponent(alias)}`;
    await did('POST', '/v2/alerts', { message: 'm', alias, priority: 'P4', tags: ['a'], details: { region: 'eu' } });
    world.told(ann);
    for (const [method, path, body] of [
      ['POST', 'tags', { tags: ['b', 'c'] }],
      ['DELETE', 'tags?tags=a', undefined],
      ['POST', 'details', { details: { host: 'h1' } }],
      ['DELETE', 'details?keys=region', undefined],
      ['PUT', 'message', { message: 'It is worse' }],
      ['PUT', 'description', { description: 'much worse' }],
    ] as const)
      expect(
        await did(method, `${at}/${path}${path.includes('?') ? '&' : '?'}identifierType=alias`, body),
      ).toMatchObject({
        isSuccess: true,
      });
    expect(await shown(alias)).toMatchObject({
      count: 1,
      tags: ['b', 'c'],
      details: { host: 'h1' },
      message: 'It is worse',
      description: 'much worse',
      priority: 'P4',
    });
    // Raised from P4 to P1: told at once, as something worse that joined.
    await world.advance({ minutes: 1 });
    world.quiet();
    expect(await did('PUT', `${at}/priority?identifierType=alias`, { priority: 'P1' })).toMatchObject({
      isSuccess: true,
    });
    expect((await shown(alias)).priority).toBe('P1');
    expect((await world.pages())[0].severity).toBe(1);
    world.phones.inbox.splice(0);
  });

  it('is acknowledged, given back, snoozed, escalated and assigned from outside', async () => {
    const bo = await world.person('Bo');
    await did('POST', '/v2/alerts', { message: 'Disk full', alias: 'disk' });
    const link = /https:\/\/tocsin\.test(\/a\/\S+)/.exec(world.told(ann).text)?.[1] ?? '';
    const act = (what: string, body: object = {}) => did('POST', `/v2/alerts/disk/${what}?identifierType=alias`, body);
    expect(await act('acknowledge', { user: 'Olga' })).toMatchObject({ isSuccess: true, action: 'Acknowledge' });
    expect(await shown('disk')).toMatchObject({ acknowledged: true, snoozed: false });
    expect((await world.app.inject({ method: 'GET', url: link })).body).toContain('Old Opsgenie scripts');
    await world.advance({ minutes: 10 });
    world.quiet();
    expect(await act('unacknowledge')).toMatchObject({ isSuccess: true });
    world.told(ann);
    expect(await act('snooze', { endTime: '2026-03-10T13:00:00Z' })).toMatchObject({ isSuccess: true });
    expect(await shown('disk')).toMatchObject({ snoozed: true, snoozedUntil: '2026-03-10T13:00:00.000Z' });
    await world.advanceTo(Temporal.Instant.from('2026-03-10T12:59:59Z'));
    world.quiet();
    await world.advance({ seconds: 1 });
    world.told(ann);
    await world.advance({ minutes: 1 });
    expect(await act('escalate', { escalation: { name: 'x' } })).toMatchObject({ isSuccess: true });
    world.told(ann);
    expect(await act('assign', { owner: { username: 'BO@story.test' } })).toMatchObject({ isSuccess: true });
    world.told(bo);
    expect(await shown('disk')).toMatchObject({ owner: bo.email, acknowledged: false });
    expect(await act('assign', { owner: { username: 'nobody@x' } })).toMatchObject({
      isSuccess: false,
      status: 'There is no such user',
    });
    expect(await act('snooze', { endTime: '2026-04-10T13:00:00Z' })).toMatchObject({
      isSuccess: false,
      status: 'A snooze lasts a week at most',
    });
    const cy = await world.person('Cy');
    expect(await act('responders', { responder: { type: 'user', username: cy.email } })).toMatchObject({
      isSuccess: true,
    });
    world.told(cy);
    expect(await act('teams', { team: { name: 'Ops' } })).toMatchObject({ isSuccess: false });
    expect((await shown('disk')).responders).toEqual([
      { type: 'user', name: cy.email },
      { type: 'team', name: 'Ops' },
    ]);
    expect(await act('notes', { note: 'It is the log volume', user: 'Olga' })).toMatchObject({ isSuccess: true });
    expect(await act('close')).toMatchObject({ isSuccess: true });
    await world.advance({ minutes: 3 });
    world.phones.inbox.splice(0);
  });

  it('that is not there is a request that failed, not an error', async () => {
    expect(await did('POST', '/v2/alerts/nothing/acknowledge?identifierType=alias')).toMatchObject({
      success: false,
      isSuccess: false,
      status: 'Alert does not exist',
      alertId: '',
      alias: '',
    });
    expect(await did('POST', '/v2/alerts/not-a-uuid/close')).toMatchObject({ isSuccess: false });
    expect(await did('POST', '/v2/alerts/17/close?identifierType=tiny')).toMatchObject({ isSuccess: false });
  });

  it('that nobody is called for keeps its notes itself', async () => {
    await world.route(null, { mode: 'record' });
    const { alertId } = await did('POST', '/v2/alerts', { message: 'm', alias: 'quiet', note: 'first' });
    await did('POST', '/v2/alerts/quiet/notes?identifierType=alias', { note: 'second' });
    expect((await world.api('GET', `/api/v1/alerts/${alertId}`)).annotations.note).toBe('first\nsecond');
    expect(await did('POST', '/v2/alerts/quiet/acknowledge?identifierType=alias')).toMatchObject({ isSuccess: false });
  });

  it('that is deleted is closed, and gone for its sender only', async () => {
    const { alertId } = await did('POST', '/v2/alerts', { message: 'm', alias: 'oops' });
    world.told(ann);
    expect(await did('DELETE', `/v2/alerts/${alertId}`)).toMatchObject({ isSuccess: true, action: 'Delete' });
    expect(await shown(alertId, 'id')).toBe(404);
    expect((await genie('GET', '/v2/alerts')).body.data).toEqual([]);
    expect(await world.api('GET', `/api/v1/alerts/${alertId}`)).toMatchObject({ state: 'resolved' });
    await world.advance({ minutes: 2 });
    world.told(ann, /[Rr]esolved/);
  });
});

describe('lists', () => {
  const messages = async (query: string) => {
    const { status, body } = await genie('GET', `/v2/alerts?query=${encodeURIComponent(query)}`);
    return status === 200 ? body.data.map(({ message }: { message: string }) => message) : body.message;
  };

  it('are searched, sorted and paged', async () => {
    await did('POST', '/v2/alerts', {
      message: 'one',
      alias: '1',
      tags: ['db', 'eu west'],
      priority: 'P1',
      entity: 'h1',
    });
    await world.advance({ minutes: 1 });
    await did('POST', '/v2/alerts', { message: 'two', alias: '2', tags: ['db'], details: { region: 'eu' } });
    await world.advance({ minutes: 1 });
    await did('POST', '/v2/alerts', { message: 'three 100%', alias: '3', description: 'about one' });
    await did('POST', '/v2/alerts/3/close?identifierType=alias');
    for (const [query, expected] of [
      ['', ['three 100%', 'two', 'one']],
      ['status: open', ['two', 'one']],
      ['status: closed', ['three 100%']],
      ['tag: db', ['two', 'one']],
      ['tag: "eu west" AND status: open', ['one']],
      ['NOT tag: db', ['three 100%']],
      ['alias: (1 OR 3)', ['three 100%', 'one']],
      ['priority: P1', ['one']],
      ['details.region: eu', ['two']],
      ['entity: h*', ['one']],
      ['one', ['three 100%', 'one']],
      ['message: "100%"', ['three 100%']],
      ['createdAt > 2026-03-10T12:00:30Z', ['three 100%', 'two']],
      ['createdAt <= 1773144060000 AND NOT tag: "eu west"', ['two']],
      ['acknowledged: true OR snoozed: true OR owner: ann OR teams: x', []],
      ['count >= 1 AND responders: NOT nobody', ['three 100%', 'two', 'one']],
    ] as const)
      expect([query, await messages(query)]).toEqual([query, expected]);
    expect(await messages('colour: red')).toBe('query: there is no field “colour” to search by');
    expect((await genie('GET', '/v2/alerts/count?query=tag:db')).body.data).toEqual({ count: 2 });
    const page = await genie('GET', '/v2/alerts?limit=2&sort=createdAt&order=asc');
    expect(page.body.data.map(({ alias }: { alias: string }) => alias)).toEqual(['1', '2']);
    const next = await genie('GET', page.body.paging.next);
    expect([next.body.data.map(({ alias }: { alias: string }) => alias), next.body.paging.next]).toEqual([
      ['3'],
      undefined,
    ]);
    for (const bad of ['limit=101', 'limit=0', 'limit=x', 'offset=-1', 'offset=20000', 'sort=colour', 'order=up'])
      expect([bad, (await genie('GET', `/v2/alerts?${bad}`)).status]).toEqual([bad, 422]);
    world.phones.inbox.splice(0);
    await world.advance({ minutes: 3 });
    world.phones.inbox.splice(0);
  });
});

describe('errors', () => {
  const form = { took: expect.any(Number), requestId: expect.any(String) };

  it('are in Opsgenie’s form', async () => {
    expect(await genie('POST', '/v2/alerts', { message: 'm' }, 'x'.repeat(32))).toEqual({
      status: 401,
      body: { message: 'Could not authenticate', ...form },
    });
    expect(await genie('POST', '/v2/alerts', '{')).toMatchObject({ status: 400, body: form });
    expect(await genie('POST', '/v2/alerts', { priority: 'P9' })).toEqual({
      status: 422,
      body: {
        message: 'Request body is not processable. Please check the errors.',
        errors: { message: 'Message can not be empty.', priority: 'should be one of [ P1, P2, P3, P4, P5 ]' },
        ...form,
      },
    });
    expect(await genie('GET', '/v2/alerts/x?identifierType=name')).toMatchObject({ status: 422, body: form });
    expect(await genie('GET', '/v2/alerts/x')).toMatchObject({ status: 404, body: form });
    expect(await genie('GET', '/v2/alerts/requests/x')).toMatchObject({ status: 404, body: form });
    expect(await genie('POST', '/v2/alerts', { message: 'x'.repeat(1_100_000) })).toMatchObject({
      status: 413,
      body: form,
    });
    for (const method of ['GET', 'POST', 'PUT', 'PATCH'])
      expect(await genie(method, '/v2/heartbeats/nightly/ping')).toMatchObject({ status: 404, body: form });
  });

  it('of one integration’s key show nothing of another’s', async () => {
    const other = (await world.api('POST', '/api/v1/integrations', { name: 'Other', kind: 'opsgenie' })).key;
    const { alertId } = await did('POST', '/v2/alerts', { message: 'm', alias: 'mine' });
    world.told(ann);
    expect((await genie('GET', `/v2/alerts/${alertId}`, undefined, other)).status).toBe(404);
    expect((await genie('GET', '/v2/alerts', undefined, other)).body.data).toEqual([]);
    const { body } = await genie('POST', `/v2/alerts/${alertId}/close`, {}, other);
    expect((await genie('GET', `/v2/alerts/requests/${body.requestId}`, undefined, other)).body.data).toMatchObject({
      isSuccess: false,
    });
    expect((await shown('mine')).status).toBe('open');
  });
});

describe('a heartbeat', () => {
  it('is pinged by its name, and raises an alarm when the pings stop', async () => {
    const [{ id: integrationId }] = (await world.api('GET', '/api/v1/integrations')).integrations.filter(
      ({ kind }: { kind: string }) => kind === 'opsgenie',
    );
    const times = { intervalSeconds: 60, graceSeconds: 60 };
    const heartbeat = { integrationId, slug: 'nightly-backup', name: 'Nightly backup', ...times };
    await world.api('POST', '/api/v1/heartbeats', heartbeat);
    expect(await genie('GET', '/v2/heartbeats/Nightly%20Backup/ping')).toMatchObject({
      status: 202,
      body: { result: 'PONG - Heartbeat received', requestId: expect.any(String) },
    });
    await world.advance({ seconds: 110 });
    world.quiet();
    await world.advance({ minutes: 2 });
    world.told(ann, /Nightly backup/);
    expect((await genie('POST', '/v2/heartbeats/nightly-backup/ping', {})).status).toBe(202);
    await world.advance({ seconds: 61 });
    world.told(ann, /[Rr]esolved/);
    expect((await genie('POST', '/v2/heartbeats/other/ping', {})).status).toBe(404);
  });
});

describe('the status of a request', () => {
  it('is kept for a day', async () => {
    const { body } = await genie('POST', '/v2/alerts', { message: 'm', alias: 'a' });
    world.told(ann);
    await genie('POST', '/v2/alerts/a/close?identifierType=alias');
    await world.advance({ hours: 23 });
    world.phones.inbox.splice(0);
    expect((await genie('GET', `/v2/alerts/requests/${body.requestId}`)).status).toBe(200);
    await world.advance({ hours: 2 });
    expect((await genie('GET', `/v2/alerts/requests/${body.requestId}`)).status).toBe(404);
  });
});
