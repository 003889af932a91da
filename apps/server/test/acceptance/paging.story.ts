import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { World } from '#harness/world';

let world: World;
beforeEach(async () => {
  world = await World.open('2026-03-10T12:00:00Z');
});
afterEach(() => world.close());

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };

describe('a page', () => {
  it('reaches the first step, then the next when nobody answers, and stops when somebody acknowledges', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 5 }, call: [ann] },
        { wait: { minutes: 5 }, call: [bo] },
      ]),
    );
    await world.fire(checkout, { summary: 'Checkout errors 12 %' });
    world.told(ann, /Checkout errors 12 %/);
    await world.advance({ minutes: 4, seconds: 59 });
    world.quiet();
    await world.advance({ seconds: 1 });
    const message = world.told(bo, /Checkout errors 12 %/);
    expect(await world.answer(message)).toMatch(/Acknowledged by you/);
    await world.advance({ minutes: 25 });
    world.quiet();
  });

  it('begins its policy again for as many rounds as it has, then calls the last resort, then repeats its last step', async () => {
    const [ann, bo, lea] = [await world.person('Ann'), await world.person('Bo'), await world.person('Lea')];
    await world.lastResort(lea);
    await world.route(
      await world.policy(
        [
          { wait: { minutes: 5 }, call: [ann] },
          { wait: { minutes: 5 }, call: [bo] },
        ],
        { rounds: 2, repeatIntervalSeconds: 1800 },
      ),
    );
    await world.fire(checkout);
    for (const person of [ann, bo, ann, bo]) {
      world.told(person);
      await world.advance({ minutes: 5 });
    }
    world.told(lea);
    world.quiet();
    for (let repeat = 0; repeat < 3; repeat += 1) {
      await world.advance({ minutes: 30 });
      world.told(bo);
      world.quiet();
    }
  });

  it('is told as resolved only to those who were really told', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 5 }, call: [ann] },
        { wait: { minutes: 5 }, call: [bo] },
      ]),
    );
    await world.fire(checkout);
    world.told(ann);
    await world.advance({ minutes: 2 });
    await world.resolve(checkout);
    world.told(ann, /[Rr]esolved/);
    await world.advance({ hours: 2 });
    world.quiet();
  });

  it('waits for group_wait, and is never sent when the alert resolves before it ended', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]), { groupWaitSeconds: 30 });
    await world.fire(checkout);
    await world.advance({ seconds: 29 });
    world.quiet();
    await world.resolve(checkout);
    await world.advance({ hours: 1 });
    world.quiet();
    await world.fire(checkout);
    await world.advance({ seconds: 30 });
    world.told(ann);
  });

  it('calls nobody where the route opens a ticket or only records, and says so', async () => {
    const ann = await world.person('Ann');
    const policy = await world.policy([{ wait: { minutes: 5 }, call: [ann] }]);
    await world.route(policy);
    await world.route(policy, { mode: 'ticket', matchers: [{ name: 'severity', op: '=', value: 'warning' }] });
    await world.route(policy, { mode: 'record', matchers: [{ name: 'severity', op: '=', value: 'info' }] });
    await world.fire({ ...checkout, severity: 'warning' });
    await world.fire({ ...checkout, severity: 'info' });
    await world.advance({ hours: 1 });
    world.quiet();
  });

  it('ends when its source goes silent, after the end it named and the margin', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { hours: 1 }, call: [ann] }]));
    await world.fire(checkout, { endsAt: world.clock.now().add({ minutes: 4 }).toString() });
    world.told(ann);
    await world.advance({ minutes: 4, seconds: 44 });
    world.quiet();
    await world.advance({ seconds: 2 });
    world.told(ann, /[Rr]esolved/);
  });
});

