import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { type App, createApp } from '#app';
import { createTestDatabase, type TestDatabase } from '#harness/database';
import { createPhones, type Delivered, type Phones } from '#harness/phones';
import { createManualClock, type ManualClock } from '#platform/clock';
import { silentLog } from '#platform/log';
import { readConfig } from '../../src/config.ts';

/** A person of a story, reached by e-mail (and SMS when given a number). */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
}

/** The loops that time stops at; jobs that run every second would make an hour of a story 3,600 stops. */
const PAGING = ['groups', 'notifications', 'webhooks', 'alerts', 'heartbeats', 'calendars'];

type Duration = Temporal.DurationLike;
type Step = {
  readonly wait: Duration;
  readonly call: readonly (Person | { kind: 'schedule' | 'team' | 'user' | 'webhook'; id: string })[];
};

/** Options of a route in a story; what is left out is the product's default. */
export type RouteWish = Record<string, unknown> & {
  readonly matchers?: readonly { name: string; op: string; value: string }[];
  readonly parent?: string;
};

/** How a world differs from the plain one. */
export interface WorldOptions {
  /** Which of the fake channels stand in for the real ones; both by default. */
  readonly fakes?: readonly ('email' | 'sms')[];
  /** Configuration besides the world's own. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * The whole app on a manual clock and a real PostgreSQL, told in the language of the field. Anything sent that the
 * story did not expect fails it, and so does a broken invariant.
 */
export class World {
  readonly clock: ManualClock;
  readonly phones: Phones;
  app: App;
  private readonly database: TestDatabase;
  private readonly sql: pg.Client;
  private readonly dataDir: string;
  private readonly options: WorldOptions;
  private ownerKey = '';
  private integrationUrl = '';
  readonly rootRoute = '00000000-0000-7000-8000-000000000001';

  private constructor(parts: {
    clock: ManualClock;
    phones: Phones;
    app: App;
    database: TestDatabase;
    sql: pg.Client;
    dataDir: string;
    options: WorldOptions;
  }) {
    this.clock = parts.clock;
    this.phones = parts.phones;
    this.app = parts.app;
    this.database = parts.database;
    this.sql = parts.sql;
    this.dataDir = parts.dataDir;
    this.options = parts.options;
  }

  /** Opens a world at a moment, with an owner and one Alertmanager integration. */
  static async open(at: string, options: WorldOptions = {}): Promise<World> {
    const clock = createManualClock(Temporal.Instant.from(at));
    const phones = createPhones();
    const database = await createTestDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-story-'));
    const sql = new pg.Client({ connectionString: database.connectionString });
    sql.on('error', () => {});
    await sql.connect();
    const app = await World.boot({ clock, phones, connectionString: database.connectionString, dataDir, options });
    const world = new World({ clock, phones, app, database, sql, dataDir, options });
    await world.furnish();
    return world;
  }

  private static boot(parts: {
    clock: ManualClock;
    phones: Phones;
    connectionString: string;
    dataDir: string;
    options: WorldOptions;
  }): Promise<App> {
    const config = readConfig({
      env: {},
      // On a clock that stands still no allowance of requests comes back.
      flags: {
        dataDir: parts.dataDir,
        port: 0,
        publicUrl: 'https://tocsin.test',
        apiRatePerSecond: 0,
        ...parts.options.flags,
      },
    });
    return createApp({
      config,
      connectionString: parts.connectionString,
      log: silentLog(),
      demo: null,
      clock: parts.clock,
      channels: parts.phones.channels.filter(({ name }) => parts.options.fakes?.some((fake) => fake === name) ?? true),
    });
  }

  /** A second process on the same database; the story drives it by `engine.runUntilIdle()`. */
  async secondProcess(): Promise<App> {
    const app = await World.boot({
      clock: this.clock,
      phones: this.phones,
      connectionString: this.database.connectionString,
      dataDir: this.dataDir,
      options: this.options,
    });
    await app.prepare();
    return app;
  }

