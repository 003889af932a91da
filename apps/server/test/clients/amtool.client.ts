import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { addResponder, pageFor, pageOf } from './paging.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

describe.skipIf(isPassedOver('amtool'))('amtool against us, with nothing changed but its URL', () => {
  let mail: MailServer;
  let tocsin: Tocsin;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'tocsin-amtool-'));
    mail = await startMailServer();
    tocsin = await startTocsin({ TOCSIN_SMTP_URL: mail.url });
    const { routes } = await tocsin.api('GET', '/api/v1/routing');
    const { id: parentId } = routes.find((route: { parentId: string | null }) => route.parentId === null);
    await tocsin.api('POST', '/api/v1/routing', { parentId, name: 'Databases', matchers: 'job=~"db.*"' });
  });
  afterAll(async () => {
    await tocsin?.stop();
    await mail?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const amtoolAt = (url: string, ...args: readonly string[]) =>
    new Promise<{ ok: boolean; out: string; err: string }>((resolve) => {
      const env = { ...process.env, HOME: home };
      execFile('amtool', [`--alertmanager.url=${url}`, ...args], { env }, (error, out, err) =>
        resolve({ ok: error === null, out, err }),
      );
    });
  const amtool = (...args: readonly string[]) => amtoolAt(tocsin.alertmanagerUrl, ...args);
  const query = async (
    ...args: readonly string[]
  ): Promise<readonly { labels: Record<string, string>; status: { state: string } }[]> =>
    JSON.parse((await amtool('alert', 'query', '-o', 'json', ...args)).out);
  const alertnames = async (...args: readonly string[]) =>
    (await query(...args)).map(({ labels }) => labels['alertname'] ?? '').sort();

  test('adds alerts and asks for them, by matchers, receiver and state', async () => {
    const added = await amtool('alert', 'add', 'alertname=Lag', 'job=db1', '--annotation=summary=replication lags');
    expect(added).toMatchObject({ ok: true, out: '' });
    expect(await amtool('alert', 'add', 'Cpu', 'job=web', 'node=h1')).toMatchObject({ ok: true });
    expect(await alertnames()).toEqual(['Cpu', 'Lag']);
    expect(await alertnames('job=~"db.*"')).toEqual(['Lag']);
    expect(await alertnames('alertname=~".+"', 'job!~"db.*"')).toEqual(['Cpu']);
    expect(await alertnames('Cpu', 'node!=h2')).toEqual(['Cpu']);
    expect(await alertnames('--receiver=Databases')).toEqual(['Lag']);
    expect(await alertnames('--active')).toEqual(['Cpu', 'Lag']);
    expect(await alertnames('--silenced')).toEqual([]);
    expect(await alertnames('--inhibited')).toEqual([]);
    expect((await query('Lag'))[0]).toMatchObject({ labels: { job: 'db1' }, status: { state: 'active' } });
    expect((await amtool('alert', 'query', '-o', 'extended')).out).toContain('replication lags');
    expect((await amtool('alert')).out).toMatch(/Lag .* replication lags +active/);
  });

  test('what it adds pages a person by mail, and resolves when it adds an end', async () => {
    const ann = await addResponder(tocsin, mail, 'Ann Amtool');
    await pageFor(tocsin, 'TapeFull', ann);
    await amtool('alert', 'add', 'TapeFull', 'node=tape1', 'severity=critical', '--annotation=summary=No tape is left');
    const called = await eventually('a mail that calls', 20_000, () => mail.mailsTo(ann.email)[1]);
    expect(called.subject).toContain('SEV1 TapeFull');
    expect(called.text).toContain('No tape is left');
    // Sent again as every sender does: by the server's clock, some milliseconds behind ours, the first end may lie ahead.
    const end = () =>
      amtool(
        'alert',
        'add',
        'TapeFull',
        'node=tape1',
        'severity=critical',
        `--end=${Temporal.Now.instant().toString()}`,
      );
    await eventually('a resolved page', 20_000, async () => {
      expect(await end()).toMatchObject({ ok: true });
      return (await pageOf(tocsin, 'TapeFull')).state === 'resolved';
    });
    expect(await alertnames('TapeFull')).toEqual([]);
  });

  test('shows our tree as its own, and tests labels against it', async () => {
    expect((await amtool('config', 'routes', 'show')).out).toContain('{job=~"db.*"}  receiver: Databases');
    expect((await amtool('config', 'routes', 'test', 'job=db7')).out).toContain('Databases');
    expect((await amtool('config', 'routes', 'show')).out).toContain('{catalog_service!=""}');
    expect((await amtool('config', 'routes', 'test', 'job=web')).out).toContain('Everything');
    expect((await amtool('config', 'show')).out).toContain('receiver: Everything');
    expect((await amtool('check-config', '/dev/null')).ok).toBe(false);
  });

  test('shows a cluster of one that is ready', async () => {
    const shown = await amtool('cluster', 'show');
    expect(shown.ok, shown.err).toBe(true);
    expect(shown.out).toMatch(/Cluster Status: +(ready|disabled)/);
  });

  test('a wrong key opens nothing', async () => {
    const wrong = tocsin.alertmanagerUrl.replace(/.{32}$/, 'x'.repeat(32));
    expect((await amtoolAt(wrong, 'alert', 'query')).ok).toBe(false);
    expect((await amtoolAt(wrong, 'alert', 'add', 'Intruder')).ok).toBe(false);
    expect(await alertnames('Intruder')).toEqual([]);
  });
});
