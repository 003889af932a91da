import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { type FakeTwilio, startFakeTwilio, type Taken } from './fake-twilio.ts';
import { type Person, World } from './world.ts';

/** Somebody with a phone of their own. */
export interface PhonePerson extends Person {
  readonly number: string;
}

/** A world whose texts and calls go through Twilio accounts that are fakes on real sockets. */
export interface PhoneLine {
  readonly world: World;
  /** By the id of the provider. */
  readonly accounts: Readonly<Record<string, FakeTwilio>>;
  /** The first account. */
  readonly twilio: FakeTwilio;
  /** Somebody with verified methods in this order; a rule each, `after` seconds apart (0: all at once). */
  person(name: string, by: readonly ('email' | 'sms' | 'voice')[], after?: number): Promise<PhonePerson>;
  /** A text that somebody was sent since the last look. */
  texted(person: PhonePerson, words: RegExp): Taken;
  /** A call that somebody got since the last look. */
  called(person: PhonePerson, words: RegExp): Taken;
  /** Sends a text from somebody's phone, and lets happen what follows; answers the words that came back. */
  reply(person: PhonePerson, body: string, sid?: string): Promise<string | null>;
  /** Nobody was told anything that was not expected, by any way. */
  quiet(): void;
  close(): Promise<void>;
}

/** Opens such a world; `ids` are the providers in their order. */
export async function openPhoneLine(at: string, ids: readonly string[] = ['main']): Promise<PhoneLine> {
  const world = await World.open(at, { fakes: ['email'], flags: { egressAllow: ['127.0.0.1'] } });
  const accounts: Record<string, FakeTwilio> = {};
  for (const id of ids)
    accounts[id] = await startFakeTwilio({
      inboundUrl: `https://tocsin.test/phone/twilio/${id}/inbound`,
      async deliver({ url, headers, body }) {
        const answer = await world.app.inject({
          method: 'POST',
          url: url.replace('https://tocsin.test', ''),
          headers,
          payload: body,
        });
        await world.settle();
        return { status: answer.statusCode, body: answer.body };
      },
    });
  const twilio = accounts[ids[0] as string] as FakeTwilio;
  await setProviders(world, accounts);
  let numbers = 0;
  const take = (person: PhonePerson, kind: Taken['kind'], words: RegExp): Taken => {
    const all = Object.values(accounts).flatMap((account) => account.taken);
    const found = all.find((one) => one.kind === kind && one.to === person.number && words.test(one.text));
    const seen = all.map((one) => `${one.kind} to ${one.to}: ${one.text}`).join('\n  ') || 'nothing was sent';
    if (!found) throw new Error(`expected ${person.name} to get ${kind} ${words}; there is:\n  ${seen}`);
    for (const account of Object.values(accounts)) {
      const index = account.taken.indexOf(found);
      if (index >= 0) account.taken.splice(index, 1);
    }
    return found;
  };
  return {
    world,
    accounts,
    twilio,
    async person(name, by, after = 0) {
      const person = await world.person(name, { by: [] });
      numbers += 1;
      const number = `+4917000000${String(numbers).padStart(2, '0')}`;
      for (const [i, channel] of by.entries()) {
        const method = randomUUID();
        await world.query(
          `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at) VALUES ($1, $2, $3, $3, $4, $5, $5, $5)`,
          [method, person.id, channel, channel === 'email' ? person.email : number, world.clock.now().toString()],
        );
        for (const urgency of ['high', 'low'])
          await world.query(
            'INSERT INTO notification_rules (id, user_id, urgency, delay_seconds, method_id) VALUES ($1, $2, $3, $4, $5)',
            [randomUUID(), person.id, urgency, i * after, method],
          );
      }
      await world.query('UPDATE config_version SET version = version + 1');
      await world.app.refreshConfig();
      return { ...person, number };
    },
    texted: (person, words) => take(person, 'sms', words),
    called: (person, words) => take(person, 'voice', words),
    async reply(person, body, sid) {
      const answer = await twilio.reply(person.number, body, sid === undefined ? {} : { sid });
      expect(answer.status).toBe(200);
      return /<Message>(.*)<\/Message>/s.exec(answer.body)?.[1] ?? null;
    },
    quiet() {
      const taken = Object.values(accounts).flatMap((account) => account.taken);
      expect(taken.map((one) => `${one.kind} to ${one.to}: ${one.text}`)).toEqual([]);
      world.quiet();
    },
    async close() {
      try {
        const taken = Object.values(accounts).flatMap((account) => account.taken);
        expect(taken.map((one) => `${one.kind} to ${one.to}: ${one.text}`)).toEqual([]);
        await world.close();
      } finally {
        for (const account of Object.values(accounts)) await account.close();
      }
    },
  };
}

/** Sets these accounts as the providers, in their order. */
export async function setProviders(
  world: World,
  accounts: Readonly<Record<string, FakeTwilio>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { version } = await world.api('GET', '/api/v1/phone-providers');
  await world.api('PUT', '/api/v1/phone-providers', {
    version,
    providers: Object.entries(accounts).map(([id, { url, accountSid, authToken }]) => ({
      id,
      kind: 'twilio',
      accountSid,
      authToken,
      smsFrom: '+15005550006',
      voiceFrom: '+15005550006',
      apiUrl: url,
    })),
    ...more,
  });
}
