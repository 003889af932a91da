import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Person, World } from '#harness/world';

let world: World;
beforeEach(async () => {
  // A Friday; on Sunday Berlin puts its clocks forward, from 02:00 to 03:00.
  world = await World.open('2026-03-27T12:00:00Z');
});
afterEach(() => world.close());

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };
const down = { alertname: 'Down', cluster: 'eu', severity: 'critical' };
const slow = (node: string, cluster = 'eu') => ({ alertname: 'Slow', cluster, node, severity: 'warning' });

async function annOnCall(more: Record<string, unknown> = {}): Promise<Person> {
  const ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }], { rounds: 1 }), more);
  return ann;
}

async function made(path: string, body: object) {
  const answer = await world.api('POST', `/api/v1/${path}`, body);
  await world.settle();
  return answer;
}

const RULE = {
  name: 'down hides slow',
  sourceMatchers: 'alertname="Down"',
  targetMatchers: 'alertname="Slow"',
  equal: ['cluster'],
};

describe('an inhibition rule', () => {
  it('mutes its targets while a source fires, and lets them call at once when it resolves', async () => {
    const ann = await annOnCall({ groupBy: ['alertname', 'cluster'] });
    const rule = await made('inhibit-rules', RULE);
    await world.fire(down);
    await world.answer(world.told(ann, /Down/));
    await world.advance({ minutes: 2 });
    await world.fire(slow('a'));
    world.quiet();
    await world.fire(slow('b', 'us'));
    await world.answer(world.told(ann, /Slow/));
    await world.advance({ minutes: 12 });
    world.quiet();
    expect((await world.api('GET', '/api/v1/suppressed?state=now')).items).toMatchObject([
      { reasons: [{ kind: 'inhibition', ref: rule.id, alerts: 1 }] },
    ]);
    await world.resolve(down);
    world.told(ann, /SEV3 Slow.*Resolved meanwhile +1 page/s);
  });

  it('stops what calls when a source begins to fire, also when another process takes it', async () => {
    const ann = await annOnCall({ groupBy: ['alertname', 'cluster'] });
    await made('inhibit-rules', RULE);
    const second = await world.secondProcess();
    await world.fire(slow('a'));
    world.told(ann, /Slow/);
    await world.advance({ minutes: 2 });
    await world.post([{ labels: down, endsAt: world.clock.now().add({ hours: 24 }).toString() }]);
    await second.engine.runUntilIdle();
    await world.settle();
    await world.answer(world.told(ann, /Down/));
    await world.advance({ minutes: 20 });
    world.quiet();
    await second.stop();
  });

  it('made while its source and target fire mutes at once, and removed it lets them call at once', async () => {
    const ann = await annOnCall({ groupBy: ['alertname', 'cluster'] });
    await world.fire(down);
    await world.answer(world.told(ann, /Down/));
    await world.advance({ minutes: 2 });
    await world.fire(slow('a'));
    world.told(ann, /Slow/);
    const rule = await made('inhibit-rules', RULE);
    await world.advance({ minutes: 20 });
    world.quiet();
    await world.api('DELETE', `/api/v1/inhibit-rules/${rule.id}`);
    await world.settle();
    world.told(ann, /Slow/);
  });

  it('mutes nothing by a source that was resolved by hand', async () => {
    const ann = await annOnCall({ groupBy: ['alertname', 'cluster'] });
    await made('inhibit-rules', RULE);
    await world.fire(down);
    world.told(ann, /Down/);
    await world.advance({ minutes: 2 });
    await world.fire(slow('a'));
    world.quiet();
    const page = (await world.pages()).find(({ title }) => title.startsWith('Down'));
    await world.api('POST', `/api/v1/pages/${page.id}/resolve`, {});
    await world.settle();
    world.told(ann, /SEV3 Slow.*Resolved meanwhile +1 page/s);
  });
});

