import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { type ConfigCache, createConfigCache, readConfigVersion } from '#platform/config-cache';
import { type Databases, json, openDatabases } from '#platform/db';
import type { AppError, Fault } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { createHttpServer, type HttpServer } from '#platform/http/server';
import { person, testDeps } from '#platform/http/testkit';
import { createIds } from '#platform/ids';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import type { ScheduleDraft } from './draft.ts';
import type { OncallPorts } from './ports.ts';
import { oncallRoutes } from './routes.ts';
import { createOncall, type Oncall, type Schedules } from './service.ts';
import { at, daysOverNights } from './testkit.ts';

const T0 = at('2026-01-05T10:00Z');
const clock = createManualClock(T0);
const newId = createIds(clock);
const [ann, bo, cy, gone, nobody, blue, red] = [newId(), newId(), newId(), newId(), newId(), newId(), newId()];
const admin: Actor = person('admin');
const ofBlue: Actor = person('manager', { teamIds: [blue] });

let database: TestDatabase;
let db: Databases;
let config: ConfigCache;
let oncall: Oncall;
let schedules: Schedules;
let log: string[] = [];
/** Runs inside the cache's load, between its snapshot and the reading of schedules. */
let duringLoad: () => Promise<void> = async () => {};

/** Runs when a change has been written, right before it commits. */
let beforeCommit: () => Promise<void> = async () => {};

/** Resolves when some transaction waits for a lock of another. */
async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql`SELECT 1 FROM pg_locks WHERE NOT granted`.execute(db.reports);
    if (rows.length > 0) return;
  }
}

const ports: OncallPorts = {
  person: (id) => (id === gone ? 'inactive' : [ann, bo, cy].includes(id) ? 'active' : null),
  mayWrite: (actor, teamId) =>
    actor.kind === 'user' && (actor.role === 'admin' || (teamId !== null && actor.teamIds.includes(teamId))),
  audit: async (_trx, { actor, kind, subject }) => {
    log.push(`${actor.slice(0, 4)} ${kind} ${subject}`);
    await beforeCommit();
  },
};

/** A process of its own: its own cache and service over the same database. */
async function openProcess(): Promise<{ readonly oncall: Oncall; readonly config: ConfigCache }> {
  const cache = createConfigCache(db.paging);
  cache.register('before oncall', () => duringLoad());
  const service = createOncall({ db, clock, newId, config: cache, ports });
  await cache.refresh();
  return { oncall: service, config: cache };
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const stamp = { created_at: T0, updated_at: T0 };
  await db.paging
    .insertInto('users')
    .values([ann, bo, cy, gone].map((id) => ({ id, email: `${id}@x.test`, name: id, role: 'responder', ...stamp })))
    .execute();
  await db.paging
    .insertInto('teams')
    .values([blue, red].map((id) => ({ id, key: id, name: id, ...stamp })))
    .execute();
  ({ oncall, config } = await openProcess());
  schedules = oncall.schedules;
});

beforeEach(() => {
  clock.set(T0);
  log = [];
  duringLoad = async () => {};
  beforeCommit = async () => {};
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

const change = (actor = admin) => ({ actor, now: clock.now() });

const draft = (more: Partial<ScheduleDraft> = {}) => ({ ...daysOverNights([ann, bo], cy), ...more });

const names = new Map([
  [ann, 'ann'],
  [bo, 'bo'],
  [cy, 'cy'],
  [gone, 'gone'],
]);
const who = (service: Oncall, id: string, moment = clock.now()) =>
  service.onCallAt(id, moment)?.map((user) => names.get(user)) ?? null;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: AppError) => error.code ?? String(error),
  );
const cover = (id: string, more: { startsAt?: string; endsAt?: string; userId?: string } = {}) =>
  schedules.createOverride(
    id,
    {
      userId: more.userId ?? cy,
      replacesUserId: null,
      startsAt: more.startsAt === undefined ? null : at(more.startsAt),
      endsAt: at(more.endsAt ?? '2026-01-05T12:00Z'),
    },
    change(),
  );

