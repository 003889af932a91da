import { describe, expect, test } from 'vitest';
import { json } from '#platform/db';
import type { SendResult } from '../adapters/channel.ts';
import { checkMessage, checkNotification } from '../../ledger/invariants.ts';
import { duplicateCalls } from '../../ledger/adapters/stored-rows.ts';
import { readNotifications } from '../../ledger/adapters/stored-rows.ts';
import { createTestDatabase } from '../../../../test/harness/database.ts';
import {
  advance,
  anotherSender,
  at,
  call,
  openPage,
  person,
  rowsOf,
  told,
  useWorld,
  world,
  write,
} from '../db-testkit.ts';

useWorld(createTestDatabase);

const states = async (groupId: string) => (await rowsOf(groupId)).map((row) => `${row.channel} ${row.state}`);
const attempts = (id: string) =>
  world.db.paging
    .selectFrom('notification_attempts')
    .select(['kind', 'reason', 'attempt'])
    .where('notification_id', '=', id)
    .orderBy('id')
    .execute();

describe('a page', () => {
  test('goes by every method at once without rules, is stored with its text, and leaves its facts', async () => {
    const ann = await person('ann', ['email', 'phone']);
    const page = await openPage();
    await call(page, ann.id);
    await advance(0);
    expect(told().toSorted()).toEqual([
      '0 email: SEV3 Checkout errors',
      expect.stringMatching(/^0 phone: SEV3 Checkout errors, since 03:00. tocsin.example\/a\/[A-Za-z0-9]{14}$/),
    ]);
    const [row] = await rowsOf(page.groupId);
    expect(row).toMatchObject({
      state: 'sent',
      attempts: 1,
      wake_at: null,
      end_reason: { kind: 'accepted' },
      sent_at: T(0),
      facts_version: 1,
    });
    expect((await attempts(row?.id as string)).map((one) => one.kind)).toEqual(['begun', 'accepted']);
    await advance(300);
    expect(told()).toEqual([]);
  });

  test('follows the rules of its urgency, a reminder after its delay', async () => {
    const bo = await person('bo', ['email', 'phone']);
    const [mail, phone] = bo.methods as [string, string];
    await world.notifications.contacts.saveRules(
      bo.id,
      [
        { urgency: 'high', methodId: mail, delaySeconds: 0 },
        { urgency: 'high', methodId: phone, delaySeconds: 120 },
      ],
      { by: 'system:test', now: at(0) },
    );
    await call(await openPage(), bo.id);
    await advance(0);
    await advance(119);
    expect(told()).toEqual(['0 email: SEV3 Checkout errors']);
    await advance(120);
    expect(told()).toEqual([expect.stringContaining('120 phone: SEV3 Checkout errors')]);
  });

  test('queued twice is one row', async () => {
    const cy = await person('cy');
    const page = await openPage();
    await call(page, cy.id);
    await call(page, cy.id);
    expect(await states(page.groupId)).toEqual(['email queued']);
    await advance(0);
    expect(told()).toHaveLength(1);
  });

  test('to an endpoint is signed and carries labels and annotations', async () => {
    const { endpoint } = await world.notifications.contacts.endpoints.create(
      { name: 'ops', url: 'https://ops.example/hook', teamId: null },
      { actor: { kind: 'system', name: 'test' }, now: at(0) },
    );
    const page = await openPage();
    await addAlert(page.groupId);
    await write((trx) =>
      world.notifications.queuePages(
        trx,
        [
          {
            ...page,
            round: 0,
            step: 0,
            endpointId: endpoint.id,
            urgency: 'high',
            severity: 3,
            reason: { kind: 'policy-step' },
          },
        ],
        at(0),
      ),
    );
    await advance(0);
    const [sent] = world.calls.splice(0);
    expect(sent).toMatchObject({
      channel: 'webhook',
      to: 'https://ops.example/hook',
      message: { type: 'page.called' },
    });
    expect(sent?.message).toMatchObject({
      data: {
        alerts: [{ labels: { alertname: 'Errors' }, annotations: { summary: 'It fails', extra: 'x' } }],
        replyUrl: null,
      },
    });
  });
});

