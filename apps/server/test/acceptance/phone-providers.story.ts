import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPhoneLine, type PhoneLine, setProviders } from '#harness/phone-line';

let line: PhoneLine;
beforeEach(async () => {
  line = await openPhoneLine('2026-03-10T12:00:00Z', ['main', 'second']);
});
afterEach(() => line.close());

const checkout = { alertname: 'CheckoutErrors', service: 'checkout', severity: 'critical' };

async function paging(...people: Parameters<PhoneLine['texted']>[0][]): Promise<void> {
  const { world } = line;
  await world.route(await world.policy(people.map((person) => ({ wait: { minutes: 5 }, call: [person] }))));
}

/** The owner's API; the status and body whatever they are. */
async function ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) {
  return line.world.api(method, path, body).then(
    (answer) => ({ status: 200, body: JSON.stringify(answer) }),
    (error: Error) => {
      const [, status, text] = /: (\d{3}) (.*)$/s.exec(error.message) ?? [];
      return { status: Number(status), body: text ?? '' };
    },
  );
}

/** A provider as it is read, as it is written: without what only reading shows. */
function asWritten(provider: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = new Set(['hasAuthToken', 'callbacks', 'headerNames']);
  return Object.fromEntries(Object.entries(provider).filter(([name]) => !shown.has(name)));
}

describe('providers', () => {
  it('that are down or silent are passed over within the time of one send', async () => {
    const { main, second } = line.accounts;
    const ann = await line.person('Ann', ['sms']);
    await paging(ann);
    for (const behaviour of ['hang', 'down', 'wrong-token'] as const) {
      main?.behave(behaviour);
      const started = performance.now();
      await line.world.fire({ ...checkout, service: behaviour });
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(second?.taken).toHaveLength(1);
      line.texted(ann, /SEV/);
      await line.world.advance({ minutes: 2 });
      await line.reply(ann, '4 all');
    }
    const attempts = await line.world.query<{ detail: string }>(
      "SELECT detail FROM notification_attempts WHERE kind = 'accepted' ORDER BY id",
    );
    expect(attempts[0]?.detail).toBe('main: timeout; second: HTTP 201');
  });

  it('are asked in the order of the country', async () => {
    const { main, second } = line.accounts;
    await setProviders(line.world, line.accounts, {
      countries: [{ prefix: '+49', providers: ['second'] }],
    });
    const ann = await line.person('Ann', ['sms']);
    await paging(ann);
    await line.world.fire(checkout);
    expect([main?.taken.length, second?.taken.length]).toEqual([0, 1]);
    line.texted(ann, /SEV/);
    await line.reply(ann, '4');
  });

  it('all of them down hand over to another way of the person, and the text goes on trying', async () => {
    for (const account of Object.values(line.accounts)) account.behave('down');
    const ann = await line.person('Ann', ['sms', 'email'], 600);
    await paging(ann);
    await line.world.fire(checkout);
    await line.world.advance({ seconds: 30 });
    line.world.told(ann, /CheckoutErrors/);
    for (const account of Object.values(line.accounts)) account.behave('accept');
    await line.world.advance({ minutes: 2 });
    line.texted(ann, /SEV/);
    const keys = Object.values(line.accounts).flatMap(({ requests }) =>
      requests.map(({ fields }) => fields.get('StatusCallback')?.split('/').at(-1)),
    );
    expect(new Set(keys).size).toBe(1);
    await line.reply(ann, '4');
  });

  it('keep their secrets: written once, never read, and kept when left out', async () => {
    const read = await ask('GET', '/api/v1/phone-providers');
    for (const { authToken } of Object.values(line.accounts)) expect(read.body).not.toContain(authToken);
    const stored = JSON.stringify(await line.world.query("SELECT value FROM settings WHERE key = 'phone'"));
    for (const { authToken } of Object.values(line.accounts)) expect(stored).not.toContain(authToken);
    const { providers, version } = JSON.parse(read.body);
    expect(providers[0]).toMatchObject({
      hasAuthToken: true,
      callbacks: { sms: 'https://tocsin.test/phone/twilio/main/inbound' },
    });
    const again = providers.map(asWritten);
    expect((await ask('PUT', '/api/v1/phone-providers', { providers: again, version })).status).toBe(200);
    const ann = await line.person('Ann', ['sms']);
    await paging(ann);
    await line.world.fire(checkout);
    line.texted(ann, /SEV/);
    await line.reply(ann, '4');
    const audit = JSON.stringify(await line.world.query('SELECT payload FROM audit_entries'));
    for (const { authToken } of Object.values(line.accounts)) expect(audit).not.toContain(authToken);
  });

  it('that cannot be used as they stand are refused with every fault; an old version is a conflict', async () => {
    const { version } = await line.world.api('GET', '/api/v1/phone-providers');
    const twilio = { id: 'main', kind: 'twilio', accountSid: `AC${'0'.repeat(32)}` };
    const http = {
      id: 'plain',
      kind: 'http',
      carries: ['sms'],
      url: 'https://sms.example/send',
      body: { to: '{{to}}' },
    };
    const refused = await ask('PUT', '/api/v1/phone-providers', {
      version,
      providers: [twilio, { ...twilio, id: 'new', smsFrom: '+15005550006' }, http, http],
      countries: [{ prefix: '+49', providers: ['gone'] }],
    });
    expect(refused.status).toBe(422);
    for (const path of ['0.smsFrom', '1.authToken', '2.body', '3.id', 'countries.0.providers'])
      expect(refused.body).toContain(path);
    const { version: old } = { version: version - 1 };
    expect((await ask('PUT', '/api/v1/phone-providers', { version: old, providers: [] })).status).toBe(409);
  });

  it('that are taken away leave numbers that call nobody, and say so', async () => {
    const ann = await line.person('Ann', ['sms', 'email'], 600);
    await paging(ann);
    const { version } = await line.world.api('GET', '/api/v1/phone-providers');
    await line.world.api('PUT', '/api/v1/phone-providers', { version, providers: [] });
    expect((await line.world.api('GET', '/api/v1/me/reach')).channels).not.toContain('sms');
    await line.world.fire(checkout);
    await line.world.advance({ minutes: 10 });
    line.world.told(ann, /CheckoutErrors/);
    expect((await ask('POST', '/api/v1/me/contact-methods', { channel: 'sms', address: '+491701234567' })).status).toBe(
      422,
    );
    await setProviders(line.world, line.accounts);
  });
});

