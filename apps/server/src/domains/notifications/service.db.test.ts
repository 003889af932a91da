import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/harness/database.ts';
import { advance, at, call, openPage, person, rowsOf, told, useWorld, world, write } from './db-testkit.ts';

useWorld(createTestDatabase);
const by = { by: 'system:test', now: at(0) };

const resolve = (pages: readonly { groupId: string; runId: string }[], seconds: number) =>
  write(async (trx) => {
    await world.notifications.cancelForRuns(
      trx,
      pages.map((page) => page.runId),
      'resolved',
      at(seconds),
    );
    await world.notifications.queueResolved(trx, pages, at(seconds));
  });

describe('a resolve', () => {
  test('is told to those who were really told, by the way that reached them', async () => {
    const [ann, bo] = [await person('ann', ['email', 'phone']), await person('bo')];
    const page = await openPage();
    world.answer = (one) => (one.to === 'phone:ann' ? { ok: false, retryable: false, reason: 'gone' } : { ok: true });
    await call(page, ann.id);
    await advance(0);
    told();
    await call(page, bo.id, { step: 1 });
    await resolve([page], 70);
    await advance(70);
    expect(told()).toEqual(['70 email: Resolved: SEV3 Checkout errors']);
  });

  test('is told once, and again only after it was paged again', async () => {
    const cy = await person('cy');
    const page = await openPage();
    await call(page, cy.id);
    await advance(0);
    world.clock.set(at(100));
    await resolve([page], 100);
    await resolve([page], 101);
    await advance(200);
    expect(told()).toEqual(['0 email: SEV3 Checkout errors', '200 email: Resolved: SEV3 Checkout errors']);
    await call(page, cy.id, { round: 1 });
    await advance(300);
    await resolve([page], 400);
    await advance(400);
    expect(told()).toEqual(['300 email: SEV3 Checkout errors', '400 email: Resolved: SEV3 Checkout errors']);
  });

  test('also tells who may have been told: the call was under way when it was cancelled', async () => {
    const dee = await person('dee');
    const page = await openPage();
    world.answer = async () => {
      await resolve([page], 0);
      return { ok: true };
    };
    await call(page, dee.id);
    await advance(0);
    world.answer = () => ({ ok: true });
    await advance(60);
    expect(told()).toEqual([
      '0 email: SEV3 Checkout errors',
      expect.stringMatching(/email: Resolved: SEV3 Checkout errors$/),
    ]);
  });

  test('of many pages is one quiet message', async () => {
    const eve = await person('eve');
    const pages = [await openPage(), await openPage(), await openPage()];
    for (const page of pages) await call(page, eve.id);
    await advance(0);
    told();
    await resolve(pages, 400);
    await advance(400);
    expect(told()).toEqual(['400 email: 3 pages resolved']);
  });
});

describe('an update', () => {
  test('goes to the holder by the method that reached them, once however much joins meanwhile', async () => {
    const fay = await person('fay', ['email', 'phone']);
    const page = await openPage();
    world.answer = (one) => (one.channel === 'email' ? { ok: false, retryable: false, reason: 'gone' } : { ok: true });
    await call(page, fay.id);
    await advance(0);
    told();
    world.answer = () => ({ ok: true });
    const update = {
      ...page,
      userId: fay.id,
      severity: 3,
      urgency: 'high',
      reason: { kind: 'alerts-joined' },
    } as const;
    for (const seconds of [10, 20, 30]) await write((trx) => world.notifications.queueUpdate(trx, update, at(seconds)));
    await advance(59);
    expect(told()).toEqual([]);
    await advance(60);
    expect(told()).toEqual([expect.stringContaining('60 phone: Update: SEV3 Checkout errors')]);
  });

  test('to somebody without any method is none', async () => {
    const gus = await person('gus', []);
    const page = await openPage();
    await write((trx) =>
      world.notifications.queueUpdate(
        trx,
        { ...page, userId: gus.id, severity: 3, urgency: 'high', reason: { kind: 'alerts-joined' } },
        at(0),
      ),
    );
    expect(await rowsOf(page.groupId)).toEqual([]);
  });
});