describe('a maintenance window', () => {
  it('that recurs opens and closes by the local clock, also in the night when it jumps', async () => {
    const ann = await annOnCall();
    await made('maintenance', {
      name: 'Nightly backup',
      matchers: 'service="checkout"',
      zone: 'Europe/Berlin',
      comment: 'the database is slow while it is copied',
      recurrence: {
        kind: 'weekly',
        weekdays: [6, 7],
        startTime: '01:30',
        durationMinutes: 60,
        firstDate: '2026-03-01',
      },
    });
    await world.advanceTo(Temporal.Instant.from('2026-03-28T00:00:00Z'));
    await world.fire(checkout);
    await world.answer(world.told(ann));
    await world.resolve(checkout);
    await world.advanceTo(Temporal.Instant.from('2026-03-28T00:20:00Z'));
    world.told(ann, /[Rr]esolved/);
    // Saturday 01:30 in Berlin is 00:30 UTC.
    await world.advanceTo(Temporal.Instant.from('2026-03-28T00:31:00Z'));
    await world.fire({ ...checkout, node: 'a' });
    world.quiet();
    await world.advanceTo(Temporal.Instant.from('2026-03-28T01:30:00Z'));
    await world.answer(world.told(ann));
    await world.advance({ minutes: 2 });
    await world.resolve({ ...checkout, node: 'a' });
    world.told(ann, /[Rr]esolved/);
    // Sunday 01:30 too; an hour later it is 03:30 there.
    await world.advanceTo(Temporal.Instant.from('2026-03-29T00:31:00Z'));
    await world.fire({ ...checkout, node: 'b' });
    await world.advanceTo(Temporal.Instant.from('2026-03-29T01:29:59Z'));
    world.quiet();
    await world.advanceTo(Temporal.Instant.from('2026-03-29T01:30:00Z'));
    await world.answer(world.told(ann));
    // From then on Berlin is two hours ahead: the next Saturday it opens at 23:30 UTC of Friday.
    const [window] = (await world.api('GET', '/api/v1/maintenance')).windows;
    expect(window).toMatchObject({
      open: null,
      next: { startsAt: '2026-04-03T23:30:00Z', endsAt: '2026-04-04T00:30:00Z' },
      heldBack: { pages: 2, alerts: 2 },
    });
    await world.resolve({ ...checkout, node: 'b' });
    await world.advance({ minutes: 1 });
    world.told(ann, /[Rr]esolved/);
  });

  it('that a job begins and ends mutes what it expects, and ends by itself when the job never says so', async () => {
    const ann = await annOnCall();
    const deploy = { name: 'deploy checkout', matchers: 'service="checkout"', durationMinutes: 15 };
    const begun = await made('maintenance/begin', deploy);
    await world.fire(checkout);
    await world.advance({ minutes: 10 });
    world.quiet();
    expect(await made('maintenance/begin', deploy)).toMatchObject({ id: begun.id, heldBack: { pages: 1, alerts: 1 } });
    await world.advance({ minutes: 10 });
    world.quiet();
    expect(await made('maintenance/end', { name: deploy.name })).toMatchObject({ id: begun.id, open: null });
    await world.answer(world.told(ann));
    await world.advance({ minutes: 2 });
    await world.resolve(checkout);
    world.told(ann, /[Rr]esolved/);
    await world.advance({ minutes: 10 });
    expect((await made('maintenance/end', { name: deploy.name })).id).toBe(begun.id);
    const again = await made('maintenance/begin', deploy);
    expect(again.id).not.toBe(begun.id);
    await world.fire({ ...checkout, node: 'a' });
    await world.advance({ minutes: 15 });
    world.told(ann);
    await world.act('acknowledge');
  });
});

describe('a time interval', () => {
  const office = {
    name: 'office hours',
    timeIntervals: [
      { weekdays: ['monday:friday'], times: [{ start_time: '09:00', end_time: '17:00' }], location: 'Europe/Berlin' },
    ],
  };

  it('outside which a route does not call lets it call at once when it begins', async () => {
    const ann = await world.person('Ann');
    const policy = await world.policy([{ wait: { minutes: 5 }, call: [ann] }]);
    await made('time-intervals', office);
    await world.route(policy, {
      matchers: [{ name: 'severity', op: '=', value: 'warning' }],
      activeTimeIntervals: ['office hours'],
    });
    await world.fire(slow('a'));
    await world.answer(world.told(ann));
    await world.advance({ minutes: 2 });
    await world.resolve(slow('a'));
    world.told(ann, /[Rr]esolved/);
    // Friday 17:30 in Berlin; the next opening is Monday 09:00 there, by then an hour earlier in UTC.
    await world.advanceTo(Temporal.Instant.from('2026-03-27T16:30:00Z'));
    await world.fire({ ...slow('b'), service: 'search' }, { endsAt: '2026-04-01T00:00:00Z' });
    await world.advanceTo(Temporal.Instant.from('2026-03-30T06:59:59Z'));
    world.quiet();
    await world.advanceTo(Temporal.Instant.from('2026-03-30T07:00:00Z'));
    world.told(ann, /Slow/);
    await world.act('acknowledge');
  });

  it('in which a route is muted stops its calls when it begins; a route that names none goes on', async () => {
    const ann = await world.person('Ann');
    const policy = await world.policy([{ wait: { minutes: 5 }, call: [ann] }]);
    await made('time-intervals', {
      name: 'lunch',
      timeIntervals: [{ times: [{ start_time: '12:03', end_time: '12:30' }] }],
    });
    await world.route(policy);
    await world.route(policy, {
      matchers: [{ name: 'severity', op: '=', value: 'warning' }],
      muteTimeIntervals: ['lunch'],
    });
    await world.fire(slow('a'));
    world.told(ann);
    await world.advance({ minutes: 29 });
    world.quiet();
    await world.fire(checkout);
    await world.answer(world.told(ann, /CheckoutErrors/));
    await world.advance({ minutes: 1 });
    world.told(ann, /Slow/);
    for (const page of await world.pages()) await world.api('POST', `/api/v1/pages/${page.id}/acknowledge`, {});
  });

  it('that a route names cannot be removed', async () => {
    const { id } = await made('time-intervals', office);
    const { routes } = await world.api('GET', '/api/v1/routing');
    const route = await made('routing', {
      parentId: routes[0].id,
      name: 'Batch',
      matchers: 'job="batch"',
      options: { activeTimeIntervals: ['office hours'] },
    });
    await expect(world.api('DELETE', `/api/v1/time-intervals/${id}`)).rejects.toThrow(/TIME_INTERVAL_IN_USE.*Batch/);
    await world.api('DELETE', `/api/v1/routing/${route.id}`);
    await world.api('DELETE', `/api/v1/time-intervals/${id}`);
  });
});
