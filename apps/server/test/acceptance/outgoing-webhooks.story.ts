import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSigned, openReceiver, type Receiver } from '#harness/receiver';
import { World } from '#harness/world';

let world: World;
let receiver: Receiver;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z', { flags: { egressAllow: '127.0.0.1' } });
  receiver = await openReceiver();
});
afterEach(async () => {
  await world.close();
  await receiver.close();
});

const api = '/api/v1/webhook-subscriptions';
const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };

async function subscribe(more: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
  const { subscription, secret } = await world.api('POST', api, { url: receiver.url, ...more });
  return { id: subscription.id, secret };
}

const types = () => receiver.calls.map(({ event }) => event.type);
const shown = (id: string) => world.api('GET', `${api}/${id}`);
const deliveries = async (id: string, query = '') => (await world.api('GET', `${api}/${id}/deliveries${query}`)).items;

/** A page that calls nobody at once, so that only webhooks tell of it. */
async function quietRoute() {
  const ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { hours: 10 }, call: [ann] }]));
  return ann;
}

/** Gives the owner, who makes the subscriptions, an address. */
async function reachOlga() {
  const [{ id } = {}] = await world.query("SELECT id FROM users WHERE email = 'olga@story.test'");
  await world.query(
    `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
     VALUES (gen_random_uuid(), $1, 'email', '', 'olga@story.test', $2, $2, $2)`,
    [id, world.clock.now().toString()],
  );
  await world.query('UPDATE config_version SET version = version + 1');
  await world.app.refreshConfig();
  return { id: String(id), name: 'Olga', email: 'olga@story.test', phone: '' };
}

describe('a subscriber', () => {
  it('is told what happens to a page, in order, signed, and by whom', async () => {
    const { secret } = await subscribe({ description: 'Mirror' });
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 10 }, call: [ann] },
        { wait: { minutes: 10 }, call: [bo] },
      ]),
    );
    await world.fire(checkout);
    await world.advance({ minutes: 10 });
    await world.act('acknowledge');
    await world.advance({ minutes: 1 });
    await world.act('reassign', { userId: ann.id });
    await world.act('snooze', { until: world.clock.now().add({ hours: 2 }).toString() });
    await world.act('unacknowledge');
    await world.act('acknowledge');
    await world.fire({ ...checkout, pod: 'two' });
    await world.advance({ minutes: 5 });
    await world.resolve(checkout);
    await world.resolve({ ...checkout, pod: 'two' });
    await world.advance({ minutes: 10 });
    world.phones.inbox.length = 0;

    expect(types()).toEqual([
      'page.opened',
      'page.escalated',
      'page.acknowledged',
      'page.reassigned',
      'page.snoozed',
      'page.unacknowledged',
      'page.escalated',
      'page.acknowledged',
      'page.updated',
      'page.resolved',
      'page.closed',
    ]);
    const told = receiver.calls.map(({ event }) => event);
    expect(told.map(({ agent }) => agent.name ?? agent.type)).toEqual([
      'source',
      'system',
      'Olga Owner',
      'Olga Owner',
      'Olga Owner',
      'Olga Owner',
      'Olga Owner',
      'Olga Owner',
      'source',
      'source',
      'system',
    ]);
    expect(told.map(({ data }) => data.page.state)).toEqual([
      'firing',
      'firing',
      'acknowledged',
      'firing',
      'snoozed',
      'firing',
      'firing',
      'acknowledged',
      'acknowledged',
      'resolved',
      'closed',
    ]);
    expect(told[1].data.change).toMatchObject({ kind: 'policy-step', step: 1, called: [{ id: bo.id, name: 'Bo' }] });
    expect(told[3].data.change.to).toEqual({ id: ann.id, name: 'Ann' });
    const [page] = await world.pages();
    expect(told[0].data.page).toMatchObject({
      id: page.id,
      number: page.number,
      title: page.title,
      labels: { alertname: 'CheckoutErrors', service: 'checkout' },
      url: `https://tocsin.test/pages/${page.number}`,
    });
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(told.length);
    for (const call of receiver.calls) {
      expect(call.headers['webhook-id']).toBe(call.event.id);
      expect([isSigned(call, secret), isSigned(call, 'whsec_AAAA')]).toEqual([true, false]);
    }
  });

  it('is told of what it asked for only: its types, its team', async () => {
    const payments = await world.team('payments', []);
    await world.api('POST', '/api/v1/services', { key: 'checkout', name: 'Checkout', teamId: payments.id });
    await subscribe({ eventTypes: ['page.resolved'], teamId: payments.id });
    await quietRoute();
    await world.fire(checkout);
    await world.fire({ ...checkout, service: 'search' });
    await world.resolve({ ...checkout, service: 'search' });
    await world.resolve(checkout);
    expect(receiver.calls.map(({ event }) => [event.type, event.data.page.team.key])).toEqual([
      ['page.resolved', 'payments'],
    ]);
    world.phones.inbox.length = 0;
  });

  it('is told who resolved it by hand', async () => {
    await subscribe({ eventTypes: ['page.resolved'] });
    await quietRoute();
    await world.fire(checkout);
    await world.act('resolve');
    expect(receiver.calls.map(({ event }) => event.agent.name)).toEqual(['Olga Owner']);
    world.phones.inbox.length = 0;
  });

  it('gets a test alone, and nothing that happened before it was there or while it was off', async () => {
    const ann = await quietRoute();
    await world.fire(checkout);
    world.told(ann);
    const { id } = await subscribe();
    await world.api('POST', `${api}/${id}/test`);
    await world.settle();
    expect(types()).toEqual(['webhook.test']);
    const { version, url, eventTypes } = await shown(id);
    await world.api('PUT', `${api}/${id}`, { url, eventTypes, enabled: false, version });
    await world.act('acknowledge');
    await expect(world.api('POST', `${api}/${id}/test`)).rejects.toThrow('WEBHOOK_SUBSCRIPTION_DISABLED');
    await world.api('PUT', `${api}/${id}`, { url, eventTypes, enabled: true, version: version + 1 });
    await world.act('unacknowledge');
    expect(types()).toEqual(['webhook.test', 'page.unacknowledged', 'page.escalated']);
    world.phones.inbox.length = 0;
  });
});

