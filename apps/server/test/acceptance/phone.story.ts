import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPhoneLine, type PhoneLine } from '#harness/phone-line';

let line: PhoneLine;
beforeEach(async () => {
  line = await openPhoneLine('2026-03-10T12:00:00Z');
});
afterEach(() => line.close());

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };
const disk = { alertname: 'DiskFull', service: 'db', severity: 'warning' };
const minutes = (count: number) => ({ minutes: count });

/** A page that calls these people, five minutes apart. */
async function paging(...people: Parameters<PhoneLine['texted']>[0][]): Promise<void> {
  const { world } = line;
  await world.route(await world.policy(people.map((person) => ({ wait: minutes(5), call: [person] }))));
}

const chainLink = async (name: string) => {
  const [page] = await line.world.pages();
  const { chain } = await line.world.api('GET', `/api/v1/pages/${page.id}`);
  return chain.links.find((one: { name: string }) => one.name === name);
};

describe('a text', () => {
  it('is answered with 4: acknowledged, what was queued is cancelled, and the answer says which page', async () => {
    const [ann, bo] = [await line.person('Ann', ['sms', 'voice'], 120), await line.person('Bo', ['sms'])];
    await paging(ann, bo);
    await line.world.fire(checkout, { summary: 'Checkout errors 12 %' });
    const text = line.texted(ann, /^SEV\d #\d+ .*4=ack 6=resolve 8=escalate tocsin\.test\/a\/\w{14}$/);
    expect(text.text.length).toBeLessThanOrEqual(160);
    expect(await line.reply(ann, '4')).toMatch(/^Acknowledged #\d+ .*\.$/);
    const [page] = await line.world.pages();
    expect(page.state).toBe('acknowledged');
    await line.world.advance(minutes(20));
    line.quiet();
  });

  it('is answered with 6: resolved, and only a way that does not ring is told so', async () => {
    const ann = await line.person('Ann', ['voice', 'sms']);
    await paging(ann);
    await line.world.fire(checkout);
    line.texted(ann, /SEV/);
    line.called(ann, /page for you/);
    expect(await line.reply(ann, 'Resolve')).toMatch(/^Resolved #\d+/);
    await line.world.advance(minutes(1));
    line.texted(ann, /^Resolved: .* Nothing to do\.$/);
    line.quiet();
    expect((await line.world.pages())[0].state).toBe('resolved');
    expect(await line.reply(ann, '4')).toMatch(/^Nothing is open\. #\d+ .* is over\.$/);
  });

  it('is answered with 8: the next step at once, and only once when the provider asks again', async () => {
    const [ann, bo, cy] = [
      await line.person('Ann', ['sms']),
      await line.person('Bo', ['sms']),
      await line.person('Cy', ['sms']),
    ];
    await paging(ann, bo, cy);
    await line.world.fire(checkout);
    line.texted(ann, /SEV/);
    const first = await line.reply(ann, '8', 'SM00000000000000000000000000000008');
    expect(first).toMatch(/^Escalated #\d+/);
    line.texted(bo, /SEV/);
    expect(await line.reply(ann, '8', 'SM00000000000000000000000000000008')).toBe(first);
    line.quiet();
  });

  it('acts on the newest of two open pages when it names none, and says which, and what else is open', async () => {
    const ann = await line.person('Ann', ['sms']);
    await paging(ann);
    await line.world.fire(disk);
    const older = /#(\d+)/.exec(line.texted(ann, /Disk/).text)?.[1] as string;
    await line.world.advance({ seconds: 61 });
    await line.world.fire(checkout);
    const newer = /#(\d+)/.exec(line.texted(ann, /Checkout/).text)?.[1] as string;
    expect(await line.reply(ann, '4')).toBe(
      `Acknowledged #${newer} CheckoutErrors on checkout. Also open: #${older}. Reply 4 ${older} for that one.`,
    );
    const state = async (number: string) =>
      (await line.world.pages()).find((page) => page.number === Number(number)).state;
    expect([await state(newer), await state(older)]).toEqual(['acknowledged', 'firing']);
    expect(await line.reply(ann, '4 999999')).toBe('No page #999999 was sent to this number.');
    expect(await line.reply(ann, `ack #${older}`)).toMatch(new RegExp(`^Acknowledged #${older} `));
    expect(await state(older)).toBe('acknowledged');
  });

  it('of another person acts on nothing that was not sent to them, and a stranger gets no answer', async () => {
    const [ann, eve] = [await line.person('Ann', ['sms']), await line.person('Eve', ['sms'])];
    await paging(ann);
    await line.world.fire(checkout);
    const number = /#(\d+)/.exec(line.texted(ann, /SEV/).text)?.[1] as string;
    expect(await line.reply(eve, `6 ${number}`)).toBe(`No page #${number} was sent to this number.`);
    expect(await line.reply(eve, '4')).toBe('No page was sent to this number lately.');
    const stranger = await line.twilio.reply('+491709999999', `4 ${number}`);
    expect(stranger).toEqual({ status: 200, body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>' });
    expect((await line.world.pages())[0].state).toBe('firing');
    for (let i = 0; i < 10; i += 1) await line.reply(eve, `4 ${1000 + i}`);
    expect(await line.reply(eve, '4 2000')).toBeNull();
    await line.world.advance({ seconds: 61 });
    expect(await line.reply(eve, 'help')).toMatch(/^Tocsin: reply 4 to acknowledge/);
  });

  it('that cannot be stored says so, and may be sent again', async () => {
    const ann = await line.person('Ann', ['voice']);
    await paging(ann);
    await line.world.fire(checkout);
    const call = line.called(ann, /page for you/);
    await line.world.query('ALTER TABLE phone_replies RENAME TO away');
    expect(await line.reply(ann, '4', 'SM4')).toMatch(/could NOT store that/);
    expect((await line.twilio.press(call, '4')).body).toMatch(/<Gather .*could NOT store that/);
    await line.world.query('ALTER TABLE away RENAME TO phone_replies');
    expect((await line.world.pages())[0].state).toBe('firing');
    expect(await line.reply(ann, '4', 'SM4')).toMatch(/^Acknowledged #\d+/);
  });

  it('that says STOP ends texts to it; its owner is told by another way', async () => {
    const ann = await line.person('Ann', ['sms', 'email']);
    await paging(ann);
    expect(await line.reply(ann, 'STOP')).toBeNull();
    line.world.told(ann, /A phone gets no more texts[^]*Ann, sms/);
    await line.world.advance({ seconds: 61 });
    await line.world.fire(checkout);
    line.world.told(ann, /CheckoutErrors/);
    line.quiet();
    expect(await line.reply(ann, '4')).toBeNull();
  });

  it('that says STOP on the only way of a person is told to those who keep Tocsin', async () => {
    const ann = await line.person('Ann', ['sms']);
    const [owner] = await line.world.query<{ id: string }>("SELECT id FROM users WHERE role = 'owner'");
    await line.world.query(
      `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
       VALUES (gen_random_uuid(), $1, 'email', 'work', 'olga@story.test', $2, $2, $2)`,
      [owner?.id, line.world.clock.now().toString()],
    );
    await line.world.query('UPDATE config_version SET version = version + 1');
    await line.reply(ann, 'unsubscribe');
    line.world.told({ ...ann, email: 'olga@story.test' }, /A phone gets no more texts[^]*Ann, sms/);
  });
});

describe('a call', () => {
  it('is answered with the key 8: escalated at once, said in the call', async () => {
    const [ann, bo] = [await line.person('Ann', ['voice']), await line.person('Bo', ['sms'])];
    await paging(ann, bo);
    await line.world.fire(checkout, { summary: 'p99 > 250ms' });
    const call = line.called(ann, /Press 4 to acknowledge, 6 to resolve, or 8 to escalate/);
    expect(call.text).toContain('Severity 1. Page ');
    await line.twilio.report(call, 'in-progress');
    const answer = await line.twilio.press(call, '8');
    expect(answer.body).toMatch(
      /<Say>Escalated page \d+, Checkout Errors on checkout\.<\/Say><Say>Goodbye\.<\/Say><Hangup\/>/,
    );
    line.texted(bo, /SEV/);
    expect((await line.twilio.press(call, '8')).body).toBe(answer.body);
    line.quiet();
  });

  it('is answered with the key 4, and a key that does nothing may be followed by one that does', async () => {
    const [ann, bo] = [await line.person('Ann', ['voice']), await line.person('Bo', ['sms'])];
    await paging(ann, bo);
    await line.world.fire(checkout);
    const call = line.called(ann, /page for you/);
    expect((await line.twilio.press(call, '1')).body).toMatch(
      /<Gather .*That key does nothing here\. Press 4, 6, or 8\./,
    );
    expect((await line.twilio.press(call, '4')).body).toContain('<Say>Acknowledged page ');
    await line.world.advance(minutes(20));
    line.quiet();
  });

  it('that a machine picks up acknowledges nothing, whatever it plays, and the next way is called at once', async () => {
    const ann = await line.person('Ann', ['voice', 'sms'], 600);
    await paging(ann);
    await line.world.fire(checkout);
    const call = line.called(ann, /page for you/);
    await line.twilio.report(call, 'in-progress');
    expect((await line.twilio.press(call, '4', { AnsweredBy: 'machine_start' })).body).not.toContain('Acknowledged');
    await line.twilio.answeredBy(call, 'machine_start');
    line.texted(ann, /SEV/);
    expect((await line.world.pages())[0].state).toBe('firing');
    line.quiet();
  });

  it('that was answered by key is not undone by a detector that takes the person for a machine', async () => {
    const [ann, bo] = [await line.person('Ann', ['voice', 'sms'], 600), await line.person('Bo', ['sms'])];
    await paging(ann, bo);
    await line.world.fire(checkout);
    const call = line.called(ann, /page for you/);
    await line.twilio.press(call, '8');
    line.texted(bo, /SEV/);
    await line.twilio.answeredBy(call, 'machine_start');
    line.quiet();
  });

  it('for several pages takes them all with one key, and does not resolve them all with one', async () => {
    const ann = await line.person('Ann', ['voice']);
    await paging(ann);
    await line.world.fire({ ...disk, service: 'a' });
    line.called(ann, /page for you/);
    for (const service of ['b', 'c', 'd']) await line.world.fire({ ...disk, service });
    await line.world.advance({ seconds: 61 });
    const call = line.called(ann, /with 3 pages for you.*acknowledge all of them/);
    expect((await line.twilio.press(call, '6')).body).toContain('That key does nothing here.');
    expect((await line.twilio.press(call, '4')).body).toContain('All 3 pages are acknowledged.');
    const firing = (await line.world.pages()).filter((page) => page.state === 'firing');
    expect(firing.map((page) => page.title)).toEqual([expect.stringContaining('on a')]);
    await line.reply(ann, '4');
  });
});

describe('a receipt', () => {
  it('that says delivered is shown with the page and its chain', async () => {
    const ann = await line.person('Ann', ['sms']);
    await paging(ann);
    await line.world.fire(checkout);
    const text = line.texted(ann, /SEV/);
    expect((await chainLink('receipt')).state).toBe('waiting');
    for (const status of ['queued', 'sent', 'delivered', 'delivered'])
      expect((await line.twilio.report(text, status)).status).toBe(204);
    const link = await chainLink('receipt');
    expect(link.state).toBe('stored');
    expect(link.entries.map((entry: { sentence: string }) => entry.sentence)).toEqual([
      'sms to Ann (sms): main: queued.',
      'sms to Ann (sms): main: sent to the carrier.',
      'sms to Ann (sms): main: delivered.',
    ]);
    line.quiet();
  });

  it.each(['undelivered', 'failed'])('that says %s calls the next way at once, once', async (status) => {
    const ann = await line.person('Ann', ['sms', 'voice'], 600);
    await paging(ann);
    await line.world.fire(checkout);
    const text = line.texted(ann, /SEV/);
    const before = line.world.clock.now();
    await line.twilio.report(text, status, { ErrorCode: '30003' });
    line.called(ann, /page for you/);
    expect(line.world.clock.now().equals(before)).toBe(true);
    await line.twilio.report(text, status, { ErrorCode: '30003' });
    await line.twilio.report(text, 'delivered');
    line.quiet();
    const entries = (await chainLink('receipt')).entries.map((entry: { sentence: string }) => entry.sentence);
    expect(entries[0]).toContain('code 30003');
  });

  it.each(['busy', 'no-answer', 'failed'])(
    'that says %s of the only way takes the next step at once',
    async (status) => {
      const [ann, bo] = [await line.person('Ann', ['voice']), await line.person('Bo', ['sms'])];
      await paging(ann, bo);
      await line.world.fire(checkout);
      await line.twilio.report(line.called(ann, /page for you/), status);
      line.texted(bo, /SEV/);
      line.quiet();
    },
  );

  it('of a page that somebody has taken meanwhile calls nobody', async () => {
    const [ann, bo] = [await line.person('Ann', ['sms']), await line.person('Bo', ['sms'])];
    // A way that no rule names: the one that a failure would go on with.
    await line.world.query(
      `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
       VALUES (gen_random_uuid(), $1, 'voice', 'spare', $2, $3, $3, $3)`,
      [ann.id, ann.number, line.world.clock.now().toString()],
    );
    await line.world.query('UPDATE config_version SET version = version + 1');
    await line.world.app.refreshConfig();
    await paging(ann, bo);
    await line.world.fire(checkout);
    const text = line.texted(ann, /SEV/);
    await line.world.act('acknowledge');
    const rows = async () => (await line.world.query('SELECT id FROM notifications')).length;
    const before = await rows();
    await line.twilio.report(text, 'undelivered');
    expect(await rows()).toBe(before);
    await line.world.advance(minutes(20));
    line.quiet();
  });

  it('that comes before the provider has said yes is not lost', async () => {
    const ann = await line.person('Ann', ['sms', 'voice'], 600);
    await paging(ann);
    const seen: number[] = [];
    line.twilio.beforeAnswer = async (taken) => {
      line.twilio.beforeAnswer = null;
      const { status } = await reportWithoutSettling(taken, 'undelivered');
      seen.push(status);
    };
    await line.world.fire(checkout);
    expect(seen).toEqual([204]);
    line.texted(ann, /SEV/);
    await line.world.advance({ seconds: 2 });
    line.called(ann, /page for you/);
  });

  it('of a test is noted and calls nobody', async () => {
    const ann = await line.person('Ann', ['sms', 'voice']);
    const [method] = await line.world.query<{ id: string }>(
      "SELECT id FROM contact_methods WHERE channel = 'sms' AND user_id = $1",
      [ann.id],
    );
    await line.world.query(
      `INSERT INTO notifications (id, kind, user_id, method_id, channel, urgency, severity, state, reason, due_at, wake_at, created_at)
       VALUES (gen_random_uuid(), 'test', $1, $2, 'sms', 'high', 5, 'queued', '{"call":null,"queued":{"kind":"asked"}}', $3, $3, $3)`,
      [ann.id, method?.id, line.world.clock.now().toString()],
    );
    await line.world.settle();
    await line.twilio.report(line.texted(ann, /Tocsin test/), 'undelivered');
    line.quiet();
  });

  /** While a send is under way the engine must not be run from inside it. */
  function reportWithoutSettling(taken: Parameters<PhoneLine['twilio']['report']>[0], status: string) {
    const settle = line.world.settle.bind(line.world);
    line.world.settle = async () => {};
    return line.twilio.report(taken, status).finally(() => {
      line.world.settle = settle;
    });
  }
});