describe('a callback', () => {
  it('without the right signature is refused and changes nothing: none, wrong, of another address, of a token that was replaced', async () => {
    const [ann] = [await line.person('Ann', ['sms', 'voice'], 600)];
    await paging(ann);
    await line.world.fire(checkout);
    const text = line.texted(ann, /SEV/);
    const main = line.accounts['main'] as PhoneLine['twilio'];
    const url = text.fields.get('StatusCallback') as string;
    const fields = { MessageSid: text.sid, MessageStatus: 'undelivered' };
    const old = main.authToken;
    const inject = (headers: Record<string, string>, path = new URL(url).pathname) =>
      line.world.app.inject({
        method: 'POST',
        url: path,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams(fields).toString(),
      });
    expect((await inject({})).statusCode).toBe(403);
    expect((await inject({ 'x-twilio-signature': 'A'.repeat(28) })).statusCode).toBe(403);
    expect((await main.callback(url, fields, 'another token')).status).toBe(403);
    expect((await main.callback(`${url}?a=1`, fields)).status).toBe(403);
    expect((await main.callback(url.replace('/main/', '/second/'), fields)).status).toBe(403);
    expect((await main.callback(url.replace('/main/', '/nobody/'), fields)).status).toBe(403);
    const { version, providers } = await line.world.api('GET', '/api/v1/phone-providers');
    await line.world.api('PUT', '/api/v1/phone-providers', {
      version,
      providers: providers
        .map(asWritten)
        .map((one: Record<string, unknown>) => (one['id'] === 'main' ? { ...one, authToken: 'a new token' } : one)),
    });
    expect((await main.callback(url, fields, old)).status).toBe(403);
    expect((await main.reply(ann.number, '6')).status).toBe(403);
    await line.world.advance({ minutes: 1 });
    line.quiet();
    expect((await line.world.pages())[0].state).toBe('firing');
    expect((await main.callback(url, fields, 'a new token')).status).toBe(204);
    line.called(ann, /page for you/);
  });

  it('about what is not known is taken without effect, however odd', async () => {
    const { twilio } = line;
    const base = 'https://tocsin.test/phone/twilio/main';
    const nobody = '01934d6c-0000-7000-8000-00000000dead';
    for (const [path, fields] of [
      [`message/${nobody}`, { MessageSid: 'SM1', MessageStatus: 'undelivered' }],
      [`call/${nobody}`, { CallSid: 'CA1', CallStatus: 'busy' }],
      [`machine/${nobody}`, { CallSid: 'CA1', AnsweredBy: 'machine_start' }],
      ['message/not-an-id', { MessageSid: 'SM1', MessageStatus: 'undelivered' }],
      [`message/${nobody}`, { MessageStatus: '__proto__' }],
      [`message/${nobody}`, {}],
    ] as const)
      expect((await twilio.callback(`${base}/${path}`, fields)).status, path).toBe(204);
    expect((await twilio.callback(`${base}/keys/${nobody}`, { CallSid: 'CA1', Digits: '4' })).body).toContain(
      'There is nothing to answer here.',
    );
    const odd = { From: '\u0000', Body: '\u0000\ufffd 4', MessageSid: 'SM\u0000' };
    expect((await twilio.callback(`${base}/inbound`, odd)).status).toBe(200);
    expect((await twilio.callback(`${base}/inbound`, {})).status).toBe(204);
    expect(await line.world.query('SELECT * FROM phone_receipts')).toEqual([]);
  });

  it('of a text carries no page of another notification away: a receipt of one that was tried before changes nothing', async () => {
    const ann = await line.person('Ann', ['sms', 'voice'], 600);
    await paging(ann);
    await line.world.fire(checkout);
    const text = line.texted(ann, /SEV/);
    const url = text.fields.get('StatusCallback') as string;
    await line.twilio.callback(url, { MessageSid: `SM${'0'.repeat(32)}`, MessageStatus: 'undelivered' });
    line.quiet();
    await line.reply(ann, '4');
  });
});