describe('storing', () => {
  test('a schedule comes back as it was sent, highest layer first, instants to the microsecond', async () => {
    const [nights, days] = draft().layers;
    const exact = { ...days, startsAt: '2026-01-01T00:00:00.123456Z', endsAt: '2027-01-01T00:00:00Z' } as typeof nights;
    const sent = draft({ teamId: blue, layers: [nights, exact].filter((layer) => layer !== undefined) });
    const made = await schedules.create(sent, change());
    const read = await schedules.get(made.id, T0);
    expect(JSON.stringify(read)).toBe(JSON.stringify(made));
    const { name, teamId, zone, version, layers, overrides } = read;
    expect({ name, teamId, zone, version, overrides }).toEqual({
      name: 'Payments',
      teamId: blue,
      zone: 'Europe/Berlin',
      version: 1,
      overrides: [],
    });
    expect(layers.map((layer) => [layer.name, String(layer.startsAt), String(layer.endsAt)])).toEqual([
      ['Days', '2026-01-01T00:00:00.123456Z', '2027-01-01T00:00:00Z'],
      ['Nights', '2026-01-01T00:00:00Z', 'null'],
    ]);
    expect(layers.map(({ rotation, restrictions }) => ({ rotation, restrictions }))).toEqual(
      [exact, nights].map((layer) => ({ rotation: layer?.rotation, restrictions: layer?.restrictions })),
    );
  });

  test('a change keeps the layers that it names, removes the others, keeps the overrides, and raises the version', async () => {
    const made = await schedules.create(draft(), change());
    await cover(made.id);
    const kept = made.layers.find((layer) => layer.name === 'Days');
    const [, days] = draft().layers;
    const next = { ...draft({ name: 'Paying', zone: 'UTC' }), layers: [{ ...days, id: kept?.id }], version: 1 };
    const changed = await schedules.update(made.id, next as ScheduleDraft & { version: number }, change());
    expect(changed.layers.map(({ id }) => id)).toEqual([kept?.id]);
    expect([changed.name, changed.zone, changed.version, changed.overrides.length]).toEqual(['Paying', 'UTC', 2, 1]);
  });

  test('a layer of another schedule, a team and a person that do not exist are faults of their fields', async () => {
    const other = await schedules.create(draft(), change());
    const made = await schedules.create(draft(), change());
    const faultPaths = (work: Promise<unknown>) =>
      work.then(
        () => [],
        (error: AppError) => ((error.details['faults'] ?? []) as readonly Fault[]).map(({ path }) => path),
      );
    const stolen = { ...draft().layers[0], id: other.layers[0]?.id } as ScheduleDraft['layers'][number];
    expect(
      await faultPaths(schedules.update(made.id, { ...draft({ layers: [stolen] }), version: 1 }, change())),
    ).toEqual(['layers.0.id']);
    expect(await faultPaths(schedules.create(draft({ teamId: nobody }), change()))).toEqual(['teamId']);
    expect(await faultPaths(cover(made.id, { userId: nobody }))).toEqual(['userId']);
    expect(await faultPaths(schedules.create(draft({ zone: 'Mars/Olympus' }), change()))).toEqual(['zone']);
  });

  test('of two who change the same version at once one is told so, and nothing of theirs is kept', async () => {
    const made = await schedules.create(draft(), change());
    const second = await openProcess();
    const late = { ...draft({ name: 'B' }), version: 1 };
    let lateResult = Promise.resolve('not begun');
    beforeCommit = async () => {
      beforeCommit = async () => {};
      lateResult = codeOf(second.oncall.schedules.update(made.id, late, change()));
      await untilSomebodyWaits();
    };
    await schedules.update(made.id, { ...draft({ name: 'A', layers: [] }), version: 1 }, change());
    expect(await lateResult).toBe('VERSION_CONFLICT');
    const { name, layers, version } = await schedules.get(made.id, T0);
    expect([name, layers.length, version]).toEqual(['A', 0, 2]);
    expect(log.filter((line) => line.includes(`changed ${made.id}`))).toHaveLength(1);
  });

  test('an override is no new version: who edits the layers meanwhile is not refused', async () => {
    const made = await schedules.create(draft(), change());
    await cover(made.id);
    expect(await codeOf(schedules.update(made.id, { ...draft(), version: 1 }, change()))).toBe('done');
  });
});