describe('interruptions', () => {
  test('a second page within a minute waits for the mark and is folded with the third', async () => {
    const dee = await person('dee');
    await call(await openPage({ title: 'One' }), dee.id);
    await advance(0);
    world.clock.set(at(10));
    await call(await openPage({ title: 'Two', kind: 'db / Disk' }), dee.id);
    await advance(10);
    world.clock.set(at(20));
    const three = await openPage({ title: 'Three', kind: 'web / Slow' });
    await call(three, dee.id);
    await advance(59);
    expect(told()).toEqual(['0 email: SEV3 One']);
    await advance(60);
    const [folded] = world.calls;
    expect(told()).toEqual(['60 email: 2 pages, worst SEV3 Two']);
    expect(folded?.message).toMatchObject({ text: expect.stringContaining('db / Disk, 1 page') });
    expect(folded?.message).toMatchObject({ text: expect.stringContaining('web / Slow, 1 page') });
    expect(await rowsOf(three.groupId)).toMatchObject([
      { state: 'sent', carrier_id: folded?.key, end_reason: { kind: 'folded', carrier: folded?.key } },
    ]);
  });

  test('a worse page breaks through', async () => {
    const eve = await person('eve');
    await call(await openPage({ title: 'Minor' }), eve.id);
    await advance(0);
    world.clock.set(at(5));
    await call(await openPage({ title: 'Major', severity: 1 }), eve.id, { severity: 1 });
    await advance(5);
    expect(told()).toEqual(['0 email: SEV3 Minor', '5 email: SEV1 Major']);
  });

  test('forty pages at once are one message with every kind, and the next mark is a minute later', async () => {
    const fay = await person('fay');
    const kinds = Array.from({ length: 40 }, (_, i) => `service-${i} / Down`);
    for (const kind of kinds) await call(await openPage({ kind }), fay.id);
    await advance(0);
    const [message] = world.calls;
    expect(told()).toEqual(['0 email: 40 pages, worst SEV3 Checkout errors']);
    const text = message?.message.format === 'mail' ? message.message.text : '';
    for (const kind of kinds) expect(text).toContain(`${kind}, 1 page`);
    expect(text.match(/https:\/\/tocsin\.example\/a\/[A-Za-z0-9]{14}$/gm)?.length).toBeGreaterThanOrEqual(20);
    world.clock.set(at(30));
    await call(await openPage({ title: 'Late' }), fay.id);
    await advance(59);
    expect(told()).toEqual([]);
    await advance(60);
    expect(told()).toEqual(['60 email: SEV3 Late']);
  });
});

