import { expect, test } from 'vitest';
import { createTestDatabase } from '#harness/database';
import { inTransaction } from '#platform/db';
import { at, person, useWorld, world } from '../db-testkit.ts';
import { DEFAULT_LIMITS } from './toll-guard.ts';

useWorld(createTestDatabase);

test('two who ask at one moment do not both take the last code that may go', async () => {
  const { phone } = world.notifications;
  const settings = phone.settings();
  await phone.save(
    {
      ...settings,
      providers: [
        {
          id: 'plain',
          kind: 'http',
          carries: ['sms'],
          url: 'https://sms.example/send',
          headers: {},
          body: { to: '{{to}}', text: '{{text}}' },
          success: [],
          idPointer: null,
        },
      ],
      guard: { ...DEFAULT_LIMITS, totalPerHour: 1 },
    },
    { by: 'system:test', now: at(0) },
  );
  const { contacts } = world.notifications;
  const who = await person('ann', []);
  const done: string[] = [];
  const asked: Promise<void>[] = [];
  const add = () =>
    contacts.add(
      { userId: who.id, channel: 'sms', label: '', address: '+491701234567' },
      { by: 'system:test', now: at(0) },
    );
  await inTransaction(world.db.paging, async (trx) => {
    await phone.guard(trx, { channel: 'sms', address: '+491701234568' }, at(0));
    asked.push(add().then(() => void done.push('second')));
    // It waits for the first to commit: what it has to count is not there before.
    for (let i = 0; i < 50; i += 1) await world.db.reports.selectFrom('settings').select('key').execute();
    expect(done).toEqual([]);
  });
  await Promise.all(asked);
  expect(done).toEqual(['second']);
  await expect(
    contacts.add(
      { userId: who.id, channel: 'sms', label: '', address: '+491701234569' },
      { by: 'system:test', now: at(0) },
    ),
  ).rejects.toMatchObject({ code: 'PHONE_QUOTA_REACHED' });
});