describe('who is on call', () => {
  test('the process that changes decides by it at once, another as soon as it hears the version', async () => {
    const made = await schedules.create(draft(), change());
    const second = await openProcess();
    expect([who(oncall, made.id), who(second.oncall, made.id)]).toEqual([['ann'], ['ann']]);
    const before = await readConfigVersion(db.paging);
    await cover(made.id);
    const version = await readConfigVersion(db.paging);
    expect(version).toBe(before + 1);
    expect([who(oncall, made.id), who(second.oncall, made.id)]).toEqual([['cy'], ['ann']]);
    await second.config.ensure(version);
    expect(who(second.oncall, made.id)).toEqual(['cy']);
  });

  test('every change raises the version, leaves an audit entry and a hint; a refused one leaves none', async () => {
    const from = await readConfigVersion(db.paging);
    const made = await schedules.create(draft(), change());
    const override = await cover(made.id, { startsAt: '2026-01-05T11:00Z' });
    await schedules.endOverride(made.id, override.id, change());
    await schedules.update(made.id, { ...draft(), version: 1 }, change());
    await codeOf(schedules.update(made.id, { ...draft(), version: 1 }, change()));
    await schedules.archive(made.id, change());
    expect(await readConfigVersion(db.paging)).toBe(from + 5);
    expect(log.map((line) => line.split(' ')[1])).toEqual([
      'schedule.created',
      'schedule.override-created',
      'schedule.override-ended',
      'schedule.changed',
      'schedule.archived',
    ]);
    const hints = await db.paging
      .selectFrom('hints')
      .select(['kind', 'version'])
      .where('ref', '=', made.id)
      .orderBy('version')
      .execute();
    expect(hints).toEqual([1, 2, 3, 4, 5].map((step) => ({ kind: 'config', version: from + step })));
  });

  test('an override made while a process loads is seen whole after it, and never half', async () => {
    const made = await schedules.create(draft(), change());
    let version = 0;
    const second = await openProcess();
    await schedules.create(draft({ name: 'Stirs the cache' }), change());
    duringLoad = async () => {
      duringLoad = async () => {};
      await cover(made.id);
      version = await readConfigVersion(db.paging);
    };
    await second.config.refresh();
    expect(second.config.version()).toBeLessThanOrEqual(version);
    expect(who(second.oncall, made.id)).toEqual(second.config.version() === version ? ['cy'] : ['ann']);
    await second.config.ensure(version);
    expect(who(second.oncall, made.id)).toEqual(['cy']);
  });

  test('an archived schedule is gone, for screens and for pages; a second archive finds none', async () => {
    const made = await schedules.create(draft(), change());
    await schedules.archive(made.id, change());
    expect(who(oncall, made.id)).toBeNull();
    expect(oncall.everywhere(T0).some(({ schedule }) => schedule.id === made.id)).toBe(false);
    const wish = { after: null, limit: 200 };
    expect((await schedules.list(wish)).some(({ id }) => id === made.id)).toBe(false);
    expect((await schedules.who(T0, wish)).some(({ schedule }) => schedule.id === made.id)).toBe(false);
    const acts = [schedules.get(made.id, T0), schedules.archive(made.id, change()), cover(made.id)];
    expect(await Promise.all(acts.map(codeOf))).toEqual(Array(3).fill('SCHEDULE_NOT_FOUND'));
  });

  test('a schedule that a policy or the last resort calls is not archived', async () => {
    const made = await schedules.create(draft(), change());
    const targets = [{ kind: 'schedule', id: made.id }];
    const stamp = { created_at: T0, updated_at: T0 };
    const policy = { id: newId(), name: 'Checkout', steps: json([{ delaySeconds: 300, targets }]), ...stamp };
    await db.paging.insertInto('escalation_policies').values(policy).execute();
    await db.paging
      .insertInto('settings')
      .values({ key: 'escalation.last-resort', value: json({ targets }), updated_at: T0 })
      .execute();
    await expect(schedules.archive(made.id, change())).rejects.toThrow('policy Checkout, the last resort');
    await db.paging.deleteFrom('settings').where('key', '=', 'escalation.last-resort').execute();
    await db.paging.updateTable('escalation_policies').set({ archived_at: T0 }).where('id', '=', policy.id).execute();
    expect(await codeOf(schedules.archive(made.id, change()))).toBe('done');
  });

  test('a gap is reported as a gap, in memory, on the line, and as a warning', async () => {
    const made = await schedules.create(draft(), change());
    const evening = at('2026-01-05T18:00Z');
    expect(who(oncall, made.id, evening)).toEqual([]);
    expect(oncall.onCall(made.id, evening)?.reason).toBe('outside-active-hours');
    const { line } = await schedules.shifts(made.id, { from: T0, to: at('2026-01-06T10:00Z') });
    expect(line.gaps.map(({ from, to, reason }) => `${from} ${to} ${reason}`)).toEqual([
      '2026-01-05T17:00:00Z 2026-01-05T19:00:00Z outside-active-hours',
    ]);
    expect(schedules.warnings(made, T0).map(({ kind }) => kind)).toEqual(['coverage-gap']);
  });

  test('a stored schedule that cannot be calculated is a gap with its reason, and harms no other', async () => {
    const [bad, good] = [await schedules.create(draft(), change()), await schedules.create(draft(), change())];
    await db.paging.updateTable('schedules').set({ zone: 'Mars/Olympus' }).where('id', '=', bad.id).execute();
    const fresh = await openProcess();
    expect([who(fresh.oncall, bad.id), who(fresh.oncall, good.id)]).toEqual([[], ['ann']]);
    expect(fresh.oncall.broken().map(({ id }) => id)).toEqual([bad.id]);
    expect(
      (await schedules.who(T0, { after: null, limit: 200 })).find(({ schedule }) => schedule.id === bad.id)?.answer
        .reason,
    ).toBe('broken-schedule');
    expect(await codeOf(schedules.next(bad.id, T0))).toBe('SCHEDULE_BROKEN');
    await schedules.update(bad.id, { ...draft(), version: 1 }, change());
    expect(who(oncall, bad.id)).toEqual(['ann']);
  });

  test('an override that ended long ago still tells since when somebody is on call', async () => {
    const made = await schedules.create(
      draft({
        layers: [
          {
            ...draft().layers[0],
            restrictions: [],
            rotation: { ...draft().layers[0]?.rotation, members: [ann] },
          } as ScheduleDraft['layers'][number],
        ],
      }),
      change(),
    );
    await cover(made.id, { endsAt: '2026-01-05T12:00Z' });
    clock.set(at('2026-01-20T10:00Z'));
    const [entry] = (await schedules.who(clock.now(), { after: null, limit: 200 })).filter(
      ({ schedule }) => schedule.id === made.id,
    );
    expect(String(entry?.answer.users[0]?.since)).toBe('2026-01-05T12:00:00Z');
    expect((await schedules.get(made.id, clock.now())).overrides).toEqual([]);
  });
});