describe('a receiver that fails', () => {
  it('gets everything later, in order and once, with the ids of the first tries', async () => {
    const { id } = await subscribe();
    await quietRoute();
    receiver.behave(500);
    await world.fire(checkout);
    await world.act('acknowledge');
    await world.act('snooze', { until: '2026-03-10T20:00:00Z' });
    await world.advance({ minutes: 3 });
    const tries = receiver.calls.splice(0);
    expect(tries.map(({ event }) => event.type)).toEqual(Array.from({ length: 4 }, () => 'page.opened'));
    expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await shown(id)).toMatchObject({ waiting: 3, failingSince: '2026-03-10T12:00:00Z' });
    receiver.behave(204);
    await world.advance({ minutes: 5 });
    expect(types()).toEqual(['page.opened', 'page.acknowledged', 'page.snoozed']);
    expect(receiver.calls[0]?.headers['webhook-id']).toBe(tries[0]?.headers['webhook-id']);
    expect(await shown(id)).toMatchObject({ waiting: 0, failingSince: null, nextTryAt: null });
    const log = await deliveries(id);
    expect(log.map((one: any) => [one.type, one.state, one.attempts])).toEqual([
      ['page.snoozed', 'delivered', 1],
      ['page.acknowledged', 'delivered', 1],
      ['page.opened', 'delivered', 5],
    ]);
    world.phones.inbox.length = 0;
  });

  it('with 429 is left alone for as long as it asks', async () => {
    const { id } = await subscribe();
    await quietRoute();
    receiver.behave({ status: 429, headers: { 'retry-after': '600' }, text: 'slow down' });
    await world.fire(checkout);
    receiver.behave(200);
    await world.advance({ minutes: 9 });
    expect(receiver.calls).toHaveLength(1);
    expect(await shown(id)).toMatchObject({ nextTryAt: '2026-03-10T12:10:00Z' });
    await world.advance({ minutes: 2 });
    expect(receiver.calls).toHaveLength(2);
    const [first] = await deliveries(id);
    const { tries } = await world.api('GET', `${api}/${id}/deliveries/${first.id}`);
    expect(tries.map((one: any) => [one.status, one.reason, one.answer])).toEqual([
      [200, null, ''],
      [429, 'busy', 'slow down'],
    ]);
    world.phones.inbox.length = 0;
  });

  it('for good refuses that delivery only; one or all can be sent again, with the same id', async () => {
    const { id } = await subscribe();
    await quietRoute();
    receiver.behave({ status: 400, text: 'x'.repeat(5_000) });
    await world.fire(checkout);
    await world.act('acknowledge');
    receiver.behave(204);
    await world.act('snooze', { until: '2026-03-10T20:00:00Z' });
    const log = await deliveries(id);
    expect(log.map((one: any) => [one.state, one.reason, one.lastAttempt.answer.length])).toEqual([
      ['delivered', null, 0],
      ['failed', 'refused', 1_024],
      ['failed', 'refused', 1_024],
    ]);
    const before = receiver.calls.splice(0).map(({ headers }) => headers['webhook-id']);
    await world.api('POST', `${api}/${id}/deliveries/${log[2].id}/resend`);
    await world.settle();
    await world.api('POST', `${api}/${id}/deliveries/${log[0].id}/resend`);
    await world.settle();
    expect(await world.api('POST', `${api}/${id}/resend`, { failedSince: '2026-03-10T11:00:00Z' })).toEqual({
      resent: 1,
    });
    await world.settle();
    expect(receiver.calls.map(({ headers }) => headers['webhook-id'])).toEqual([before[0], before[2], before[1]]);
    await expect(world.api('POST', `${api}/${id}/deliveries/999999/resend`)).rejects.toThrow('404');
    world.phones.inbox.length = 0;
  });

  it('answers by a redirect is not followed, wherever it leads', async () => {
    const inside = await openReceiver();
    const { id } = await subscribe();
    await quietRoute();
    receiver.behave({ status: 307, headers: { location: inside.url } });
    await world.fire(checkout);
    await world.advance({ hours: 1 });
    expect([receiver.calls.length, inside.calls.length]).toEqual([1, 0]);
    expect((await deliveries(id))[0]).toMatchObject({ state: 'failed', reason: 'redirect' });
    await inside.close();
    world.phones.inbox.length = 0;
  });

  it('is given up after 48 hours, and after five days it is switched off and its owner told', async () => {
    const olga = await reachOlga();
    const { id } = await subscribe({ description: 'The old CRM' });
    await world.route(null, { mode: 'ticket' });
    receiver.behave(503);
    await world.fire(checkout, { endsAt: '2026-03-20T00:00:00Z' });
    await world.advance({ hours: 47 });
    expect(await deliveries(id, '?state=waiting')).toHaveLength(1);
    await world.advance({ hours: 2 });
    expect(await deliveries(id)).toMatchObject([{ state: 'failed', reason: 'busy' }]);
    expect(receiver.calls.length).toBeLessThan(60);
    for (const pod of ['a', 'b', 'c', 'd']) {
      await world.fire({ ...checkout, service: pod }, { endsAt: '2026-03-20T00:00:00Z' });
      await world.advance({ hours: 20 });
    }
    expect(await shown(id)).toMatchObject({ enabled: false, disabledReason: 'failing', waiting: 0 });
    world.told(olga, /switched off[\s\S]*The old CRM/);
    expect(await deliveries(id, '?state=waiting')).toEqual([]);
    const calls = receiver.calls.length;
    await world.fire({ ...checkout, service: 'later' });
    await world.advance({ hours: 5 });
    expect(receiver.calls).toHaveLength(calls);
  });

  it('with 410 is switched off at once and its owner told', async () => {
    const olga = await reachOlga();
    const { id } = await subscribe({ description: 'The old CRM' });
    await world.route(null, { mode: 'ticket' });
    receiver.behave(410);
    await world.fire(checkout);
    expect(await shown(id)).toMatchObject({ enabled: false, disabledReason: 'gone' });
    world.told(olga, /switched off/);
    await world.fire({ ...checkout, service: 'later' });
    expect(receiver.calls).toHaveLength(1);
  });
});