describe('acknowledging', () => {
  it('holds for its time, then asks the holder again first and goes on with the policy', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy(
        [
          { wait: { minutes: 5 }, call: [ann] },
          { wait: { minutes: 5 }, call: [bo] },
        ],
        { ackTimeoutSeconds: 1800 },
      ),
    );
    await world.fire(checkout);
    await world.advance({ minutes: 5 });
    world.told(ann);
    await world.answer(world.told(bo));
    await world.advance({ minutes: 29, seconds: 59 });
    world.quiet();
    await world.advance({ seconds: 1 });
    world.told(bo);
    await world.act('acknowledge');
    world.phones.inbox.splice(0);
  });

  it('by a second person is harmless and says who was first', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann, bo] }]));
    await world.fire(checkout);
    const [first, second] = [world.told(ann), world.told(bo)];
    await world.answer(first);
    expect(await world.answer(second)).toMatch(/Ann was first/);
    await world.advance({ minutes: 20 });
    world.quiet();
  });

  it('in the middle of a send lets that call arrive and begins no other', async () => {
    const [ann, bo] = [
      await world.person('Ann', {
        by: ['email', 'sms'],
        rules: [
          { by: 'email', after: 0 },
          { by: 'sms', after: 60 },
        ],
      }),
      await world.person('Bo'),
    ];
    await world.route(
      await world.policy([
        { wait: { minutes: 1 }, call: [ann] },
        { wait: { minutes: 5 }, call: [bo] },
      ]),
    );
    let acknowledged = false;
    world.phones.during(async () => {
      if (acknowledged) return;
      acknowledged = true;
      await world.api('POST', `/api/v1/pages/${(await world.pages())[0].id}/acknowledge`, {});
    });
    await world.fire(checkout);
    world.told(ann);
    await world.advance({ minutes: 20 });
    world.quiet();
  });

  it('at the very moment of a step decides once: either the step was before it, or it never comes', async () => {
    const [ann, bo] = [await world.person('Ann'), await world.person('Bo')];
    await world.route(
      await world.policy([
        { wait: { minutes: 5 }, call: [ann] },
        { wait: { minutes: 5 }, call: [bo] },
      ]),
    );
    for (let turn = 0; turn < 8; turn += 1) {
      await world.fire({ ...checkout, service: `checkout-${turn}` });
      world.phones.inbox.splice(0);
      world.clock.set(world.clock.now().add({ minutes: 5 }));
      const page = (await world.pages())[0];
      const before = world.phones.all.length;
      await Promise.all([world.settle(), world.api('POST', `/api/v1/pages/${page.id}/acknowledge`, {})]);
      await world.settle();
      const sent = world.phones.all.length - before;
      const facts = await world.query('SELECT kind FROM page_events WHERE subject = $1 ORDER BY xid, id', [page.id]);
      const kinds = facts.map((fact) => fact['kind']);
      expect(kinds.filter((kind) => kind === 'acknowledged')).toHaveLength(1);
      expect(sent).toBeLessThanOrEqual(1);
      world.phones.inbox.splice(0);
      await world.advance({ minutes: 3 });
      expect(world.phones.all.length - before).toBe(sent);
      await world.resolve({ ...checkout, service: `checkout-${turn}` });
      world.phones.inbox.splice(0);
      await world.advance({ minutes: 10 });
    }
  });

  it('of a group is kept when it fires again within the interval, and its holder gets an update, not a page', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]), { groupIntervalSeconds: 300 });
    await world.fire(checkout);
    await world.answer(world.told(ann));
    await world.advance({ minutes: 2 });
    await world.resolve(checkout);
    world.told(ann, /[Rr]esolved/);
    await world.advance({ minutes: 2 });
    await world.fire(checkout);
    await world.advance({ minutes: 4 });
    const page = (await world.pages())[0];
    expect(page.state).toBe('acknowledged');
    world.phones.inbox.splice(0);
    await world.advance({ minutes: 10 });
    world.quiet();
  });
});

describe('what people do with a page', () => {
  it('snooze is quiet until its end, then asks again', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }]));
    await world.fire(checkout);
    world.told(ann);
    await world.act('snooze', { until: world.clock.now().add({ hours: 1 }).toString() });
    await world.advance({ minutes: 59 });
    world.quiet();
    await world.advance({ minutes: 1 });
    world.told(ann);
  });

  it('reassign calls the new person at once; add responder calls one more and leaves the timer', async () => {
    const [ann, bo, cy] = [await world.person('Ann'), await world.person('Bo'), await world.person('Cy')];
    await world.route(await world.policy([{ wait: { minutes: 30 }, call: [ann] }]));
    await world.fire(checkout);
    world.told(ann);
    await world.act('reassign', { userId: bo.id });
    world.told(bo);
    await world.act('responders', { userId: cy.id });
    world.told(cy);
    await world.advance({ minutes: 20 });
    world.quiet();
  });

  it('escalate now takes the next step at once, also from the link', async () => {
    const [ann, bo, cy] = [await world.person('Ann'), await world.person('Bo'), await world.person('Cy')];
    await world.route(
      await world.policy([
        { wait: { minutes: 30 }, call: [ann] },
        { wait: { minutes: 30 }, call: [bo] },
        { wait: { minutes: 30 }, call: [cy] },
      ]),
    );
    await world.fire(checkout);
    await world.answer(world.told(ann), 'escalate');
    world.told(bo);
    await world.act('escalate');
    world.told(cy);
    world.quiet();
  });

  it('resolving by hand holds while the source goes on, and a new start pages again', async () => {
    const ann = await world.person('Ann');
    await world.route(await world.policy([{ wait: { minutes: 30 }, call: [ann] }]));
    const startsAt = world.clock.now().toString();
    await world.fire(checkout, { startsAt });
    world.told(ann);
    await world.act('resolve');
    await world.advance({ minutes: 1 });
    world.told(ann, /[Rr]esolved/);
    await world.fire(checkout, { startsAt });
    await world.advance({ minutes: 10 });
    world.quiet();
    await world.fire(checkout);
    await world.advance({ minutes: 5 });
    world.told(ann);
  });
});