describe('overrides', () => {
  test('the newest wins, also over one whose process had a clock ahead', async () => {
    const made = await schedules.create(draft(), change());
    clock.set(T0.add({ seconds: 1 }));
    await cover(made.id, { userId: cy });
    clock.set(T0);
    await cover(made.id, { userId: bo });
    expect(who(oncall, made.id, T0.add({ minutes: 5 }))).toEqual(['bo']);
  });

  test('a running one that is deleted ends now, and what was stays; again changes nothing', async () => {
    const made = await schedules.create(draft(), change());
    const { id } = await cover(made.id);
    clock.set(at('2026-01-05T11:00Z'));
    const ended = await schedules.endOverride(made.id, id, change());
    expect([ended.outcome, String(ended.override?.endsAt)]).toEqual(['ended', '2026-01-05T11:00:00Z']);
    expect([who(oncall, made.id, at('2026-01-05T10:59Z')), who(oncall, made.id)]).toEqual([['cy'], ['ann']]);
    const version = await readConfigVersion(db.paging);
    clock.set(at('2026-01-05T11:30Z'));
    expect((await schedules.endOverride(made.id, id, change())).outcome).toBe('unchanged');
    expect(await readConfigVersion(db.paging)).toBe(version);
  });

  test('one that has not begun is removed; then there is none', async () => {
    const made = await schedules.create(draft(), change());
    const { id } = await cover(made.id, { startsAt: '2026-01-05T11:00Z' });
    expect(await schedules.endOverride(made.id, id, change())).toEqual({
      outcome: 'removed',
      reason: 'not-begun',
      override: null,
    });
    expect(await codeOf(schedules.endOverride(made.id, id, change()))).toBe('OVERRIDE_NOT_FOUND');
  });
});

