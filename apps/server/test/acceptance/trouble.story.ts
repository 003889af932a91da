import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { World } from '#harness/world';

let world: World;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
});
afterEach(() => world.close());

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };

describe('channels', () => {
  it('that refuse for good hand over to the next one of the person at once', async () => {
    const ann = await world.person('Ann', {
      by: ['email', 'sms'],
      rules: [
        { by: 'email', after: 0 },
        { by: 'sms', after: 600 },
      ],
    });
    await world.route(await world.policy([{ wait: { minutes: 30 }, call: [ann] }]));
    world.phones.behave('email', 'refuse');
    await world.fire(checkout);
    await world.advance({ seconds: 30 });
    world.told(ann, /./, 'sms');
    await world.advance({ minutes: 20 });
    world.quiet();
  });

  it('that fail for a while are tried again with the same key, and the message arrives once', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 1 }, call: [ann] }]));
    world.phones.behave('email', 'fail');
    await world.fire(checkout);
    await world.advance({ seconds: 10 });
    world.phones.behave('email', 'accept');
    await world.advance({ minutes: 3 });
    world.told(ann);
    world.quiet();
    const keys = new Set(world.phones.tries.map((one) => one.key));
    expect(world.phones.tries.length).toBeGreaterThan(1);
    expect(keys.size).toBe(1);
  });

  it('all failing moves the page on to the next step', async () => {
    const [ann, bo] = [await world.person('Ann', { by: ['sms'] }), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 30 }, call: [ann] },
        { wait: { minutes: 30 }, call: [bo] },
      ]),
    );
    world.phones.behave('sms', 'refuse');
    await world.fire(checkout);
    await world.advance({ seconds: 30 });
    world.told(bo);
  });
});

describe('people', () => {
  it('without a contact method are passed over at once, with the reason stored', async () => {
    const [nobody, bo] = [await world.person('Nobody', { by: [] }), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 30 }, call: [nobody] },
        { wait: { minutes: 30 }, call: [bo] },
      ]),
    );
    await world.fire(checkout);
    world.told(bo);
    const facts = await world.query(
      "SELECT payload::text FROM page_events WHERE payload::text LIKE '%no-contact-method%'",
    );
    expect(facts.length).toBeGreaterThan(0);
  });

  it('who are deactivated during a run are not called when their step comes', async () => {
    const [ann, bo, cy] = [await world.person('Ann'), await world.person('Bo'), await world.person('Cy')];
    await world.route(
      await world.policy([
        { wait: { minutes: 5 }, call: [ann] },
        { wait: { minutes: 5 }, call: [bo] },
        { wait: { minutes: 5 }, call: [cy] },
      ]),
    );
    await world.fire(checkout);
    world.told(ann);
    await world.deactivate(bo);
    await world.advance({ minutes: 5 });
    world.told(cy);
    world.quiet();
  });

  it('change on call in the middle of a run: the step asks who it is then, also in the night the clocks change', async () => {
    world.clock.set(Temporal.Instant.from('2026-03-28T23:00:00Z'));
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    // Berlin goes from 02:00 to 03:00 on 29 March 2026; the hand-off at 02:30 falls into the gap.
    const rota = await world.schedule({
      zone: 'Europe/Berlin',
      unit: 'days',
      handoff: '02:30',
      anchor: '2026-03-28',
      members: [ann, bo],
    });
    await world.route(await world.policy([{ wait: { minutes: 30 }, call: [rota] }], { rounds: 20 }));
    await world.advanceTo(Temporal.Instant.from('2026-03-29T00:40:00Z'));
    await world.fire(checkout);
    world.told(ann);
    // 01:30 UTC would be 02:30 in winter; the gap moves the hand-off to 03:30, which is 01:30 UTC.
    await world.advance({ minutes: 30 });
    world.told(ann);
    await world.advance({ minutes: 30 });
    world.told(bo);
  });

  it('keep the policy as it was when the page began, whoever edits it meanwhile', async () => {
    const [ann, bo, cy] = [await world.person('Ann'), await world.person('Bo'), await world.person('Cy')];
    const policy = await world.policy([
      { wait: { minutes: 5 }, call: [ann] },
      { wait: { minutes: 5 }, call: [bo] },
    ]);
    await world.route(policy);
    await world.fire(checkout);
    world.told(ann);
    await world.editPolicy(policy, [{ wait: { minutes: 1 }, call: [cy] }]);
    await world.advance({ minutes: 5 });
    world.told(bo);
    world.quiet();
    await world.fire({ ...checkout, service: 'other' });
    world.told(cy);
  });
});

