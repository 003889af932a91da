import { createTestDatabase } from '#harness/database';
import { expect, test } from 'vitest';
import { advance, call, openPage, person, told, useWorld, world } from '../db-testkit.ts';

useWorld(createTestDatabase);

const storedOf = async (userId: string) =>
  (await world.db.paging.selectFrom('contact_methods').selectAll().where('user_id', '=', userId).execute())[0];
const change = () => ({ by: 'system:test', now: world.clock.now() });

test('an address that is a secret is stored sealed, shown masked, and sent to whole', async () => {
  const maya = await person('Maya', ['chat']);
  const row = await storedOf(maya.id);
  expect(row?.address).toMatch(/^chat… sealed:/);
  expect(row?.address).not.toContain('Maya');
  expect(world.notifications.contacts.methodsOf(maya.id)).toMatchObject([{ channel: 'chat', address: 'chat…' }]);
  await call(await openPage({ title: 'Checkout errors' }), maya.id);
  await advance(0);
  expect(world.calls).toMatchObject([{ channel: 'chat', to: 'chat:Maya' }]);
});

test('the same address twice is refused, though sealed twice it looks different', async () => {
  const ben = await person('Ben', ['chat']);
  const again = { userId: ben.id, channel: 'chat', label: 'again', address: 'chat:Ben' };
  await expect(world.notifications.contacts.add(again, change())).rejects.toMatchObject({
    code: 'CONTACT_METHOD_EXISTS',
  });
});

test('a code goes to the whole address, and is not what is stored', async () => {
  const cleo = await person('Cleo', []);
  const draft = { userId: cleo.id, channel: 'chat', label: 'own', address: 'chat:Cleo' };
  const { method } = await world.notifications.contacts.add(draft, change());
  await advance(0);
  const message = world.calls[0]?.message;
  const code = /Code: (\S+)/.exec((message?.format === 'note' && message.lead) || '')?.[1] ?? '';
  expect(world.calls).toMatchObject([{ to: 'chat:Cleo' }]);
  expect(method.verifiedAt).toBe(null);
  await world.notifications.contacts.confirm(cleo.id, { methodId: method.id, code }, change());
  expect(world.notifications.contacts.methodsOf(cleo.id)[0]?.verifiedAt).not.toBe(null);
  expect((await storedOf(cleo.id))?.address).toMatch(/ sealed:/);
});

test('sealed by a key that is gone it cannot be used: the next method is', async () => {
  const dora = await person('Dora', ['chat', 'email']);
  await world.db.paging
    .updateTable('contact_methods')
    .set({ address: `chat… sealed:${Buffer.from('other|elsewhere').toString('base64')}` })
    .where('id', '=', dora.methods[0] as string)
    .execute();
  await world.db.paging
    .updateTable('config_version')
    .set((set) => ({ version: set('version', '+', 1) }))
    .execute();
  await call(await openPage({ title: 'Checkout errors' }), dora.id);
  await advance(0);
  expect(told()).toEqual([expect.stringMatching(/^0 email: SEV3 Checkout errors/)]);
});