describe('faults', () => {
  const busy = { ok: false, retryable: true, reason: 'busy' } as const;
  const refused = { ok: false, retryable: false, reason: 'refused-address' } as const;

  test('a fault is tried again with the same key and the same text', async () => {
    const gus = await person('gus');
    const page = await openPage();
    world.answer = () => busy;
    await call(page, gus.id);
    await advance(0);
    world.answer = () => ({ ok: true });
    await advance(14);
    expect(world.calls).toHaveLength(1);
    await advance(15);
    const [first, second] = world.calls;
    expect(world.calls).toHaveLength(2);
    expect([second?.key, second?.message]).toEqual([first?.key, first?.message]);
    expect((await attempts(first?.key as string)).map((one) => one.kind)).toEqual([
      'begun',
      'retry',
      'begun',
      'accepted',
    ]);
  });

  test('a refused method brings the next one forward at once', async () => {
    const hal = await person('hal', ['email', 'phone']);
    const [mail, phone] = hal.methods as [string, string];
    await world.notifications.contacts.saveRules(
      hal.id,
      [
        { urgency: 'high', methodId: mail, delaySeconds: 0 },
        { urgency: 'high', methodId: phone, delaySeconds: 600 },
      ],
      { by: 'system:test', now: at(0) },
    );
    world.answer = (one) => (one.channel === 'email' ? refused : { ok: true });
    const page = await openPage();
    await call(page, hal.id);
    await advance(0);
    expect(world.calls.map((one) => one.channel)).toEqual(['email', 'phone']);
    expect((await states(page.groupId)).toSorted()).toEqual(['email failed', 'phone sent']);
    expect(world.failedCalls).toEqual([]);
  });

  test('a refused method is replaced by one that the rules had not named', async () => {
    const ida = await person('ida', ['email', 'phone']);
    await world.notifications.contacts.saveRules(
      ida.id,
      [{ urgency: 'high', methodId: ida.methods[0] as string, delaySeconds: 0 }],
      { by: 'system:test', now: at(0) },
    );
    world.answer = (one) => (one.channel === 'email' ? refused : { ok: true });
    const page = await openPage();
    await call(page, ida.id);
    await advance(0);
    expect(world.calls.map((one) => one.channel)).toEqual(['email', 'phone']);
    expect((await rowsOf(page.groupId))[1]).toMatchObject({
      reason: { queued: { kind: 'failover', because: 'refused-address' } },
    });
  });

  test('when every method has failed escalation is told once, at once', async () => {
    const jon = await person('jon', ['email', 'phone']);
    world.answer = () => refused;
    const page = await openPage();
    await call(page, jon.id);
    await advance(0);
    expect(world.failedCalls).toEqual([{ ...page, round: 0, step: 0, because: 'policy-step' }]);
    await advance(600);
    expect(world.failedCalls).toHaveLength(1);
    expect(await states(page.groupId)).toEqual(['email failed', 'phone failed']);
  });

  test('a step that told somebody else is not escalated for one who could not be told', async () => {
    const [kim, lou] = [await person('kim'), await person('lou')];
    world.answer = (one) => (one.to === 'email:kim' ? refused : { ok: true });
    const page = await openPage();
    await call(page, kim.id);
    await call(page, lou.id);
    await advance(0);
    expect(world.failedCalls).toEqual([]);
  });

  test('a provider that is down is passed over within 30 s, and tried on; when it comes back there is one message', async () => {
    const mia = await person('mia', ['email']);
    world.answer = () => busy;
    for (const title of ['One', 'Two', 'Three']) await call(await openPage({ title }), mia.id);
    await advance(0);
    await advance(15);
    expect(world.failedCalls).toHaveLength(3);
    await advance(45);
    for (const seconds of [105, 200, 225, 400, 465, 700, 765]) await advance(seconds);
    world.clock.set(at(770));
    await call(await openPage({ title: 'Four' }), mia.id);
    world.answer = () => ({ ok: true });
    world.calls = [];
    for (const seconds of [770, 800, 900, 1100]) await advance(seconds);
    const words = told();
    await advance(1500);
    expect(words).toHaveLength(1);
    expect(words[0]).toContain('4 pages');
  });

  test('a new page that goes along with failing ones is escalated by its own count of tries', async () => {
    const max = await person('max');
    world.answer = () => busy;
    await call(await openPage({ title: 'Old' }), max.id);
    for (const seconds of [0, 15, 45, 105, 225]) await advance(seconds);
    const known = world.failedCalls.splice(0).length;
    expect(known).toBeGreaterThan(0);
    world.clock.set(at(300));
    const page = await openPage({ title: 'New', severity: 1 });
    await call(page, max.id, { severity: 1 });
    for (const seconds of [300, 315, 345]) await advance(seconds);
    expect(world.failedCalls.filter((one) => one.groupId === page.groupId).length).toBeGreaterThan(0);
    world.answer = () => ({ ok: true });
    await advance(700);
  });

  test('what is cancelled before its call is not sent, what is under way ends as it was cancelled', async () => {
    const ned = await person('ned');
    const page = await openPage();
    await call(page, ned.id);
    expect(await write((trx) => world.notifications.cancelForRuns(trx, [page.runId], 'acknowledged', at(0)))).toBe(1);
    await advance(0);
    expect(told()).toEqual([]);
    expect(await rowsOf(page.groupId)).toMatchObject([
      { state: 'cancelled', wake_at: null, end_reason: { reason: 'acknowledged', underWay: false } },
    ]);

    const second = await openPage();
    world.answer = async () => {
      await write((trx) => world.notifications.cancelForRuns(trx, [second.runId], 'acknowledged', at(0)));
      return { ok: true };
    };
    await call(second, ned.id);
    await advance(60);
    expect(told()).toHaveLength(1);
    expect(await rowsOf(second.groupId)).toMatchObject([
      { state: 'cancelled', sent_at: null, end_reason: { underWay: true } },
    ]);
  });

  test('a page whose run wants it no more is not sent after a stall', async () => {
    const oda = await person('oda');
    const [stale, live] = [await openPage({ title: 'Stale' }), await openPage({ title: 'Live' })];
    await call(stale, oda.id);
    await call(live, oda.id);
    world.unwanted.add(stale.runId);
    await advance(900);
    expect(told()).toEqual(['900 email: SEV3 Live']);
    expect(await states(stale.groupId)).toEqual(['email cancelled']);
  });

  test('when one page of a failed folded message is cancelled, the others are told without it under a new key', async () => {
    const pat = await person('pat');
    const pages = [
      await openPage({ title: 'One' }),
      await openPage({ title: 'Two' }),
      await openPage({ title: 'Three' }),
    ] as const;
    for (const page of pages) await call(page, pat.id);
    world.answer = () => busy;
    await advance(0);
    const [first] = world.calls.splice(0);
    await write((trx) => world.notifications.cancelForRuns(trx, [pages[0].runId], 'acknowledged', at(5)));
    world.answer = () => ({ ok: true });
    await advance(15);
    expect(world.calls).toHaveLength(1);
    expect(world.calls[0]?.key).not.toBe(first?.key);
    expect(told()[0]).toContain('2 pages');
    expect(await states(pages[0].groupId)).toEqual(['email cancelled']);
  });

  test('a page that got worse before its second try is cancelled with the reason and told anew', async () => {
    const quy = await person('quy');
    const page = await openPage();
    await call(page, quy.id);
    world.answer = () => busy;
    await advance(0);
    await world.db.paging
      .updateTable('alert_groups')
      .set({ severity: 1, title: 'Checkout is down' })
      .where('id', '=', page.groupId)
      .execute();
    world.answer = () => ({ ok: true });
    await advance(15);
    expect(told()).toEqual(['0 email: SEV3 Checkout errors', '15 email: SEV1 Checkout is down']);
    expect(
      (await rowsOf(page.groupId)).map((row) => [row.state, (row.end_reason as { reason?: string }).reason]),
    ).toEqual([
      ['cancelled', 'facts-changed'],
      ['sent', undefined],
    ]);
  });
});