describe('storms', () => {
  it('interrupt at 0, 1 and 3 minutes, then every 5, and name every kind, also one that comes late', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 2 }, call: [ann] }]));
    await world.fire({ alertname: 'First', service: 's0', severity: 'critical' });
    world.told(ann, /First/);
    for (let i = 0; i < 40; i += 1)
      await world.post([
        {
          labels: { alertname: 'HostDown', service: `s${i}`, severity: 'critical' },
          startsAt: world.clock.now().toString(),
          endsAt: world.clock.now().add({ hours: 3 }).toString(),
        },
      ]);
    await world.advance({ seconds: 59 });
    world.quiet();
    await world.advance({ seconds: 1 });
    world.told(ann, /HostDown/);
    world.quiet();
    await world.advance({ seconds: 20 });
    for (let i = 40; i < 60; i += 1)
      await world.post([
        {
          labels: { alertname: 'HostDown', service: `s${i}`, severity: 'critical' },
          startsAt: world.clock.now().toString(),
          endsAt: world.clock.now().add({ hours: 3 }).toString(),
        },
      ]);
    await world.post([
      {
        labels: { alertname: 'CertificateExpired', service: 'edge', severity: 'critical' },
        startsAt: world.clock.now().toString(),
        endsAt: world.clock.now().add({ hours: 3 }).toString(),
      },
    ]);
    await world.advance({ seconds: 99 });
    world.quiet();
    await world.advance({ seconds: 2 });
    world.told(ann, /CertificateExpired/);
    world.quiet();
  });

  it('are broken through by a worse severity', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 2 }, call: [ann] }]));
    await world.fire({ alertname: 'Slow', service: 's1', severity: 'warning' });
    world.told(ann, /Slow/);
    await world.fire({ alertname: 'AlsoSlow', service: 's2', severity: 'warning' });
    world.quiet();
    await world.fire({ alertname: 'Down', service: 's3', severity: 'critical' });
    world.told(ann, /Down/);
    await world.advance({ minutes: 1 });
    world.phones.inbox.splice(0);
  });

  it('of one flapping alert page at most once an interval', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 5 }, call: [ann] }]), { groupIntervalSeconds: 300 });
    let pages = 0;
    for (let minute = 0; minute < 20; minute += 1) {
      if (minute % 2 === 0) await world.fire(checkout);
      else await world.resolve(checkout);
      await world.advance({ minutes: 1 });
      pages += world.phones.inbox.filter(
        (message) => !/[Rr]esolved/.test(message.text.split('\n')[0] as string),
      ).length;
      world.phones.inbox.splice(0);
    }
    expect(pages).toBeGreaterThanOrEqual(2);
    expect(pages).toBeLessThanOrEqual(4);
  });
});

describe('when things break', () => {
  it('a database that was gone for an hour is no reason for stale pages: each is decided anew by the present', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy(
        [
          { wait: { minutes: 5 }, call: [ann] },
          { wait: { minutes: 5 }, call: [bo] },
        ],
        { rounds: 9 },
      ),
    );
    await world.fire(checkout);
    world.told(ann);
    await world.fire({ ...checkout, service: 'billing' });
    // An hour passes in which nothing could be decided; billing resolved in it.
    world.clock.set(world.clock.now().add({ hours: 1 }));
    await world.post([
      {
        labels: { ...checkout, service: 'billing' },
        startsAt: world.clock.now().subtract({ hours: 1 }).toString(),
        endsAt: world.clock.now().toString(),
      },
    ]);
    await world.settle();
    world.told(bo, /CheckoutErrors/);
    const late = world.phones.inbox.filter((message) => !/[Rr]esolved/.test(message.text));
    expect(late).toEqual([]);
    world.phones.inbox.splice(0);
  });

  it('a clock that disagrees with the database decides nothing, then goes on by the database', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 5 }, call: [ann] },
        { wait: { minutes: 5 }, call: [bo] },
      ]),
    );
    await world.fire(checkout);
    world.told(ann);
    // Our clock has jumped an hour ahead; the database knows better.
    world.clock.set(world.clock.now().add({ hours: 1 }));
    world.clock.skewDatabase(-3_600_000);
    await world.settle();
    world.quiet();
    await world.advance({ minutes: 4 });
    world.quiet();
    await world.advance({ minutes: 2 });
    world.told(bo);
  });

  it('two processes on one database take each step once, and one alone goes on', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy(
        [
          { wait: { minutes: 5 }, call: [ann] },
          { wait: { minutes: 5 }, call: [bo] },
        ],
        { rounds: 1 },
      ),
    );
    const other = await world.secondProcess();
    for (let i = 0; i < 20; i += 1)
      await world.post([
        {
          labels: { ...checkout, service: `s${i}` },
          startsAt: world.clock.now().toString(),
          endsAt: world.clock.now().add({ hours: 3 }).toString(),
        },
      ]);
    for (let minute = 0; minute < 6; minute += 1) {
      world.clock.set(world.clock.now().add({ minutes: 1 }));
      await Promise.all([world.settle(), other.engine.runUntilIdle()]);
    }
    const steps = await world.query(
      "SELECT run_id, round, step, count(*)::int AS n FROM notifications WHERE kind = 'page' GROUP BY 1, 2, 3",
    );
    expect(steps.length).toBe(40);
    expect(steps.every((step) => step['n'] === 1)).toBe(true);
    await other.stop();
    await world.advance({ minutes: 1 });
    world.phones.inbox.splice(0);
  });

  it('people who change the configuration all the while make no alert fail', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 1 }, call: [ann] }]), { mode: 'record' });
    const edits = [0, 1, 2, 3].map(async (writer) => {
      for (let i = 0; i < 15; i += 1)
        await world.api('POST', '/api/v1/services', { key: `s-${writer}-${i}`, name: 'x' });
    });
    const startsAt = world.clock.now().toString();
    const endsAt = world.clock.now().add({ hours: 1 }).toString();
    const posts = [0, 1, 2, 3].map(async (sender) => {
      for (let n = 0; n < 25; n += 1)
        await world.post([{ labels: { alertname: 'A', sender: String(sender), n: String(n) }, startsAt, endsAt }]);
    });
    await Promise.all([...edits, ...posts]);
  });

  it('a bad alert is refused by name and its neighbours are paged', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 1 }, call: [ann] }]));
    await world.post(
      [
        { labels: {} },
        { labels: { alertname: 'Good', service: 'x', severity: 'critical' } },
        { labels: { alertname: 5 } },
      ],
      400,
    );
    await world.settle();
    world.told(ann, /Good/);
  });
});