describe('an alarm', () => {
  test('goes to the alarm recipients and to the emergency channel', async () => {
    const page = await openPage();
    await write((trx) =>
      world.notifications.raiseAlarms(trx, [{ ...page, severity: 1, reason: 'nobody-at-all' }], at(0)),
    );
    await advance(0);
    const words = told();
    expect(words).toContain('0 emergency: Tocsin alarm: Nobody can be reached. Checkout errors');
    expect(words).toContain('0 email: Tocsin alarm: Nobody can be reached');
  });
});

describe('reach', () => {
  test('says what the queue would do', async () => {
    const [ida, jon, kim] = [await person('ida', ['email', 'phone']), await person('jon', []), await person('kim')];
    world.people.set(kim.id, { name: 'kim', zone: 'UTC', active: false });
    expect(world.notifications.reachOf(ida.id, 'high')).toEqual({ reachable: true, methods: 2 });
    expect(world.notifications.reachOf(jon.id, 'high')).toEqual({ reachable: false, reason: 'no-contact-method' });
    expect(world.notifications.reachOf(kim.id, 'low')).toEqual({ reachable: false, reason: 'inactive' });
    expect(world.notifications.reachOf(world.newId(), 'low')).toEqual({ reachable: false, reason: 'inactive' });
  });
});

describe('contact methods', () => {
  test('an address calls nobody until its code was entered; the code is at rest nowhere', async () => {
    const lou = await person('lou', []);
    const { contacts } = world.notifications;
    const { method } = await contacts.add(
      { userId: lou.id, channel: 'email', label: 'work', address: 'lou@example.org' },
      by,
    );
    expect(world.notifications.reachOf(lou.id, 'high')).toEqual({ reachable: false, reason: 'unverified' });
    await advance(0);
    const sent = world.calls.splice(0)[0]?.message;
    const code = /^Code: (\w{10})$/m.exec(sent?.format === 'mail' ? sent.text : '')?.[1] as string;
    expect(code).toHaveLength(10);
    const stored = await world.db.paging
      .selectFrom('notifications')
      .selectAll()
      .where('user_id', '=', lou.id)
      .execute();
    expect(JSON.stringify(stored)).not.toContain(code);
    await expect(contacts.confirm(lou.id, { methodId: method.id, code: 'wrong' }, by)).rejects.toMatchObject({
      code: 'CODE_INVALID',
    });
    await expect(
      contacts.confirm(lou.id, { methodId: method.id, code }, { ...by, now: at(901) }),
    ).rejects.toMatchObject({ code: 'CODE_INVALID' });
    await contacts.confirm(lou.id, { methodId: method.id, code }, by);
    expect(world.notifications.reachOf(lou.id, 'high')).toEqual({ reachable: true, methods: 1 });
  });

  test('nobody else can confirm, test or remove it', async () => {
    const [mia, ned] = [await person('mia'), await person('ned')];
    const id = mia.methods[0] as string;
    const { contacts } = world.notifications;
    for (const attempt of [
      contacts.confirm(ned.id, { methodId: id, code: 'x' }, by),
      contacts.test(ned.id, id, by),
      contacts.remove(ned.id, id, by),
      contacts.sendCode(ned.id, id, by),
    ])
      await expect(attempt).rejects.toMatchObject({ code: 'CONTACT_METHOD_NOT_FOUND' });
    await expect(
      contacts.saveRules(ned.id, [{ urgency: 'high', delaySeconds: 0, methodId: id }], by),
    ).rejects.toMatchObject({ code: 'CONTACT_METHOD_NOT_FOUND' });
  });

  test('the same address twice is refused, also two rules of one urgency by one method', async () => {
    const oda = await person('oda');
    const { contacts } = world.notifications;
    await expect(
      contacts.add({ userId: oda.id, channel: 'email', label: '', address: 'email:oda' }, by),
    ).rejects.toMatchObject({ code: 'CONTACT_METHOD_EXISTS' });
    const rule = { urgency: 'high', delaySeconds: 0, methodId: oda.methods[0] as string } as const;
    await expect(contacts.saveRules(oda.id, [rule, { ...rule, delaySeconds: 60 }], by)).rejects.toMatchObject({
      code: 'NOTIFICATION_RULE_TWICE',
    });
    await expect(
      contacts.add({ userId: oda.id, channel: 'pigeon', label: '', address: 'x' }, by),
    ).rejects.toMatchObject({ code: 'CHANNEL_NOT_SET_UP' });
  });

  test('removing one drops the rules by it, and what was queued by it goes by the next', async () => {
    const pat = await person('pat', ['email', 'phone']);
    const [mail, phone] = pat.methods as [string, string];
    const { contacts } = world.notifications;
    const rules = [
      { urgency: 'high', delaySeconds: 0, methodId: mail },
      { urgency: 'high', delaySeconds: 600, methodId: phone },
    ] as const;
    await contacts.saveRules(pat.id, rules, by);
    const page = await openPage();
    await call(page, pat.id);
    await contacts.remove(pat.id, mail, by);
    expect(contacts.rulesOf(pat.id)).toEqual([rules[1]]);
    await advance(0);
    expect(told()).toEqual([expect.stringContaining('0 phone: SEV3 Checkout errors')]);
    expect((await rowsOf(page.groupId)).map((row) => [row.channel, row.state])).toEqual([
      ['email', 'failed'],
      ['phone', 'sent'],
    ]);
  });

  test('a test goes at once, also right after an interruption', async () => {
    const quy = await person('quy');
    await call(await openPage(), quy.id);
    await advance(0);
    told();
    await world.notifications.contacts.test(quy.id, quy.methods[0] as string, { ...by, now: at(1) });
    await advance(1);
    expect(told()).toEqual(['1 email: Test: this is how Tocsin reaches you']);
  });
});

