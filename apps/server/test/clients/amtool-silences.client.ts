import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { addResponder, pageFor } from './paging.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

/** A silence as `amtool -o json` prints it. */
interface Shown {
  readonly id: string;
  readonly comment: string;
  readonly createdBy: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
  readonly matchers: readonly { readonly name: string; readonly value: string; readonly isRegex: boolean }[];
}

describe.skipIf(isPassedOver('amtool'))('the silences of amtool against us', () => {
  let mail: MailServer;
  let tocsin: Tocsin;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'tocsin-amtool-'));
    mail = await startMailServer();
    tocsin = await startTocsin({ TOCSIN_SMTP_URL: mail.url });
  });
  afterAll(async () => {
    await tocsin?.stop();
    await mail?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const amtool = (...args: readonly string[]) =>
    new Promise<{ ok: boolean; out: string; err: string }>((resolve) => {
      const env = { ...process.env, HOME: home };
      execFile('amtool', [`--alertmanager.url=${tocsin.alertmanagerUrl}`, ...args], { env }, (error, out, err) =>
        resolve({ ok: error === null, out, err }),
      );
    });
  const add = async (...args: readonly string[]) => {
    const added = await amtool('silence', 'add', '--author=ann', '--comment=swapping the disk', ...args);
    expect(added, added.err).toMatchObject({ ok: true });
    const id = added.out.trim();
    // It begins by amtool's clock, which the server's may be some milliseconds behind.
    const isLater = args.some((arg) => arg.startsWith('--start'));
    await eventually('an active silence', 10_000, async () => {
      const { state } = await tocsin.api('GET', `/api/v1/silences/${id}`);
      return isLater || state === 'active';
    });
    return id;
  };
  const query = async (...args: readonly string[]): Promise<readonly Shown[]> => {
    const asked = await amtool('silence', 'query', '-o', 'json', ...args);
    expect(asked, asked.err).toMatchObject({ ok: true });
    return JSON.parse(asked.out);
  };
  const ids = async (...args: readonly string[]) => (await query(...args)).map(({ id }) => id);
  const alerts = async (...args: readonly string[]): Promise<readonly { status: { silencedBy: string[] } }[]> =>
    JSON.parse((await amtool('alert', 'query', '-o', 'json', ...args)).out);

  test('add, query, update, expire', async () => {
    const id = await add('--duration=2h', 'alertname=Lag', 'node=~"h.*"');
    const [shown] = await query('alertname=Lag');
    expect(shown).toMatchObject({
      id,
      createdBy: 'ann',
      comment: 'swapping the disk',
      status: { state: 'active' },
      matchers: [
        { name: 'alertname', value: 'Lag', isRegex: false },
        { name: 'node', value: 'h.*', isRegex: true },
      ],
    });
    expect(await ids('alertname=Other')).toEqual([]);
    const updated = await amtool('silence', 'update', '--duration=3h', '--comment=it takes longer', id);
    expect(updated, updated.err).toMatchObject({ ok: true });
    const [longer] = await query('alertname=Lag');
    expect(longer).toMatchObject({ id, comment: 'it takes longer' });
    expect(Temporal.Instant.compare(longer?.endsAt ?? '', shown?.endsAt ?? '')).toBe(1);
    expect(await amtool('silence', 'expire', id)).toMatchObject({ ok: true });
    expect(await ids('alertname=Lag')).toEqual([]);
    expect(await query('--expired', 'alertname=Lag')).toMatchObject([{ id, status: { state: 'expired' } }]);
    expect((await amtool('silence', 'expire', '0198c000-0000-7000-8000-000000000000')).ok).toBe(false);
  });

  test('one without a reason, without an end or without a matcher that refuses anything is not taken', async () => {
    expect((await amtool('silence', 'add', '--author=ann', '--comment=', '-d', '1h', 'a=b')).ok).toBe(false);
    const loose = await amtool('silence', 'add', '--author=ann', '--comment=x', 'a=~".*"');
    expect(loose.ok).toBe(false);
    expect(loose.err + loose.out).toMatch(/invalid silence|bad response|400/);
  });

  test('one that is pending is shown as such, and import brings silences in', async () => {
    const start = Temporal.Now.instant().add({ hours: 1 }).toString({ smallestUnit: 'second' });
    const id = await add(`--start=${start}`, '--duration=1h', 'alertname=Later');
    expect(await query('alertname=Later')).toMatchObject([{ id, status: { state: 'pending' } }]);
    const file = join(home, 'silences.json');
    writeFileSync(file, JSON.stringify(await query('alertname=Later')));
    const imported = await amtool('silence', 'import', '--force', file);
    expect(imported, imported.err).toMatchObject({ ok: true });
    expect(await ids('alertname=Later')).toHaveLength(2);
    const again = await amtool('silence', 'import', file);
    expect(again, again.err).toMatchObject({ ok: true });
    expect(await ids('alertname=Later')).toHaveLength(2);
  });

  test('mutes the alerts of its key: nobody is called until it is expired, then at once', async () => {
    const ann = await addResponder(tocsin, mail, 'Ann Silencer');
    await pageFor(tocsin, 'DiskSlow', ann);
    const id = await add('--duration=1h', 'alertname=DiskSlow');
    await amtool('alert', 'add', 'DiskSlow', 'severity=critical');
    expect(await alerts('--silenced', 'DiskSlow')).toMatchObject([{ status: { silencedBy: [id] } }]);
    expect(await alerts('DiskSlow')).toEqual([]);
    const { items, now } = await tocsin.api('GET', '/api/v1/suppressed?state=now');
    expect(items).toMatchObject([{ title: 'DiskSlow', reasons: [{ kind: 'silence', ref: id, alerts: 1 }] }]);
    expect(now).toEqual({ pages: 1, alerts: 1 });
    const before = mail.mailsTo(ann.email).length;
    expect(await amtool('silence', 'expire', id)).toMatchObject({ ok: true });
    const called = await eventually('a mail that calls', 20_000, () => mail.mailsTo(ann.email)[before]);
    expect(called.subject).toContain('DiskSlow');
    expect(await alerts('DiskSlow')).toHaveLength(1);
  });

  test('config show names what mutes in the words of its file, and routes are tested with it', async () => {
    await tocsin.api('POST', '/api/v1/time-intervals', {
      name: 'nights',
      timeIntervals: [{ times: [{ start_time: '22:00', end_time: '24:00' }], location: 'Europe/Berlin' }],
    });
    await tocsin.api('POST', '/api/v1/inhibit-rules', {
      sourceMatchers: 'alertname="Down"',
      targetMatchers: 'severity!="critical"',
      equal: ['cluster'],
    });
    const { routes } = await tocsin.api('GET', '/api/v1/routing');
    const { id: parentId } = routes.find((route: { parentId: string | null }) => route.parentId === null);
    const options = { muteTimeIntervals: ['nights'] };
    await tocsin.api('POST', '/api/v1/routing', { parentId, name: 'Batch', matchers: 'job="batch"', options });
    const { out } = await amtool('config', 'show');
    expect(out).toMatch(/inhibit_rules:\n\s*- source_matchers:\n\s*- alertname="Down"/);
    expect(out).toMatch(/mute_time_intervals:\n\s*- nights/);
    expect(out).toContain('location: Europe/Berlin');
    expect((await amtool('config', 'routes', 'test', 'job=batch')).out.trim()).toBe('Batch');
    const file = join(home, 'shown.yml');
    writeFileSync(file, out);
    const checked = await amtool('check-config', file);
    expect(checked, checked.err + checked.out).toMatchObject({ ok: true });
  });
});