describe('a secret', () => {
  it('that is replaced while deliveries wait signs beside the new one until its overlap ends; neither is ever shown again', async () => {
    const { id, secret: old } = await subscribe();
    await quietRoute();
    receiver.behave(500);
    await world.fire(checkout);
    const rotated = await world.api('POST', `${api}/${id}/rotate`, { overlapSeconds: 3_600 });
    receiver.behave(204);
    receiver.calls.length = 0;
    await world.advance({ minutes: 1 });
    expect(receiver.calls.map((call) => [isSigned(call, old), isSigned(call, rotated.secret)])).toEqual([[true, true]]);
    await world.advance({ hours: 1 });
    await world.act('acknowledge');
    expect(receiver.calls.slice(1).map((call) => [isSigned(call, old), isSigned(call, rotated.secret)])).toEqual([
      [false, true],
    ]);
    const seen = JSON.stringify([
      await world.api('GET', api),
      await deliveries(id),
      await world.api('GET', '/api/v1/audit'),
    ]);
    for (const secret of [old, rotated.secret]) expect(seen).not.toContain(secret.slice(6));
    const [stored] = await world.query("SELECT encode(secret, 'escape') AS text FROM webhook_subscriptions");
    expect(stored?.['text']).not.toContain(rotated.secret.slice(6));
    world.phones.inbox.length = 0;
  });
});

describe('an address', () => {
  it('that could never be called is refused when it is entered', async () => {
    for (const [url, why] of [
      ['http://10.0.0.1/', 'address-refused'],
      ['http://0x7f.2/', 'address-refused'],
      ['http://[::ffff:127.0.0.1]/', 'address-refused'],
      ['http://169.254.169.254/latest', 'address-refused'],
      ['http://user:pass@hooks.example/', 'credentials-in-url'],
      ['http://hooks.example:25/', 'port-refused'],
    ] as const)
      await expect(world.api('POST', api, { url }), url).rejects.toThrow(why);
  });

  it('that turns out to be inside when it is called is a failed delivery, and is not connected to', async () => {
    const { id } = await subscribe({ url: `http://localhost.:${receiver.port}/` });
    await quietRoute();
    await world.query("UPDATE webhook_subscriptions SET url = 'http://127.0.0.2:9/'");
    await world.fire(checkout);
    expect(await deliveries(id)).toMatchObject([{ state: 'failed', reason: 'address-blocked' }]);
    expect(receiver.calls).toEqual([]);
    world.phones.inbox.length = 0;
  });
});
