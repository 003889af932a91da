import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AcceptConfig, createAlerts, firingAlerts } from '#alerts';
import { alertmanagerDoors, alertmanagerReads, createIntegrations, integrationRoutes } from '#integrations';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createHttpServer, type HttpServer } from '#platform/http/server';
import { person, testDeps } from '#platform/http/testkit';
import { createIds } from '#platform/ids';
import { createRouting } from '#routing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../harness/database.ts';

const missing = spawnSync('amtool', ['--version']).error !== undefined;
const ROOT = '00000000-0000-7000-8000-000000000001';

describe.skipIf(missing && process.env['CI'] === undefined)(
  'amtool against us, with nothing changed but its URL',
  () => {
    const T0 = Temporal.Now.instant();
    const clock = createManualClock(Temporal.Instant.fromEpochMilliseconds(T0.epochMilliseconds));
    const newId = createIds(clock);
    let database: Awaited<ReturnType<typeof createTestDatabase>>;
    let db: Databases;
    let http: HttpServer;
    let url: string;
    let home: string;

    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), 'tocsin-amtool-'));
      database = await createTestDatabase();
      db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
      const config = createConfigCache(db.paging);
      const shared = { db, clock, newId, config, audit: async () => {} };
      const routing = createRouting({ ...shared, onFaults: () => {} });
      const acceptConfig = { current: (): AcceptConfig => ({ tree: routing.current(), service: () => undefined }) };
      const decider = { decide: async () => new Map(), committed: () => {} };
      const alerts = createAlerts({ ...shared, acceptConfig, decider, wake: () => {} });
      const integrations = createIntegrations({ ...shared, alerts });
      await config.refresh();
      const by = { actor: person('admin'), now: clock.now() };
      await routing.create(
        { parentId: ROOT, name: 'Databases', matchers: 'job=~"db.*"', continue: false, options: {} },
        by,
      );
      const { key } = await integrations.create(
        { name: 'amtool', kind: 'alertmanager', teamId: null, resolveTimeoutSeconds: 300 },
        by.actor,
        by.now,
      );
      const reads = alertmanagerReads({
        firingAlerts: (id) => firingAlerts(db.reports, id),
        acceptConfig,
        version: '0.1.0',
        startedAt: clock.now(),
      });
      const doors = alertmanagerDoors({ clock, integrations, onRefused: () => {}, reads });
      const routes = integrationRoutes({ db, integrations, baseUrl: () => '' });
      http = await createHttpServer({ routes, doors }, testDeps({ clock, db: db.paging }));
      url = `${await http.listen({ host: '127.0.0.1', port: 0 })}/am/${key}`;
    });
    afterAll(async () => {
      await http.close();
      await db.close();
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    });

    const amtool = (...args: readonly string[]) =>
      new Promise<{ ok: boolean; out: string; err: string }>((resolve) => {
        execFile(
          'amtool',
          [`--alertmanager.url=${url}`, ...args],
          { env: { ...process.env, HOME: home } },
          (error, stdout, stderr) => {
            resolve({ ok: error === null, out: stdout, err: stderr });
          },
        );
      });
    const alertnames = async (...args: readonly string[]) =>
      (JSON.parse((await amtool('alert', 'query', '-o', 'json', ...args)).out) as { labels: Record<string, string> }[])
        .map(({ labels }) => labels['alertname'] ?? '')
        .sort();

    test('adds alerts and asks for them, by matchers and receiver', async () => {
      expect(
        await amtool('alert', 'add', 'alertname=Lag', 'job=db1', '--annotation=summary=replication lags'),
      ).toMatchObject({ ok: true });
      expect(await amtool('alert', 'add', 'Cpu', 'job=web', 'node=h1')).toMatchObject({ ok: true });
      expect(await alertnames()).toEqual(['Cpu', 'Lag']);
      expect(await alertnames('job=~"db.*"')).toEqual(['Lag']);
      expect(await alertnames('Cpu', 'node!=h2')).toEqual(['Cpu']);
      expect(await alertnames('--receiver=Databases')).toEqual(['Lag']);
      expect(await alertnames('--silenced')).toEqual([]);
      expect((await amtool('alert', 'query', '-o', 'extended')).out).toContain('replication lags');
    });

    test('shows our tree as its own, and tests labels against it', async () => {
      expect((await amtool('config', 'routes', 'show')).out).toContain('{job=~"db.*"}  receiver: Databases');
      expect((await amtool('config', 'routes', 'test', 'job=db7')).out).toContain('Databases');
      expect((await amtool('config', 'routes', 'test', 'job=web')).out).toContain('Everything');
      expect((await amtool('config', 'show')).out).toContain('receiver: Everything');
      expect((await amtool('check-config', '/dev/null')).ok).toBe(false);
    });

    test('finds no silences, and is told that none is taken', async () => {
      expect(await amtool('silence', 'query')).toMatchObject({ ok: true });
      const added = await amtool('silence', 'add', '--comment=x', '--author=ann', 'alertname=Lag');
      expect(added.ok).toBe(false);
      expect(added.err).toContain('nothing was silenced');
    });

    test('a wrong key opens nothing', async () => {
      const right = url;
      url = url.replace(/.{32}$/, 'x'.repeat(32));
      expect((await amtool('alert', 'query')).ok).toBe(false);
      url = right;
    });
  },
);