describe('several senders and crashes', () => {
  test('two senders at once send each notification once', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, (_, i) => person(`many-${i}`)));
    const page = await openPage();
    for (const one of people) await call(page, one.id);
    const other = anotherSender();
    await Promise.all([
      world.notifications.sendDue(at(0)),
      other.sendDue(at(0)),
      world.notifications.sendDue(at(0)),
      other.sendDue(at(0)),
    ]);
    await advance(1);
    expect(world.calls.map((one) => one.to).toSorted()).toEqual(people.map((_, i) => `email:many-${i}`).toSorted());
    expect(new Set(await states(page.groupId))).toEqual(new Set(['email sent']));
  });

  test('what a dead sender held is taken over after its lease, with the same key and text, though the page has changed', async () => {
    const rex = await person('rex');
    const page = await openPage();
    await call(page, rex.id);
    // Dies in the call: its answer never comes.
    const never = new Promise<never>(() => {});
    world.answer = () => never;
    void anotherSender().sendDue(at(0));
    await expect.poll(() => world.calls.length).toBe(1);
    world.answer = () => ({ ok: true });
    await world.db.paging.updateTable('alert_groups').set({ severity: 2 }).where('id', '=', page.groupId).execute();
    await advance(19);
    expect(world.calls).toHaveLength(1);
    await advance(20);
    const [first, second] = world.calls;
    expect(world.calls).toHaveLength(2);
    expect([second?.key, second?.message]).toEqual([first?.key, first?.message]);
    expect(await states(page.groupId)).toEqual(['email sent']);
  });

  test('decides nothing while the database and our clock disagree', async () => {
    const sue = await person('sue');
    await call(await openPage(), sue.id);
    world.clock.skewDatabase(60_000);
    expect(await world.notifications.sendDue(at(0))).toEqual({ sent: 0, nextAt: null });
    expect(world.calls).toEqual([]);
    // The clock was moved to the database's.
    await advance(60);
    expect(told()).toHaveLength(1);
  });

  test('a channel that hangs delays no other, takes up no more than it can carry, and is let go at a stop', async () => {
    await world.db.paging.deleteFrom('notifications').where('wake_at', 'is not', null).execute();
    const page = await openPage();
    for (let i = 0; i < 40; i += 1) await call(page, (await person(`hung-${i}`)).id);
    const hang = ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<SendResult>((resolve) => {
        const end = () => resolve({ ok: false, retryable: true, reason: 'aborted' });
        if (signal.aborted) end();
        signal.addEventListener('abort', end);
      });
    world.answer = (one) => (one.channel === 'email' ? hang(one) : { ok: true });
    const sender = anotherSender({ awaitCalls: false });
    for (let pass = 0; pass < 5; pass += 1) await sender.sendDue(at(0));
    await expect.poll(() => world.calls.length).toBe(16);
    await call(page, (await person('quick', ['phone'])).id, { severity: 4 });
    await sender.sendDue(at(0));
    await expect.poll(() => world.calls.at(-1)?.to).toBe('phone:quick');
    await sender.stop();
    expect(sender.inFlight()).toBe(0);
    expect(new Set((await states(page.groupId)).filter((state) => state.startsWith('email')))).toEqual(
      new Set(['email queued']),
    );
    world.answer = () => ({ ok: true });
    await advance(1);
    expect(new Set(await states(page.groupId))).toEqual(new Set(['email sent', 'phone sent']));
  });

  test('says when the next one is due', async () => {
    await world.db.paging.deleteFrom('notifications').where('wake_at', 'is not', null).execute();
    const tom = await person('tom');
    await call(await openPage(), tom.id);
    await advance(0);
    world.clock.set(at(5));
    await call(await openPage(), tom.id);
    expect(await world.notifications.sendDue(at(5))).toEqual({ sent: 0, nextAt: at(60) });
  });
});

const T = at;

async function addAlert(groupId: string): Promise<void> {
  const id = world.newId();
  await world.db.paging
    .insertInto('alerts')
    .values({
      id,
      integration_id: world.newId(),
      identity: Buffer.from(id),
      status: 'firing',
      current: true,
      kind: 'k',
      title: 'Errors',
      severity: 3,
      labels: json({ alertname: 'Errors' }),
      annotations: json({ summary: 'It fails', extra: 'x' }),
      starts_at: at(0),
      ends_at: at(300),
      ends_at_is_timeout: true,
      opened_at: at(0),
      last_seen_at: at(0),
      group_ids: [groupId],
      routing: json([]),
    })
    .execute();
  await world.db.paging.insertInto('alert_group_members').values({ group_id: groupId, alert_id: id }).execute();
}

test('after all of this every row and every stored text agrees with its history', async () => {
  const { rows } = await readNotifications(world.db.paging, { after: null, limit: 100_000 });
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.flatMap((row) => [...checkNotification(row), ...checkMessage(row)])).toEqual([]);
  expect(await duplicateCalls(world.db.paging)).toEqual([]);
});
