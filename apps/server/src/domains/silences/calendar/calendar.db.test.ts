import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#harness/database';
import { openReceiver, type Receiver } from '#harness/receiver';
import { createManualClock, type ManualClock } from '#platform/clock';
import { createConfigCache, readConfigVersion } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createEgress, type GuardedEgress } from '#platform/egress';
import { AppError } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { createIds } from '#platform/ids';
import { createSecrets } from '#platform/secrets';
import { type Matcher, withCatalog } from '#routing';
import { createSilences } from '../service.ts';
import type { CalendarDeps } from './ports.ts';
import { type CalendarDraft, type Calendars, createCalendars } from './service.ts';

const NOW = Temporal.Instant.from('2026-11-21T12:00:00Z');
const system: Actor = { kind: 'system', name: 'test' };
const by = { actor: system, now: NOW };
const is = (name: string, value: string): Matcher => ({ name, op: '=', value });
const theirs = randomUUID();

let database: TestDatabase;
let db: Databases;
let clock: ManualClock;
let egress: GuardedEgress;
let feed: Receiver;
let calendars: Calendars;
let second: Calendars;
let told: string[];
let audited: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  await sql`INSERT INTO teams (id, key, name, created_at, updated_at) VALUES (${theirs}, 'theirs', 'Theirs', ${NOW}, ${NOW})`.execute(
    db.paging,
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(async () => {
  await sql`TRUNCATE maintenance_windows, maintenance_calendars, mute_changes`.execute(db.paging);
  clock = createManualClock(NOW);
  egress = createEgress({ allow: ['127.0.0.1'] });
  feed = await openReceiver();
  told = [];
  audited = '';
  calendars = await aProcess();
  second = await aProcess();
});
afterEach(async () => {
  egress.close();
  await feed.close();
});

/** A process: its own configuration and reader on the one database. */
async function aProcess(): Promise<Calendars> {
  const config = createConfigCache(db.paging);
  const demand: CalendarDeps['demand'] = (_actor, permission, teamId) => {
    if (teamId === theirs) throw new AppError('FORBIDDEN', { permission, reason: 'other-team' });
  };
  const shared = { db, clock, newId: createIds(clock), demand };
  const silences = createSilences({
    ...shared,
    config,
    audit: async (_trx, entry) => {
      audited += JSON.stringify(entry);
    },
    nameOf: () => 'Ann',
    viewOf: (labels) => withCatalog(labels),
    onFaults: () => {},
    wake: () => {},
  });
  await config.refresh();
  const sealing = createSecrets({ current: Buffer.alloc(32, 1) });
  const onTrouble = ({ name }: { readonly name: string }, why: string) => void told.push(`${name}: ${why}`);
  return createCalendars({ ...shared, egress, sealing, wake: () => {}, onTrouble }, silences.change);
}

const draft = (more: Partial<CalendarDraft> = {}): CalendarDraft => ({
  name: 'Operations',
  url: `http://127.0.0.1:${feed.port}/private-5ecre7/basic.ics`,
  matchers: [is('service', 'db')],
  eventMatchers: { kind: 'none' },
  zone: 'UTC',
  refreshSeconds: 900,
  teamId: null,
  enabled: true,
  ...more,
});

const text = (...events: readonly (readonly string[])[]) =>
  ['BEGIN:VCALENDAR', ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']), 'END:VCALENDAR'].join(
    '\r\n',
  );
const hourly = ['UID:1', 'SUMMARY:Copy', 'DTSTART:20261121T120000Z', 'DURATION:PT10M', 'RRULE:FREQ=HOURLY'];
const publish = (...events: readonly (readonly string[])[]) => feed.behave({ status: 200, text: text(...events) });

const stored = async () =>
  (
    await sql<{ n: number; open: number }>`
    SELECT count(*)::int AS n, (count(*) FILTER (WHERE ended_at IS NULL))::int AS open FROM maintenance_windows`.execute(
      db.paging,
    )
  ).rows[0];
const version = () => db.paging.transaction().execute(readConfigVersion);

test('the address is sealed, shown without its path, and in no audit entry', async () => {
  const made = await calendars.create(draft(), by);
  expect(made.shownUrl).toBe(`http://127.0.0.1:${feed.port}/…/basic.ics`);
  const row = await sql`SELECT c::text AS text, sealed_url FROM maintenance_calendars c`.execute(db.paging);
  expect(JSON.stringify(row.rows)).not.toContain('5ecre7');
  const { id, version: read } = made;
  await calendars.update(id, { version: read, url: 'webcal://calendar.example/private-5ecre7/b.ics' }, by);
  expect(audited).toContain('maintenance-calendar.changed');
  expect(audited).not.toContain('5ecre7');
  expect((await calendars.get(id)).shownUrl).toBe('https://calendar.example/…/b.ics');
});

test('two processes read a calendar once, and plan its next thousand occurrences once', async () => {
  publish(hourly);
  await calendars.create(draft(), by);
  const passes = await Promise.all([calendars.readDue(NOW), second.readDue(NOW)]);
  expect(passes[0].done + passes[1].done).toBe(1);
  expect(feed.calls).toHaveLength(1);
  expect(await stored()).toEqual({ n: 1_000, open: 1_000 });
});

test('one that another process is taking at this moment is passed by, not waited for', async () => {
  await calendars.create(draft(), by);
  await db.paging.transaction().execute(async (trx) => {
    await sql`SELECT FROM maintenance_calendars FOR UPDATE`.execute(trx);
    expect((await second.readDue(NOW)).done).toBe(0);
  });
  expect(feed.calls).toEqual([]);
});

test('read again unchanged it writes no window and no configuration; a day later what is next is added', async () => {
  publish(['UID:1', 'DTSTART:20261121T180000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY']);
  const { id } = await calendars.create(draft(), by);
  await calendars.readDue(NOW);
  expect(await stored()).toEqual({ n: 90, open: 90 });
  const before = await version();
  await calendars.refresh(id, by);
  expect(await version()).toBe(before);
  clock.set(NOW.add({ hours: 24 }));
  await calendars.refresh(id, { ...by, now: clock.now() });
  expect(await stored()).toEqual({ n: 91, open: 91 });
});

test('a change that comes while it is read is not overtaken by what was read before it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  feed.behave((_request, response) => {
    onAsked();
    void promise.then(() => response.end(text(hourly)));
  });
  const { id, version: read } = await calendars.create(draft(), by);
  const reading = calendars.readDue(NOW);
  await asked;
  await calendars.update(id, { version: read, matchers: [is('service', 'web')] }, by);
  resolve();
  await reading;
  expect(await stored()).toEqual({ n: 0, open: 0 });
  publish(hourly);
  await second.readDue(NOW);
  expect((await calendars.windows(id, NOW)).shown[0]?.matchers).toEqual([is('service', 'web')]);
});

