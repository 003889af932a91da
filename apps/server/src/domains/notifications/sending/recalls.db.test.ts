import { beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '#harness/database';
import { advance, call, openPage, person, useWorld, world } from '../db-testkit.ts';

useWorld(createTestDatabase);
beforeEach(() => {
  world.answer = ({ to }) => ({ ok: true, providerId: to.startsWith('stop') ? to : `receipt-${to}` });
});

const stops = () => world.calls.filter(({ to }) => to.startsWith('stop')).map(({ to, at }) => `${at} ${to}`);

async function ringFor(name: string): Promise<string> {
  const one = await person(name, ['ring']);
  const page = await openPage({ title: name });
  await call(page, one.id);
  await advance(0);
  return page.runId;
}

test('a page that rings on at its provider is stopped there once nobody wants it any more, and once only', async () => {
  const runId = await ringFor('ann');
  await advance(10);
  expect(stops()).toEqual([]);
  world.unwanted.add(runId);
  await advance(11);
  await advance(12);
  expect(stops()).toEqual(['11 stop receipt-ring:ann']);
});

test('what could not be stopped is tried again, until it has ended by itself', async () => {
  const runId = await ringFor('ben');
  world.unwanted.add(runId);
  world.answer = () => ({ ok: false, retryable: true, reason: 'timeout' });
  await advance(1);
  await advance(2);
  await advance(300);
  expect(stops()).toEqual(['1 stop receipt-ring:ben', '2 stop receipt-ring:ben']);
  world.answer = () => ({ ok: true });
  await advance(301);
  expect(stops()).toHaveLength(2);
});

test('a message that rang once, or was not taken, is not stopped', async () => {
  world.answer = () => ({ ok: true, providerId: 'request-1' });
  world.unwanted.add(await ringFor('cy'));
  world.answer = () => ({ ok: false, retryable: false, reason: 'gone' });
  world.unwanted.add(await ringFor('dan'));
  await advance(1);
  expect(stops()).toEqual([]);
});

test('one message for several pages rings as long as one of them is wanted', async () => {
  const eve = await person('eve', ['ring']);
  const pages = [await openPage({ title: 'One' }), await openPage({ title: 'Two' })];
  for (const page of pages) await call(page, eve.id);
  await advance(0);
  expect(world.calls).toHaveLength(1);
  world.unwanted.add(pages[0]?.runId as string);
  await advance(1);
  expect(stops()).toEqual([]);
  world.unwanted.add(pages[1]?.runId as string);
  await advance(2);
  expect(stops()).toHaveLength(1);
});