  private async furnish(): Promise<void> {
    await this.app.prepare();
    this.ownerKey = await this.app.createOwner({
      name: 'Olga Owner',
      email: 'olga@story.test',
      password: 'a long story password',
    });
    const created = await this.api('POST', '/api/v1/integrations', { name: 'Prometheus', kind: 'alertmanager' });
    this.integrationUrl = new URL(created.baseUrl).pathname;
  }

  /** Calls the API as the owner; fails the story on an error answer. */
  // biome-ignore lint/suspicious/noExplicitAny: a story reads what it needs
  async api(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.app.inject({
      method: method as 'GET',
      url: path,
      headers: { authorization: `Bearer ${this.ownerKey}` },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
    return answer.body === '' ? null : answer.json();
  }

  /** Runs SQL as the story-teller; configuration made this way is seen at once. */
  async query<T extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<readonly T[]> {
    return (await this.sql.query<T>(text, values)).rows;
  }

  private async configure(text: string, values: unknown[]): Promise<void> {
    await this.query(text, values);
    await this.query('UPDATE config_version SET version = version + 1');
    await this.app.refreshConfig();
  }

  private get now(): string {
    return this.clock.now().toString();
  }

  /** Somebody with a verified e-mail address, told at once at either urgency; `by` names other channels. */
  async person(
    name: string,
    options: {
      by?: readonly ('email' | 'sms')[];
      rules?: readonly { by: 'email' | 'sms'; after: number }[];
      zone?: string;
    } = {},
  ): Promise<Person> {
    const key = name.toLowerCase().replaceAll(/[^a-z]/g, '');
    const person = { id: randomUUID(), name, email: `${key}@story.test`, phone: `+1${key}` };
    await this.query(
      `INSERT INTO users (id, email, name, role, time_zone, created_at, updated_at) VALUES ($1, $2, $3, 'responder', $4, $5, $5)`,
      [person.id, person.email, name, options.zone ?? 'UTC', this.now],
    );
    for (const channel of options.by ?? ['email']) {
      const method = randomUUID();
      await this.query(
        `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at) VALUES ($1, $2, $3, $3, $4, $5, $5, $5)`,
        [method, person.id, channel, channel === 'email' ? person.email : person.phone, this.now],
      );
      for (const rule of (options.rules ?? []).filter((one) => one.by === channel))
        for (const urgency of ['high', 'low'])
          await this.query(
            'INSERT INTO notification_rules (id, user_id, urgency, delay_seconds, method_id) VALUES ($1, $2, $3, $4, $5)',
            [randomUUID(), person.id, urgency, rule.after, method],
          );
    }
    await this.configure('SELECT 1', []);
    return person;
  }

  async deactivate(person: Person): Promise<void> {
    await this.configure('UPDATE users SET active = false WHERE id = $1', [person.id]);
  }

  async team(key: string, members: readonly Person[]): Promise<{ kind: 'team'; id: string }> {
    const id = randomUUID();
    await this.query('INSERT INTO teams (id, key, name, created_at, updated_at) VALUES ($1, $2, $2, $3, $3)', [
      id,
      key,
      this.now,
    ]);
    for (const member of members)
      await this.query('INSERT INTO team_members (team_id, user_id, added_at) VALUES ($1, $2, $3)', [
        id,
        member.id,
        this.now,
      ]);
    await this.configure('SELECT 1', []);
    return { kind: 'team', id };
  }

  /** A schedule in which people take turns by the day or week. */
  async schedule(options: {
    zone: string;
    unit: 'days' | 'weeks';
    handoff: string;
    anchor: string;
    weekday?: number;
    members: readonly Person[];
  }): Promise<{ kind: 'schedule'; id: string }> {
    const rotation = {
      unit: options.unit,
      length: 1,
      handoffTime: options.handoff,
      anchorDate: options.anchor,
      members: options.members.map((member) => member.id),
      ...(options.unit === 'weeks' ? { handoffWeekday: options.weekday ?? 1 } : {}),
    };
    const created = await this.api('POST', '/api/v1/schedules', {
      name: `Schedule ${options.zone}`,
      zone: options.zone,
      layers: [{ name: 'Rota', position: 0, startsAt: '2020-01-01T00:00:00Z', rotation }],
    });
    return { kind: 'schedule', id: created.schedule.id };
  }

  async policy(steps: readonly Step[], options: Record<string, unknown> = {}): Promise<string> {
    const created = await this.api('POST', '/api/v1/policies', {
      name: 'Policy',
      steps: steps.map(stepOnTheWire),
      rounds: 3,
      ...options,
    });
    return created.policy.id;
  }

  async editPolicy(id: string, steps: readonly Step[]): Promise<void> {
    const { policy } = await this.api('GET', `/api/v1/policies/${id}`);
    const { id: _id, ...draft } = policy;
    await this.api('PUT', `/api/v1/policies/${id}`, { ...draft, steps: steps.map(stepOnTheWire) });
  }

  async lastResort(...people: readonly Person[]): Promise<void> {
    await this.api('PUT', '/api/v1/escalation/last-resort', {
      targets: people.map((person) => ({ kind: 'user', id: person.id })),
    });
  }

  /** Has everything (or what matches) page by this policy, at once unless `groupWaitSeconds` says otherwise. */
  async route(policyId: string | null, wish: RouteWish = {}): Promise<string> {
    const { matchers, parent: _parent, ...options } = wish;
    const whole = {
      mode: 'page',
      groupBy: ['alertname', 'service'],
      ...options,
      ...(policyId ? { policy: { kind: 'policy', id: policyId } } : {}),
    };
    if (!matchers) {
      await this.configure('UPDATE routes SET options = $1, version = version + 1 WHERE id = $2', [
        JSON.stringify(whole),
        this.rootRoute,
      ]);
      return this.rootRoute;
    }
    const id = randomUUID();
    const position = (await this.query('SELECT count(*)::int AS n FROM routes'))[0]?.['n'] as number;
    await this.configure(
      'INSERT INTO routes (id, parent_id, position, name, matchers, options, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)',
      [id, this.rootRoute, position, `route ${position}`, JSON.stringify(matchers), JSON.stringify(whole), this.now],
    );
    return id;
  }

  /** Posts alerts as Prometheus does, and lets whatever is due at this moment happen. */
  async fire(
    labels: Record<string, string>,
    options: { startsAt?: string; endsAt?: string; summary?: string } = {},
  ): Promise<void> {
    await this.post([
      {
        labels,
        annotations: { summary: options.summary ?? labels['alertname'] ?? 'alert' },
        startsAt: options.startsAt ?? this.now,
        endsAt: options.endsAt ?? this.clock.now().add({ hours: 24 }).toString(),
      },
    ]);
    await this.settle();
  }

  async resolve(labels: Record<string, string>, startsAt?: string): Promise<void> {
    await this.post([
      { labels, startsAt: startsAt ?? this.clock.now().subtract({ seconds: 1 }).toString(), endsAt: this.now },
    ]);
    await this.settle();
  }

  async post(alerts: readonly unknown[], status = 200): Promise<void> {
    const answer = await this.app.inject({
      method: 'POST',
      url: `${this.integrationUrl}/api/v2/alerts`,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(alerts),
    });
    expect(answer.statusCode, answer.body).toBe(status);
  }

  /** Lets everything happen that is due now; recurring jobs too. */
  async settle(): Promise<void> {
    await this.app.engine.runUntilIdle(PAGING);
    await this.app.engine.runUntilIdle();
  }

  /** Moves the clock on, stopping at every due wake-up on the way. */
  async advance(duration: Duration): Promise<void> {
    await this.advanceTo(this.clock.now().add(duration));
  }

  async advanceTo(target: Temporal.Instant): Promise<void> {
    for (let turns = 0; ; turns += 1) {
      const next = await this.app.engine.runUntilIdle(PAGING);
      if (!next || Temporal.Instant.compare(next, target) > 0) break;
      if (turns > 20_000) throw new Error(`time does not pass: something is due at ${next} again and again`);
      // A row that is due but not done (another process holds it) must not stop time.
      this.clock.set(
        Temporal.Instant.compare(next, this.clock.now()) > 0 ? next : this.clock.now().add({ milliseconds: 100 }),
      );
    }
    if (Temporal.Instant.compare(this.clock.now(), target) < 0) this.clock.set(target);
    await this.settle();
  }

  /** Somebody was told once since the last expectation, by this channel, in words that match. Returns the message. */
  told(person: Person, words: RegExp = /./, by: 'email' | 'sms' = 'email'): Delivered {
    const address = by === 'email' ? person.email : person.phone;
    const index = this.phones.inbox.findIndex(
      (message) => message.to === address && message.channel === by && words.test(message.text),
    );
    const seen = this.phones.inbox
      .map((message) => `${message.channel} to ${message.to}: ${message.text.split('\n')[0]}`)
      .join('\n  ');
    expect(
      index,
      `expected ${person.name} to be told ${words} by ${by} at ${this.now}; undelivered expectations:\n  ${seen || 'nothing was sent'}`,
    ).toBeGreaterThanOrEqual(0);
    return this.phones.inbox.splice(index, 1)[0] as Delivered;
  }

  /** Nothing was sent that has not been expected. */
  quiet(): void {
    expect(this.phones.inbox.map((message) => `${message.to}: ${message.text.split('\n')[0]}`)).toEqual([]);
  }

  /** Presses a button on the 3 a.m. page of a message. */
  async answer(message: Delivered, what: 'ack' | 'escalate' = 'ack'): Promise<string> {
    const link = /https:\/\/tocsin\.test(\/a\/\S+)/.exec(message.text)?.[1];
    expect(link, `no link in: ${message.text}`).toBeDefined();
    const page = await this.app.inject({ method: 'GET', url: link as string });
    expect(page.statusCode).toBe(200);
    const once = /name="once" value="([^"]*)"/.exec(page.body)?.[1];
    const answer = await this.app.inject({
      method: 'POST',
      url: link as string,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ do: what, ...(once ? { once } : {}) }).toString(),
    });
    expect(answer.statusCode, answer.body).toBeLessThan(400);
    await this.settle();
    return answer.body;
  }

  /** The pages, newest first. */
  // biome-ignore lint/suspicious/noExplicitAny: a story reads what it needs
  async pages(): Promise<any[]> {
    return (await this.api('GET', '/api/v1/pages?state=all')).items;
  }

  /** Acts on the newest page as the owner. */
  async act(what: string, body: Record<string, unknown> = {}): Promise<void> {
    const [page] = await this.pages();
    await this.api('POST', `/api/v1/pages/${page.id}/${what}`, body);
    await this.settle();
  }

  /** Ends the story: nothing unexpected was sent, and every invariant holds over what is stored. */
  async close(): Promise<void> {
    try {
      this.quiet();
      await this.app.sealAll();
      const report = await this.app.verify({ budgetSeconds: null, acknowledgeAllowanceMs: 0 });
      expect(report.invariants.flatMap(({ violations }) => violations)).toEqual([]);
    } finally {
      await this.dispose();
    }
  }

  async dispose(): Promise<void> {
    await this.app.stop();
    await this.sql.end();
    await this.database.drop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function stepOnTheWire({ wait, call }: Step) {
  const delaySeconds = Temporal.Duration.from(wait).total('seconds');
  return { delaySeconds, targets: call.map((target) => ('kind' in target ? target : { kind: 'user', id: target.id })) };
}