test('a process that stops breaks its reading off, and another takes it over when the lease has run out', async () => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  feed.behave(() => onAsked());
  await calendars.create(draft(), by);
  const reading = calendars.readDue(NOW);
  await asked;
  calendars.stop();
  await reading;
  expect(told).toEqual([]);
  publish(hourly);
  expect(await second.readDue(NOW)).toEqual({ done: 0, nextAt: NOW.add({ seconds: 120 }) });
  await second.readDue(NOW.add({ seconds: 120 }));
  expect((await stored())?.n).toBe(1_000);
});

test.each([
  ['answers too much', { status: 200, text: 'x'.repeat(2 * 1024 * 1024 + 1) }, 'it is larger than 2 MB'],
  ['is not there', 404, 'it answered 404'],
  ['redirects in a ring', { status: 302, headers: { location: '/again' } }, 'it redirects again and again'],
] as const)('a feed that %s is told of, and its windows stay', async (_name, manner, why) => {
  publish(hourly);
  const { id } = await calendars.create(draft(), by);
  await calendars.readDue(NOW);
  feed.behave(manner);
  await calendars.refresh(id, by);
  expect(told).toEqual([`Operations: ${why}`]);
  expect(await calendars.get(id)).toMatchObject({ lastError: why, failures: 1, events: 1 });
  expect(await stored()).toEqual({ n: 1_000, open: 1_000 });
});

test('what belongs to another team is neither made, changed, read nor removed, nor given away to it', async () => {
  await expect(calendars.create(draft({ teamId: theirs }), by)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(calendars.preview(draft({ teamId: theirs }), by)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const { id, version: read } = await calendars.create(draft(), by);
  await expect(calendars.update(id, { version: read, teamId: theirs }, by)).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await sql`UPDATE maintenance_calendars SET team_id = ${theirs}`.execute(db.paging);
  await expect(calendars.update(id, { version: read, teamId: null }, by)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(calendars.refresh(id, by)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(calendars.archive(id, by)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(feed.calls).toEqual([]);
});

test('windows are forgotten 30 days after their time, those that are open stay', async () => {
  publish(
    ['UID:1', 'DTSTART:20261121T130000Z', 'DURATION:PT1H'],
    ['UID:2', 'DTSTART:20261221T130000Z', 'DURATION:PT9H'],
  );
  await calendars.create(draft(), by);
  await calendars.readDue(NOW);
  await calendars.sweep(Temporal.Instant.from('2026-12-21T13:59:00Z'));
  expect((await stored())?.n).toBe(2);
  await calendars.sweep(Temporal.Instant.from('2026-12-21T14:01:00Z'));
  expect((await stored())?.n).toBe(1);
});
