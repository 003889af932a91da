import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
});
afterEach(() => world.close());

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };

/** A silence as the owner makes it, from now (or a while later) for so many minutes. */
async function silence(matchers: string, minutes: number, startsIn = 0): Promise<{ id: string; version: number }> {
  const startsAt = world.clock.now().add({ minutes: startsIn });
  const made = await world.api('POST', '/api/v1/silences', {
    matchers,
    startsAt: startsAt.toString(),
    endsAt: startsAt.add({ minutes }).toString(),
    comment: 'swapping the disk',
  });
  await world.settle();
  return made;
}

/** Everything pages Ann, again every five minutes. */
async function annOnCall(more: Record<string, unknown> = {}): Promise<Person> {
  const ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]), more);
  return ann;
}

describe('a silence', () => {
  it('that is there before an alert lets nobody be called, and its end calls at once while the alert fires', async () => {
    const ann = await annOnCall();
    await silence('service="checkout"', 30);
    await world.fire(checkout);
    world.quiet();
    await world.advance({ minutes: 29, seconds: 59 });
    world.quiet();
    await world.advance({ seconds: 1 });
    world.told(ann, /CheckoutErrors/);
  });

  it('made while a page calls stops the calling at once; ended by hand it calls at once', async () => {
    const ann = await annOnCall();
    await world.fire(checkout);
    world.told(ann);
    await world.advance({ minutes: 2 });
    const { id } = await silence('alertname="CheckoutErrors"', 120);
    await world.advance({ minutes: 30 });
    world.quiet();
    await world.api('DELETE', `/api/v1/silences/${id}`);
    await world.settle();
    world.told(ann, /CheckoutErrors/);
  });

  it('that begins later stops the calling when it begins, also what a person is to be told between two steps', async () => {
    const ann = await world.person('Ann', {
      by: ['email', 'sms'],
      rules: [
        { by: 'email', after: 0 },
        { by: 'sms', after: 240 },
      ],
    });
    await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]));
    await silence('service="checkout"', 30, 7);
    await world.fire(checkout);
    world.told(ann);
    await world.advance({ minutes: 5 });
    world.told(ann, /./, 'sms');
    world.told(ann);
    // A text of 12:05 is due at 12:09; the silence begins at 12:07.
    await world.advance({ minutes: 31, seconds: 59 });
    world.quiet();
    await world.advance({ seconds: 1 });
    world.told(ann);
  });

  it('cancels what is still queued when it begins', async () => {
    const ann = await world.person('Ann', {
      by: ['email', 'sms'],
      rules: [
        { by: 'email', after: 0 },
        { by: 'sms', after: 300 },
      ],
    });
    await world.route(await world.policy([{ wait: { minutes: 30 }, call: [ann] }]));
    await world.fire(checkout);
    world.told(ann);
    await silence('service="checkout"', 60);
    await world.advance({ minutes: 20 });
    world.quiet();
  });

  it('prolonged in place goes on muting under its id; with other matchers it ends and another takes its place', async () => {
    const ann = await annOnCall();
    const made = await silence('service="checkout"', 30);
    await world.fire(checkout);
    const endsAt = world.clock.now().add({ minutes: 60 }).toString();
    const longer = await world.api('PATCH', `/api/v1/silences/${made.id}`, { version: made.version, endsAt });
    expect(longer).toMatchObject({ id: made.id, version: 2, heldBack: { pages: 1, alerts: 1 } });
    await world.advance({ minutes: 45 });
    world.quiet();
    const other = await world.api('PATCH', `/api/v1/silences/${made.id}`, { version: 2, matchers: 'service="search"' });
    await world.settle();
    expect(other).toMatchObject({ replaces: made.id, state: 'active' });
    expect(other.id).not.toBe(made.id);
    expect(await world.api('GET', `/api/v1/silences/${made.id}`)).toMatchObject({ state: 'expired' });
    world.told(ann, /CheckoutErrors/);
  });

  it('changed by two people at once takes the first change and refuses the second', async () => {
    const { id, version } = await silence('service="checkout"', 30);
    const change = (comment: string) =>
      world.api('PATCH', `/api/v1/silences/${id}`, { version, comment }).then(
        () => 'taken',
        (error: Error) => (/VERSION_CONFLICT/.test(error.message) ? 'refused' : error.message),
      );
    expect((await Promise.all([change('one'), change('two')])).sort()).toEqual(['refused', 'taken']);
  });

  it('needs a reason, an end within a year, and a matcher that refuses something', async () => {
    const refused = (body: object) =>
      world.api('POST', '/api/v1/silences', { endsAt: '2026-03-10T13:00:00Z', comment: 'why', ...body }).then(
        () => 'taken',
        (error: Error) => /"path":"([^"]+)"/.exec(error.message)?.[1] ?? error.message,
      );
    expect(await refused({ matchers: 'a="b"', comment: ' ' })).toBe('comment');
    expect(await refused({ matchers: 'a=~".*"' })).toBe('matchers');
    expect(await refused({ matchers: 'a="b"', endsAt: '2028-03-10T13:00:00Z' })).toBe('endsAt');
    expect(await refused({ matchers: 'a="b"', endsAt: '2026-03-10T11:00:00Z' })).toBe('endsAt');
  });

  it('made for something else has nobody told before their time', async () => {
    const ann = await annOnCall({ groupBy: ['alertname'] });
    await world.fire({ ...checkout, node: 'a' });
    await world.answer(world.told(ann));
    await world.advance({ minutes: 2 });
    await world.fire({ ...checkout, node: 'b' });
    await silence('service="search"', 60);
    await world.advance({ minutes: 2 });
    world.quiet();
    await world.advance({ minutes: 1 });
    world.told(ann, /Update: .*CheckoutErrors/);
  });

  it('lets a resolve through to those who were told, once', async () => {
    const ann = await annOnCall();
    await world.fire(checkout);
    world.told(ann);
    await world.advance({ minutes: 2 });
    await silence('service="checkout"', 60);
    await world.advance({ minutes: 10 });
    await world.resolve(checkout);
    world.told(ann, /[Rr]esolved/);
    await world.advance({ minutes: 70 });
    world.quiet();
  });

  it('tells nobody of the resolve of what nobody was told of', async () => {
    await annOnCall();
    await silence('service="checkout"', 60);
    await world.fire(checkout);
    await world.advance({ minutes: 10 });
    await world.resolve(checkout);
    await world.advance({ minutes: 70 });
    world.quiet();
    expect(await world.api('GET', '/api/v1/suppressed')).toMatchObject({
      items: [{ endedBy: 'resolved', stoppedCalling: false }],
      now: { pages: 0, alerts: 0 },
    });
  });

  it('keeps the hold of who acknowledged before it', async () => {
    const ann = await annOnCall();
    await world.fire(checkout);
    await world.answer(world.told(ann));
    await world.advance({ minutes: 2 });
    const { id } = await silence('service="checkout"', 60);
    await world.advance({ minutes: 10 });
    await world.api('DELETE', `/api/v1/silences/${id}`);
    await world.settle();
    world.told(ann);
    await world.advance({ minutes: 10 });
    world.quiet();
  });

  it('over a part of a page lets the rest call; what it muted is told of when it ends', async () => {
    const ann = await world.person('Ann');
    const policy = await world.policy([{ wait: { minutes: 5 }, call: [ann] }], { ackTimeoutSeconds: 7200 });
    await world.route(policy, { groupBy: ['service'] });
    await silence('alertname="Slow"', 30);
    await world.fire({ alertname: 'Slow', service: 'checkout', node: 'a' });
    world.quiet();
    await world.advance({ minutes: 2 });
    await world.fire(checkout);
    await world.answer(world.told(ann, /CheckoutErrors/));
    await world.advance({ minutes: 10 });
    await world.fire({ alertname: 'Slow', service: 'checkout', node: 'b' });
    world.quiet();
    await world.advance({ minutes: 18 });
    world.told(ann, /Slow/);
    // A first of its kind is news for who has the page: they are called, not only told.
    await world.advance({ minutes: 5 });
    world.told(ann, /Slow/);
  });

  it('lets an alert call that joins a muted page and is not muted itself', async () => {
    const ann = await annOnCall({ groupBy: ['alertname'] });
    await silence('node="a"', 60);
    await world.fire({ ...checkout, node: 'a' });
    await world.advance({ minutes: 1 });
    await world.fire({ ...checkout, node: 'b' });
    await world.advance({ seconds: 1 });
    world.told(ann, /CheckoutErrors/);
  });

  it('made through the key of an integration mutes only its alerts, and is listed only to it', async () => {
    const ann = await annOnCall();
    const other = await world.api('POST', '/api/v1/integrations', { name: 'Other', kind: 'alertmanager' });
    const door = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
      const url = `${new URL(other.baseUrl).pathname}/api/v2/${path}`;
      const answer = await world.app.inject({ method, url, ...(payload ? { payload } : {}) });
      return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
    };
    const own = await silence('service="search"', 60);
    const made = await door('POST', 'silences', {
      matchers: [{ name: 'service', value: 'checkout', isRegex: false }],
      startsAt: '2026-03-10T11:00:00Z',
      endsAt: '2026-03-10T13:00:00Z',
      createdBy: 'ann',
      comment: 'theirs',
    });
    const id = made.body.silenceID;
    expect((await door('GET', 'silences')).body).toMatchObject([{ id, startsAt: '2026-03-10T12:00:00.000Z' }]);
    expect(await door('GET', `silence/${own.id}`)).toMatchObject({ status: 404 });
    expect(await door('DELETE', `silence/${own.id}`)).toMatchObject({ status: 404 });
    expect(await world.api('GET', `/api/v1/silences/${own.id}`)).toMatchObject({ state: 'active' });
    await door('POST', 'alerts', [checkout].map((labels) => ({ labels, endsAt: '2026-03-11T12:00:00Z' })) as object);
    await world.settle();
    expect((await door('GET', 'alerts')).body).toMatchObject([{ status: { state: 'suppressed', silencedBy: [id] } }]);
    world.quiet();
    await world.fire({ ...checkout, alertname: 'Mine' });
    await world.answer(world.told(ann, /Mine/));
    expect(await door('DELETE', `silence/${id}`)).toMatchObject({ status: 200 });
    await world.advance({ minutes: 1 });
    world.told(ann, /CheckoutErrors/);
  });

  it('goes on after a restart in its midst, and its end calls', async () => {
    const ann = await annOnCall();
    await silence('service="checkout"', 30);
    await world.fire(checkout);
    await world.advance({ minutes: 10 });
    const second = await world.secondProcess();
    await world.app.stop();
    world.app = second;
    await world.advance({ minutes: 19, seconds: 59 });
    world.quiet();
    await world.advance({ seconds: 1 });
    world.told(ann);
  });

  it('over 5,000 alerts of one page calls nobody, counts them, and calls once when it ends', async () => {
    const ann = await annOnCall({ groupBy: ['alertname'] });
    const { id } = await silence('alertname="Disk"', 60);
    const endsAt = world.clock.now().add({ hours: 24 }).toString();
    for (let from = 0; from < 5_000; from += 1_000) {
      await world.post(
        Array.from({ length: 1_000 }, (_, i) => ({ labels: { alertname: 'Disk', node: `h${from + i}` }, endsAt })),
      );
      await world.settle();
    }
    await world.advance({ minutes: 6 });
    world.quiet();
    expect(await world.api('GET', `/api/v1/silences/${id}`)).toMatchObject({ heldBack: { pages: 1, alerts: 5_000 } });
    await world.api('DELETE', `/api/v1/silences/${id}`);
    await world.settle();
    world.told(ann, /Disk/);
  });

  it('says what it held back: the page, the reason, and whom it would have called', async () => {
    const ann = await annOnCall();
    const { id } = await silence('service="checkout"', 30);
    await world.fire(checkout);
    const { items, now } = await world.api('GET', '/api/v1/suppressed?state=now');
    expect(now).toEqual({ pages: 1, alerts: 1 });
    expect(items).toMatchObject([
      {
        title: 'CheckoutErrors on checkout',
        alerts: 1,
        stoppedCalling: false,
        reasons: [
          { kind: 'silence', ref: id, alerts: 1, reason: 'Silenced until 2026-03-10 12:30 UTC: swapping the disk' },
        ],
        wouldHavePaged: [{ users: [{ userId: ann.id }] }],
        endedAt: null,
      },
    ]);
    const [page] = await world.pages();
    const { chain } = await world.api('GET', `/api/v1/pages/${page.id}`);
    expect(chain.missing).toBe(0);
    expect(chain.links.find(({ name }: { name: string }) => name === 'escalated')).toMatchObject({
      state: 'stored',
      until: '2026-03-10T12:30:00Z',
      sentence: 'Muted, so nobody is called. Silenced until 2026-03-10 12:30 UTC: swapping the disk.',
    });
    const [{ id: alertId }] = (await world.api('GET', '/api/v1/alerts')).items;
    const explained = await world.api('GET', `/api/v1/alerts/${alertId}/explain`);
    expect(explained.destinations[0].mutedBy).toMatchObject([{ kind: 'silence', ref: id }]);
    await world.advance({ minutes: 30 });
    world.told(ann);
    expect((await world.api('GET', '/api/v1/suppressed?state=past')).items).toMatchObject([{ endedBy: 'unmuted' }]);
  });
});
