import { spawnSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { startTocsin } from './tocsin-process.ts';

describe.skipIf(isPassedOver('swaks'))('swaks', () => {
  test('opens an alert, adds to it in its thread, ends it; and is refused where nobody lives', async () => {
    const tocsin = await startTocsin({ TOCSIN_MAIL_IN_PORT: '0' });
    onTestFinished(() => tocsin.stop());
    const { smtpUrl = '', address = '' } = tocsin.integrations['email'] ?? {};
    const swaks = (to: string, subject: string, body: string, headers: Readonly<Record<string, string>> = {}) => {
      const more = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
      const [server, port] = new URL(smtpUrl).host.split(':') as [string, string];
      const args = ['--server', server, '--port', port, '--to', to, '--from', 'backup@clients.test', ...more];
      const { status, stdout } = spawnSync('swaks', [...args, '--header', `Subject: ${subject}`, '--body', body], {
        encoding: 'utf8',
        timeout: 30_000,
      });
      return { status, said: stdout };
    };
    const { integrations } = await tocsin.api('GET', '/api/v1/integrations');
    const { id } = integrations.find((one: { kind: string }) => one.kind === 'email');
    // Right after swaks has ended: its 250 came after the commit.
    const alerts = async () => (await tocsin.api('GET', `/api/v1/alerts?integration=${id}`)).items;
    const shown = async (alertId: string) => tocsin.api('GET', `/api/v1/alerts/${alertId}`);

    expect(swaks(address, 'Backup of shop failed', 'Disk full', { 'Message-Id': '<1@clients.test>' })).toMatchObject({
      status: 0,
      said: expect.stringContaining('250 2.0.0 taken'),
    });
    const [opened, ...others] = await alerts();
    expect(opened).toMatchObject({ title: 'Backup of shop failed', state: 'firing' });
    expect(others).toEqual([]);

    const thread = { 'Message-Id': '<2@clients.test>', 'In-Reply-To': '<1@clients.test>' };
    expect(swaks(address, 'Re: which disk?', 'The one of db-2', thread).status).toBe(0);
    expect(await alerts()).toHaveLength(1);
    expect((await shown(opened.id)).annotations.description).toContain('The one of db-2');

    const end = { 'Message-Id': '<3@clients.test>', References: '<1@clients.test> <2@clients.test>' };
    expect(swaks(address, '[RESOLVED] all good again', 'Space was made', end).status).toBe(0);
    expect(await alerts()).toMatchObject([{ id: opened.id, state: 'resolved' }]);

    // Thanks for a mended alert wake nobody; the next failure does.
    expect(swaks(address, 'Re: which disk?', 'Thanks!', { 'In-Reply-To': '<3@clients.test>' }).status).toBe(0);
    expect(await alerts()).toMatchObject([{ id: opened.id, state: 'resolved' }]);
    expect(swaks(address, 'Backup of shop failed', 'Disk full again').status).toBe(0);
    expect((await alerts()).map(({ state }: { state: string }) => state).toSorted()).toEqual(['firing', 'resolved']);

    const stranger = swaks(`nobody@${address.split('@')[1]}`, 'x', 'x');
    expect(stranger.said).toContain('550 5.1.1 no such address');
    expect(stranger.status).not.toBe(0);
    expect(await tocsin.api('GET', '/api/v1/verify')).toMatchObject({ ok: true });
  });
});