describe('a number', () => {
  const add = (channel: string, address: string) => ask('POST', '/api/v1/me/contact-methods', { channel, address });
  const owner = (number: string) => ({ id: '', name: 'Olga', email: '', phone: number, number });

  it.each([
    ['sms', /^Tocsin code: (\d{6})\./],
    ['voice', /Your code is:<\/Say><Say>((?:\d\. ?){6})<\/Say><Pause/],
  ] as const)('is confirmed by the code that came by %s', async (channel, words) => {
    const added = await add(channel, '+49 170 765-4321');
    expect(added.status).toBe(200);
    const { method } = JSON.parse(added.body);
    expect(method.address).toBe('+491707654321');
    await line.world.settle();
    const taken =
      channel === 'sms' ? line.texted(owner('+491707654321'), words) : line.called(owner('+491707654321'), words);
    const code = (words.exec(taken.text)?.[1] ?? '').replaceAll(/\D/g, '');
    if (channel === 'voice') expect(taken.text.split('<Say>Once more.</Say>')).toHaveLength(2);
    const url = `/api/v1/me/contact-methods/${method.id}/confirm`;
    expect((await ask('POST', url, { code: code === '000000' ? '1' : '000000' })).status).toBe(422);
    expect((await ask('POST', url, { code })).status).toBe(200);
    expect((await line.world.api('GET', '/api/v1/me/reach')).methods[0].verifiedAt).not.toBeNull();
  });

  it.each([
    ['12345', 'CONTACT_ADDRESS_INVALID'],
    ['+1 900 555 0123', 'PHONE_NUMBER_REFUSED'],
    ['+881612345678', 'PHONE_NUMBER_REFUSED'],
    ['+2101234567', 'PHONE_NUMBER_REFUSED'],
  ])('%s is refused before anything is sent', async (address, code) => {
    for (const channel of ['sms', 'voice']) {
      const answer = await add(channel, address);
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([422, code]);
    }
    await line.world.settle();
    line.quiet();
  });

  it('outside of the countries that are allowed is refused; one that was confirmed before is paged all the same', async () => {
    const ann = await line.person('Ann', ['sms']);
    await setProviders(line.world, line.accounts, { guard: { allow: ['+43'] } });
    expect(JSON.parse((await add('sms', '+491707654321')).body).code).toBe('PHONE_NUMBER_REFUSED');
    await paging(ann);
    await line.world.fire(checkout);
    line.texted(ann, /SEV/);
    await line.reply(ann, '4');
  });

  it('gets only so many codes and tests; pages go out whatever was used up, and many raise an alarm', async () => {
    const guard = { perNumberPerDay: 3, perPrefixPerHour: 4, totalPerHour: 100, pagesAlarmPerHour: 1 };
    await setProviders(line.world, line.accounts, { guard });
    const { method } = JSON.parse((await add('sms', '+491707654321')).body);
    const resend = () => ask('POST', `/api/v1/me/contact-methods/${method.id}/code`);
    expect((await resend()).status).toBe(200);
    expect((await resend()).status).toBe(200);
    const third = await resend();
    expect([third.status, JSON.parse(third.body).code]).toEqual([429, 'PHONE_QUOTA_REACHED']);
    const all = await Promise.all([1, 2, 3, 4].map((n) => add('sms', `+49170765000${n}`)));
    expect(all.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 429, 429, 429]);
    await line.world.settle();
    for (let i = 0; i < 4; i += 1) line.accounts['main']?.taken.pop();
    const ann = await line.person('Ann', ['sms']);
    await line.world.query(
      `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
       SELECT gen_random_uuid(), id, 'email', 'work', 'olga@story.test', $1, $1, $1 FROM users WHERE role = 'owner'`,
      [line.world.clock.now().toString()],
    );
    await line.world.query('UPDATE config_version SET version = version + 1');
    await paging(ann);
    await line.world.fire(checkout);
    line.texted(ann, /SEV/);
    await line.world.advance({ minutes: 2 });
    await line.world.fire({ ...checkout, service: 'other' });
    line.texted(ann, /SEV/);
    await line.world.advance({ minutes: 2 });
    line.world.told({ ...ann, email: 'olga@story.test' }, /Unusually many pages by phone[^]*2 to \+49/);
    await line.reply(ann, '4 all');
  });
});