describe('webhook endpoints', () => {
  const acted = { actor: { kind: 'system', name: 'test' }, now: by.now } as const;
  const draft = { name: 'ops', url: 'https://ops.example/hook', teamId: null };

  test('show their secret once, sign with both while one is being replaced, then with the new one', async () => {
    const { endpoints } = world.notifications.contacts;
    const made = await endpoints.create(draft, acted);
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const stored = await world.db.paging
      .selectFrom('webhook_endpoints')
      .selectAll()
      .where('id', '=', made.endpoint.id)
      .executeTakeFirstOrThrow();
    expect(stored.secret.toString()).not.toContain(made.secret);
    const turned = await endpoints.rotate(made.endpoint.id, 3600, acted);
    const secretsAt = async (seconds: number) => {
      world.clock.set(at(seconds));
      await endpoints.test(made.endpoint.id, { ...acted, now: at(seconds) });
      await advance(seconds);
      return world.calls.splice(0).map((one) => one.secrets);
    };
    expect(await secretsAt(10)).toEqual([[turned.secret, made.secret]]);
    expect(await secretsAt(3601)).toEqual([[turned.secret]]);
  });

  test('are changed at the version that was read, and gone when archived', async () => {
    const { endpoints } = world.notifications.contacts;
    const { endpoint } = await endpoints.create(draft, acted);
    const changed = await endpoints.update(endpoint.id, { ...draft, name: 'new', version: endpoint.version }, acted);
    expect(changed).toMatchObject({ name: 'new', version: endpoint.version + 1 });
    await expect(endpoints.update(endpoint.id, { ...draft, version: endpoint.version }, acted)).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(world.notifications.endpointExists(endpoint.id)).toBe(true);
    await endpoints.archive(endpoint.id, acted);
    expect(world.notifications.endpointExists(endpoint.id)).toBe(false);
    expect(() => endpoints.get(endpoint.id)).toThrow('no such webhook endpoint');
  });
});
