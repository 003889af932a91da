import { expect, test } from 'vitest';
import { createTestDatabase } from '#harness/database';
import { checkMessage, checkNotification } from '../../ledger/invariants.ts';
import { readNotifications } from '../../ledger/adapters/stored-rows.ts';
import type { SendResult } from '../adapters/channel.ts';
import { advance, call, openPage, person, rowsOf, told, useWorld, world } from '../db-testkit.ts';

useWorld(createTestDatabase);

const timeout: SendResult = { ok: false, retryable: true, reason: 'timeout' };
const chatFails = () => {
  world.answer = (one) => (one.channel === 'chat' ? timeout : { ok: true });
};
const attemptsOf = async (id: string) =>
  (
    await world.db.paging
      .selectFrom('notification_attempts')
      .select(['kind', 'reason', 'detail'])
      .where('notification_id', '=', id)
      .orderBy('id')
      .execute()
  ).map(({ kind, reason, detail }) => `${kind} ${reason ?? ''} ${reason === 'circuit-open' ? detail : ''}`.trim());

/** Five people whose only way fails: the provider's circuit is open then. */
async function openTheCircuit(): Promise<void> {
  chatFails();
  for (let i = 0; i < 5; i += 1) {
    const one = await person(`nobody-${world.newId()}`, ['chat']);
    await call(await openPage({ title: `Storm ${i}` }), one.id);
  }
  await advance(0);
  expect(world.notifications.openCircuits()).toBe(1);
  world.calls = [];
}

/** Told by chat at once, by mail after an hour. */
async function chatThenMail(name: string) {
  const one = await person(name, ['chat', 'email']);
  const rules = one.methods.map((methodId, i) => ({ urgency: 'high' as const, methodId, delaySeconds: i * 3_600 }));
  await world.notifications.contacts.saveRules(one.id, rules, { by: 'system:test', now: world.clock.now() });
  return one;
}

test('a provider that fails for many is passed over: the next way at once, with the reason stored', async () => {
  await openTheCircuit();
  const ann = await chatThenMail('ann');
  const page = await openPage({ title: 'Checkout errors' });
  await call(page, ann.id);
  await advance(1);
  expect(told()).toEqual(['1 email: SEV3 Checkout errors']);
  const [chat, mail] = await rowsOf(page.groupId);
  expect(await attemptsOf(chat?.id as string)).toEqual([
    'retry circuit-open failed 5 times in a row (timeout), open since 03:00:00 UTC, asked again from 03:00:30 UTC',
  ]);
  expect(mail).toMatchObject({ state: 'sent', reason: { broughtForward: { because: 'circuit-open' } } });

  // Only its first try is saved: the second is made, as a try with the text that was stored.
  await advance(16);
  expect(world.calls.filter(({ to }) => to.endsWith(':ann')).map((one) => one.to)).toEqual(['chat:ann']);
  expect(await attemptsOf(chat?.id as string)).toEqual([
    expect.stringMatching(/^retry circuit-open/),
    'begun',
    'retry timeout',
  ]);
  const { rows } = await readNotifications(world.db.paging, { after: null, limit: 1_000 });
  expect(rows.flatMap((row) => [...checkNotification(row), ...checkMessage(row)])).toEqual([]);
});

test('it is never passed over for who has no other way, or is here because the other way failed', async () => {
  await openTheCircuit();
  const only = await person('only', ['chat']);
  await call(await openPage({ title: 'Only' }), only.id);
  await advance(1);
  expect(world.calls.map((one) => one.to)).toEqual(['chat:only']);

  world.calls = [];
  world.answer = (one) => (one.channel === 'email' ? { ok: false, retryable: false, reason: 'gone' } : timeout);
  const ben = await person('ben', ['email', 'chat']);
  const rule = { urgency: 'high' as const, methodId: ben.methods[0] as string, delaySeconds: 0 };
  await world.notifications.contacts.saveRules(ben.id, [rule], { by: 'system:test', now: world.clock.now() });
  await call(await openPage({ title: 'Fallback' }), ben.id);
  await advance(2);
  expect(world.calls.map((one) => one.to)).toEqual(['email:ben', 'chat:ben']);
});

test('a test message goes out all the same, and its answer closes the circuit', async () => {
  await openTheCircuit();
  const cy = await person('cy', ['chat', 'email']);
  world.answer = () => ({ ok: true });
  await world.notifications.contacts.test(cy.id, cy.methods[0] as string, {
    by: 'system:test',
    now: world.clock.now(),
  });
  await advance(1);
  expect(world.calls.map((one) => one.channel)).toEqual(['chat']);
  expect(world.notifications.openCircuits()).toBe(0);
});

test('after its time one page is the probe; when it is answered all go by it again', async () => {
  await openTheCircuit();
  world.answer = () => ({ ok: true });
  const [dan, eve] = [await chatThenMail('dan'), await chatThenMail('eve')];
  world.clock.set(world.clock.now().add({ seconds: 300 }));
  world.calls = [];
  await call(await openPage({ title: 'Probe' }), dan.id);
  await advance(301);
  await call(await openPage({ title: 'Again' }), eve.id);
  await advance(302);
  const to = world.calls.filter(({ to: one }) => /dan|eve/.test(one)).map((one) => one.to);
  expect(to).toEqual(['chat:dan', 'chat:eve']);
  expect(world.notifications.openCircuits()).toBe(0);
});
