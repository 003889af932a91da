import { describe, expect, test } from 'vitest';
import type { DoorAnswer, VendorDoor } from '#platform/http/door';
import { createTestDatabase } from '../../../../test/harness/database.ts';
import { advance, at, call, openPage, person, useWorld, world, write } from '../db-testkit.ts';
import { hashReplyToken } from '../reply-tokens.ts';
import { replyDoors } from '../routes.ts';
import { createTries, MOST_WRONG } from './tries.ts';

useWorld(createTestDatabase);

async function ask(method: 'GET' | 'POST', token: string, form = '', address = '192.0.2.1'): Promise<DoorAnswer> {
  const door = replyDoors(world.notifications, world.clock).find((one) => one.method === method) as VendorDoor;
  return door.handle({
    params: { token },
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(form),
    address,
  });
}

/** Pages somebody and answers the token of their link. */
async function paged(name: string) {
  const who = await person(name);
  const page = await openPage();
  await call(page, who.id);
  await advance(0);
  const sent = world.calls.splice(0)[0];
  const text = sent?.message.format === 'mail' ? sent.message.text : '';
  return { ...page, who, token: /\/a\/([A-Za-z0-9]{14})\n/.exec(text)?.[1] as string };
}

const textOf = (answer: DoorAnswer) =>
  (answer.body ?? '')
    .replace(/[\s\S]*<body>/, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');

describe('the link of a message', () => {
  test('shows the page, names who is next, and never acts by GET', async () => {
    const { token } = await paged('ann');
    const answer = await ask('GET', token);
    expect(answer).toMatchObject({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      headers: { 'cache-control': 'no-store' },
    });
    expect(textOf(answer)).toContain('Checkout errors');
    expect(textOf(answer)).toContain('Goes to Bo Tanaka at 03:05:00');
    expect(textOf(answer)).toContain('You, by email.');
    expect(world.wishes).toEqual([]);
  });

  test('is stored as a hash only, also inside the stored message', async () => {
    const { token, groupId } = await paged('bea');
    const rows = await world.db.paging.selectFrom('reply_tokens').selectAll().where('group_id', '=', groupId).execute();
    expect(rows.map((row) => row.token_hash)).toEqual([hashReplyToken(token)]);
    const stored = await world.db.paging
      .selectFrom('notifications')
      .selectAll()
      .where('group_id', '=', groupId)
      .execute();
    expect(JSON.stringify(stored)).not.toContain(token);
  });

  test('acknowledges as its own reader, and shows what is stored then', async () => {
    const { token, groupId, runId, who } = await paged('cyd');
    await ask('POST', token, 'once=v1&do=ack');
    expect(world.wishes).toEqual([{ groupId, wish: { kind: 'acknowledge', by: who.id, at: at(0) } }]);
    await world.db.paging
      .updateTable('escalation_runs')
      .set({ phase: 'acknowledged', acknowledged_by: who.id, acknowledged_at: at(5), quiet_until: at(1805) })
      .where('id', '=', runId)
      .execute();
    expect(textOf(await ask('GET', token))).toContain(
      'Acknowledged by you 03:00:05 Nobody else will be paged. Quiet until 03:30:05, then it asks again.',
    );
  });

  test('says who was first', async () => {
    const [first, second] = [await person('dot'), await paged('eli')];
    await world.db.paging
      .updateTable('escalation_runs')
      .set({ phase: 'acknowledged', acknowledged_by: first.id, acknowledged_at: at(5), quiet_until: at(1805) })
      .where('id', '=', second.runId)
      .execute();
    expect(textOf(await ask('POST', second.token, 'do=ack'))).toContain('dot was first, 03:00:05');
  });

  test('escalates once however often the same form is sent', async () => {
    const { token, runId } = await paged('fox');
    expect(textOf(await ask('POST', token, 'once=v1&do=escalate'))).toContain('Escalated 03:00:00');
    await world.db.paging.updateTable('escalation_runs').set({ version: 2 }).where('id', '=', runId).execute();
    await ask('POST', token, 'once=v1&do=escalate');
    expect(world.wishes.map(({ wish }) => wish.kind)).toEqual(['escalate-now']);
  });

  test('says loudly when nothing was stored', async () => {
    const { token } = await paged('gil');
    world.failActs = true;
    const answer = await ask('POST', token, 'once=v1&do=ack');
    expect(answer.status).toBe(503);
    expect(textOf(answer)).toContain(
      'Not acknowledged The server could not store it. Bo Tanaka is paged at 03:05:00 unless this goes through.',
    );
    expect(answer.body).toContain('Try again');
  });

  test('is dead once the page has resolved, and then tells nothing of it', async () => {
    const { token, groupId } = await paged('hue');
    await write((trx) => world.notifications.killTokens(trx, [groupId], at(60)));
    for (const method of ['GET', 'POST'] as const) {
      const answer = await ask(method, token, 'do=ack');
      expect(answer.status).toBe(410);
      expect(answer.body).not.toContain('Checkout');
    }
    expect(world.wishes).toEqual([]);
  });

  test('of somebody who was deactivated acts no more', async () => {
    const { token, who } = await paged('ivy');
    world.people.set(who.id, { name: 'ivy', zone: 'UTC', active: false });
    expect((await ask('POST', token, 'do=ack')).status).toBe(410);
    expect(world.wishes).toEqual([]);
  });

  test('that nobody was given is not known, and too many of them are refused by address', async () => {
    const { token } = await paged('joy');
    const wrong = ['', 'nope', "' OR 1=1 --", 'A'.repeat(14), 'é'.repeat(14)];
    for (let i = 0; i < MOST_WRONG; i += 1)
      expect((await ask('GET', wrong[i % wrong.length] as string, '', '198.51.100.9')).status).toBe(404);
    expect((await ask('GET', token, '', '198.51.100.9')).status).toBe(429);
    expect((await ask('GET', token, '', '198.51.100.10')).status).toBe(200);
    world.clock.set(at(61));
    expect((await ask('GET', token, '', '198.51.100.9')).status).toBe(200);
  });

  test('takes no wish but the two', async () => {
    const { token } = await paged('kay');
    for (const form of ['', 'do=resolve', 'do=ack%00', '{"do":"ack"}'])
      expect((await ask('POST', token, form)).status).toBe(200);
    expect(world.wishes).toEqual([]);
  });
});

test('wrong tries are counted for a bounded number of addresses', () => {
  const tries = createTries();
  for (let i = 0; i < 30_000; i += 1) tries.wrong(`address-${i}`, at(0));
  for (let i = 0; i < MOST_WRONG; i += 1) tries.wrong('last', at(0));
  expect(tries.isBlocked('last', at(59))).toBe(true);
  expect(tries.isBlocked('last', at(60))).toBe(false);
  expect(tries.isBlocked('address-29999', at(0))).toBe(false);
});