describe('permission', () => {
  test('a manager changes the schedules of their own teams only, and gives none away or takes one', async () => {
    const own = await schedules.create(draft({ teamId: blue }), change(ofBlue));
    const others = await schedules.create(draft({ teamId: red }), change());
    const request = { userId: cy, replacesUserId: null, startsAt: null, endsAt: at('2026-01-05T12:00Z') };
    const { id } = await cover(others.id);
    const acts = [
      schedules.create(draft({ teamId: red }), change(ofBlue)),
      schedules.create(draft(), change(ofBlue)),
      schedules.update(own.id, { ...draft({ teamId: red }), version: 1 }, change(ofBlue)),
      schedules.update(others.id, { ...draft({ teamId: blue }), version: 1 }, change(ofBlue)),
      schedules.archive(others.id, change(ofBlue)),
      schedules.createOverride(others.id, request, change(ofBlue)),
      schedules.endOverride(others.id, id, change(ofBlue)),
    ];
    expect(await Promise.all(acts.map(codeOf))).toEqual(Array(acts.length).fill('FORBIDDEN'));
    expect(await codeOf(schedules.createOverride(own.id, request, change(ofBlue)))).toBe('done');
  });
});

describe('over HTTP', () => {
  let server: HttpServer;
  const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: unknown) => {
    const headers = { authorization: 'Bearer admin', ...(payload ? { 'content-type': 'application/json' } : {}) };
    const answer = await server.inject({
      method,
      url,
      headers,
      ...(payload ? { payload: JSON.stringify(payload) } : {}),
    });
    return { status: answer.statusCode, body: answer.body === '' ? null : JSON.parse(answer.body) };
  };

  beforeAll(async () => {
    server = await createHttpServer({ routes: oncallRoutes(oncall) }, testDeps({ clock, db: db.paging }));
  });
  afterAll(() => server.close());

  test('a schedule lives: made, read, changed, covered, asked, previewed, archived', async () => {
    const made = await call('POST', '/api/v1/schedules', draft({ name: 'Zebra' }));
    expect(made.status).toBe(201);
    const { id } = made.body.schedule;
    const path = `/api/v1/schedules/${id}`;
    const [nights, days] = draft().layers;
    expect(
      (
        await call('PUT', path, {
          ...draft({ name: 'Zebra' }),
          layers: [nights, { ...days, rotation: { ...days?.rotation, members: [ann, gone] } }],
          version: 1,
        })
      ).body.warnings[0],
    ).toEqual({
      kind: 'inactive-person',
      path: 'layers.0.rotation.members.1',
      userId: gone,
    });
    expect((await call('PUT', path, { ...draft(), version: 1 })).body.code).toBe('VERSION_CONFLICT');
    const covered = await call('POST', `${path}/overrides`, { userId: cy, endsAt: '2026-01-05T12:00:00+01:00' });
    expect([covered.status, covered.body.override.endsAt]).toEqual([201, '2026-01-05T11:00:00Z']);
    expect((await call('GET', path)).body.overrides).toHaveLength(1);

    const line = await call('GET', `${path}/shifts?from=2026-01-05T10:00:00Z&to=2026-01-05T18:00:00Z`);
    expect(line.body.zone).toBe('Europe/Berlin');
    expect(
      line.body.shifts.map(
        (shift: { userId: string; from: string; to: string }) => `${names.get(shift.userId)} ${shift.from} ${shift.to}`,
      ),
    ).toEqual(['cy 2026-01-05T10:00:00Z 2026-01-05T11:00:00Z', 'ann 2026-01-05T11:00:00Z 2026-01-05T17:00:00Z']);
    expect(line.body.gaps).toHaveLength(1);
    expect(
      line.body.layers.map(({ position, shifts }: { position: number; shifts: unknown[] }) => [
        position,
        shifts.length,
      ]),
    ).toEqual([
      [1, 1],
      [0, 0],
    ]);

    const next = await call('GET', `${path}/next`);
    expect([next.body.current.users[0].userId, next.body.handoff]).toEqual([
      cy,
      { at: '2026-01-05T11:00:00Z', fromUserIds: [cy], toUserIds: [ann] },
    ]);

    const preview = { schedule: draft({ layers: [] }), from: '2026-01-05T10:00:00Z', to: '2026-01-05T17:00:00Z' };
    expect((await call('POST', '/api/v1/schedules/preview', { ...preview, scheduleId: id })).body.changes).toEqual([
      {
        from: '2026-01-05T11:00:00Z',
        to: '2026-01-05T17:00:00Z',
        beforeUserId: ann,
        afterUserId: null,
        reason: 'uncovered',
      },
    ]);
    expect((await call('POST', '/api/v1/schedules/preview', preview)).body.changes).toBeNull();

    const ended = await call('DELETE', `${path}/overrides/${covered.body.override.id}`);
    expect([ended.status, ended.body.outcome]).toEqual([200, 'removed']);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).body.code).toBe('SCHEDULE_NOT_FOUND');
  });

  test('who is on call everywhere comes in pages that leave none out', async () => {
    const seen: string[] = [];
    for (let query = 'limit=3', turn = 0; turn < 50; turn += 1) {
      const { body } = await call('GET', `/api/v1/oncall?${query}`);
      seen.push(...body.items.map(({ scheduleId }: { scheduleId: string }) => scheduleId));
      if (body.nextCursor === null) break;
      query = `limit=3&at=${body.at}&cursor=${body.nextCursor}`;
    }
    await config.refresh();
    expect(seen).toEqual(oncall.everywhere(T0).map(({ schedule }) => schedule.id));
    expect(seen.length).toBeGreaterThan(3);
    expect((await call('GET', '/api/v1/schedules?limit=200')).body.items.map(({ id }: { id: string }) => id)).toEqual(
      seen,
    );
  });

  test.each([
    ['POST', '/api/v1/schedules', { ...draft(), zone: '+01:00' }, ['zone']],
    ['POST', '/api/v1/schedules', { ...draft(), colour: 'red' }, ['colour']],
    [
      'POST',
      '/api/v1/schedules/preview',
      { schedule: draft({ zone: 'X/Y' }), from: '2026-01-05T10:00:00Z', to: '2026-01-06T10:00:00Z' },
      ['schedule.zone'],
    ],
    [
      'POST',
      '/api/v1/schedules/preview',
      { schedule: draft(), from: '2026-01-05T10:00:00Z', to: '2028-01-06T10:00:00Z' },
      ['to'],
    ],
    ['GET', '/api/v1/oncall?at=2300-01-01T00:00:00Z', undefined, ['query.at']],
    ['GET', '/api/v1/oncall?at=0000-01-01T00:00:00Z', undefined, ['query.at']],
    [
      'GET',
      `/api/v1/schedules/${ann}/shifts?from=2026-01-05T10:00:00Z&to=2026-01-04T10:00:00Z`,
      undefined,
      ['query.to'],
    ],
  ] as const)('%s %s is refused by path', async (method, url, body, paths) => {
    const answer = await call(method, url, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'BODY_INVALID']);
    expect(answer.body.faults.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  test.each([
    '["a","b"]',
    '["a\\u0000","01970000-0000-7000-8000-000000000001"]',
    '["\\ud800","01970000-0000-7000-8000-000000000001"]',
    '7',
  ])('a made-up cursor %s is refused', async (keyset) => {
    const cursor = Buffer.from(keyset).toString('base64url');
    expect((await call('GET', `/api/v1/oncall?cursor=${cursor}`)).body.code).toBe('CURSOR_INVALID');
  });
});
