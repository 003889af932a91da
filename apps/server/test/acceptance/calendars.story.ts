import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReceiver, type Receiver } from '#harness/receiver';
import { type Person, World } from '#harness/world';

let world: World;
let feed: Receiver;
let ann: Person;
beforeEach(async () => {
  world = await World.open('2026-11-21T12:00:00Z', { flags: { egressAllow: '127.0.0.1' } });
  feed = await openReceiver();
  ann = await world.person('Ann');
  await world.route(await world.policy([{ wait: { minutes: 5 }, call: [ann] }], { rounds: 1 }));
});
afterEach(async () => {
  await world.close();
  await feed.close();
});

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };
const at = (text: string) => Temporal.Instant.from(`2026-11-21T${text}:00Z`);

interface Planned {
  readonly uid?: string;
  readonly from: string;
  readonly to: string;
  readonly lines?: readonly string[];
}

/** The calendar from now on; times are of this day in Berlin, an hour ahead of UTC. */
function publish(...events: readonly Planned[]): void {
  const time = (name: string, text: string) => `${name};TZID=Europe/Berlin:20261121T${text.replace(':', '')}00`;
  const blocks = events.flatMap(({ uid = 'move', from, to, lines = [] }) => [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'SUMMARY:Move the database',
    time('DTSTART', from),
    time('DTEND', to),
    ...lines,
    'END:VEVENT',
  ]);
  const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...blocks, 'END:VCALENDAR', ''].join('\r\n');
  const etag = `"${text.length}-${events.map(({ from, to }) => from + to).join()}"`;
  feed.behave((request, response) => {
    const unchanged = request.headers['if-none-match'] === etag;
    response.writeHead(unchanged ? 304 : 200, { 'content-type': 'text/calendar', etag });
    response.end(unchanged ? '' : text);
  });
}

async function follow(more: Record<string, unknown> = {}) {
  const calendar = await world.api('POST', '/api/v1/maintenance-calendars', {
    name: 'Operations',
    url: `http://127.0.0.1:${feed.port}/private-5ecre7/basic.ics`,
    matchers: 'service="checkout"',
    zone: 'Europe/Berlin',
    ...more,
  });
  await world.settle();
  return calendar;
}

const shown = (id: string) => world.api('GET', `/api/v1/maintenance-calendars/${id}`);

describe('a calendar', () => {
  it('mutes while its event runs; who was held back is called at its end', async () => {
    publish({ from: '14:00', to: '15:00' });
    const { id, url } = await follow();
    expect(url).toBe(`http://127.0.0.1:${feed.port}/…/basic.ics`);
    await world.advanceTo(at('13:01'));
    await world.fire(checkout);
    world.quiet();
    expect((await world.api('GET', '/api/v1/maintenance')).windows).toMatchObject([
      {
        name: 'Move the database',
        madeBy: 'calendar',
        open: { endsAt: '2026-11-21T14:00:00Z' },
        heldBack: { pages: 1 },
      },
    ]);
    await world.advanceTo(at('13:59'));
    world.quiet();
    await world.advanceTo(at('14:00'));
    await world.answer(world.told(ann, /CheckoutErrors/));
    expect(await shown(id)).toMatchObject({ state: 'good', events: 1, faults: [], error: null });
    // Read at once and each quarter of an hour: nothing had changed, and that was said without the text.
    expect(feed.calls.map(({ path, headers }) => [path, headers['if-none-match'] !== undefined])).toEqual([
      ['/private-5ecre7/basic.ics', false],
      ...Array.from({ length: 8 }, () => ['/private-5ecre7/basic.ics', true]),
    ]);
  });

  it('whose event is moved away while it runs lets its alerts call at once, and mutes again later', async () => {
    publish({ from: '13:00', to: '15:00' });
    await follow();
    await world.fire(checkout);
    world.quiet();
    publish({ from: '16:00', to: '17:00' });
    await world.advanceTo(at('12:14'));
    world.quiet();
    await world.advanceTo(at('12:15'));
    await world.answer(world.told(ann, /CheckoutErrors/));
    await world.advanceTo(at('12:35'));
    await world.resolve(checkout);
    world.told(ann, /[Rr]esolved/);
    await world.advanceTo(at('15:01'));
    await world.fire({ ...checkout, node: 'b' });
    world.quiet();
    await world.advanceTo(at('16:00'));
    await world.answer(world.told(ann, /CheckoutErrors/));
  });

  it('whose event is taken out while it runs lets its alerts call at once, read by hand', async () => {
    publish({ from: '13:00', to: '15:00' });
    const { id } = await follow();
    await world.fire(checkout);
    world.quiet();
    publish();
    expect(await world.api('POST', `/api/v1/maintenance-calendars/${id}/refresh`)).toMatchObject({ events: 0 });
    await world.settle();
    await world.answer(world.told(ann, /CheckoutErrors/));
  });

  it('that is down for an hour keeps what it has planned, says so, and is read again when it is back', async () => {
    publish({ from: '14:00', to: '15:00' });
    const { id } = await follow();
    feed.behave(503);
    await world.advanceTo(at('13:10'));
    expect(await shown(id)).toMatchObject({
      state: 'failing',
      error: 'it answered 503',
      failingSince: '2026-11-21T12:15:00Z',
      checkedAt: '2026-11-21T12:00:00Z',
    });
    await world.fire(checkout);
    world.quiet();
    // A quarter past, then after 1, 2, 4, 8, 16 and 32 minutes.
    expect(feed.calls).toHaveLength(7);
    publish({ from: '14:00', to: '14:30' });
    await world.advanceTo(at('13:30'));
    expect(await shown(id)).toMatchObject({ state: 'good', error: null, failingSince: null });
    await world.answer(world.told(ann, /CheckoutErrors/));
  });

  it('that is no calendar any more, or cut off, keeps what it has planned', async () => {
    publish({ from: '14:00', to: '15:00' });
    const { id } = await follow();
    feed.behave({ status: 200, text: '<!DOCTYPE html><p>Sign in' });
    await world.advanceTo(at('12:15'));
    expect((await shown(id)).error).toBe('line 1: this is no calendar: there stands "<!DOCTYPE html><p>Sign in"');
    feed.behave({ status: 200, text: 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:move' });
    await world.advanceTo(at('12:16'));
    expect((await shown(id)).error).toBe('line 3: it is cut off: VEVENT does not end');
    expect((await world.api('GET', `/api/v1/maintenance-calendars/${id}/windows`)).windows).toHaveLength(1);
  });

  it('with an event that cannot be read names it, keeps what that one planned, and follows the others', async () => {
    publish({ from: '14:00', to: '15:00' });
    const { id } = await follow({ eventMatchers: { kind: 'description' } });
    publish(
      { from: '14:00', to: '15:00', lines: ['DESCRIPTION:matchers: service=~"("'] },
      { uid: 'other', from: '14:00', to: '15:00', lines: ['DESCRIPTION:matchers: service="web"'] },
    );
    await world.advanceTo(at('12:15'));
    expect((await shown(id)).faults).toMatchObject([{ uid: 'move', message: expect.stringMatching(/^matchers: /) }]);
    const { windows } = await world.api('GET', `/api/v1/maintenance-calendars/${id}/windows`);
    expect(windows.map((window: { matcherText: string }) => window.matcherText).sort()).toEqual([
      'service="checkout"',
      'service="web"',
    ]);
  });

  it('switched off, or removed, mutes nothing from that moment on', async () => {
    publish({ from: '13:00', to: '15:00' });
    const { id, version } = await follow();
    await world.fire(checkout);
    world.quiet();
    const off = await world.api('PATCH', `/api/v1/maintenance-calendars/${id}`, { version, enabled: false });
    await world.settle();
    await world.answer(world.told(ann, /CheckoutErrors/));
    await world.api('PATCH', `/api/v1/maintenance-calendars/${id}`, { version: off.version, enabled: true });
    await world.settle();
    expect((await world.api('GET', '/api/v1/maintenance')).windows).toMatchObject([{ open: {} }, { open: null }]);
    await world.api('DELETE', `/api/v1/maintenance-calendars/${id}`);
    await world.settle();
    expect((await world.api('GET', '/api/v1/maintenance-calendars')).calendars).toEqual([]);
    await world.advance({ minutes: 1 });
    // Whoever has taken it hears that it fires unmuted again.
    world.told(ann, /Update/);
    const open = (await world.api('GET', '/api/v1/maintenance')).windows.filter((one: { open: unknown }) => one.open);
    expect(open).toEqual([]);
  });

  it('loses a window that a person takes away, whatever it says; and none is changed by hand', async () => {
    publish({ from: '13:00', to: '15:00' });
    await follow();
    const [window] = (await world.api('GET', '/api/v1/maintenance')).windows;
    const patch = world.api('PATCH', `/api/v1/maintenance/${window.id}`, { version: window.version, name: 'x' });
    await expect(patch).rejects.toThrow(/MAINTENANCE_OF_CALENDAR/);
    await world.api('DELETE', `/api/v1/maintenance/${window.id}`);
    publish({ from: '13:00', to: '15:30' });
    await world.advanceTo(at('12:20'));
    await world.fire(checkout);
    await world.answer(world.told(ann, /CheckoutErrors/));
  });

  it('is previewed without being stored, and refused where the guard refuses', async () => {
    publish({ from: '14:00', to: '15:00' }, { uid: 'b', from: '16:00', to: '15:00' });
    const draft = { url: `http://127.0.0.1:${feed.port}/x.ics`, matchers: 'service="checkout"', zone: 'Europe/Berlin' };
    expect(await world.api('POST', '/api/v1/maintenance-calendars/preview', draft)).toEqual({
      events: 2,
      windows: [
        {
          name: 'Move the database',
          startsAt: '2026-11-21T13:00:00Z',
          endsAt: '2026-11-21T14:00:00Z',
          matcherText: 'service="checkout"',
        },
      ],
      more: 0,
      faults: [{ line: 9, uid: 'b', message: 'it ends before it starts' }],
    });
    feed.behave({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } });
    const again = world.api('POST', '/api/v1/maintenance-calendars/preview', draft);
    await expect(again).rejects.toThrow(/MAINTENANCE_CALENDAR_UNREADABLE.*address-refused/);
    const metadata = follow({ url: 'http://169.254.169.254/a.ics' });
    await expect(metadata).rejects.toThrow(/MUTING_INVALID.*address-refused/);
    expect((await world.api('GET', '/api/v1/maintenance-calendars')).calendars).toEqual([]);
  });
});
