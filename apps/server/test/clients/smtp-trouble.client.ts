import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type HookSink, startHookSink } from './hook-sink.ts';
import { type Behaviour, type MailServer, startMailServer } from './mail-server.ts';
import { acknowledgeBy, addResponder, pageFor, pageOf, type Person, replyLinkIn } from './paging.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

/** Promised: a channel that fails is passed over within this. */
const NEXT_WITHIN_MS = 30_000;

let mail: MailServer;
let hooks: HookSink;
let tocsin: Tocsin;

beforeAll(async () => {
  mail = await startMailServer();
  hooks = await startHookSink();
  tocsin = await startTocsin({ TOCSIN_SMTP_URL: mail.url, TOCSIN_EGRESS_ALLOW: '127.0.0.0/8' });
});
afterAll(async () => {
  await tocsin?.stop();
  await mail?.stop();
  hooks?.stop();
});

describe('mail that fails for one person', () => {
  test.concurrent('451 is tried again: delivered once, and as the same mail', async () => {
    const ben = await someoneWithMailThenWebhook('Ben Busy', 'busy', 'accept');
    await fire('BusyMail');
    await eventually('a mail at the second try', 40_000, () => pageMailsTo(ben).length > 0);
    expectOneMailInTwoTries(ben, 'busy');
    await expectEnds('BusyMail', [
      'Try 1, email to Ben Busy (Mail): failed, will be tried again (busy).',
      'Try 2, email to Ben Busy (Mail): taken by the provider.',
    ]);
    expect(hooks.called('Ben Busy')).toEqual([]);
  });

  test.concurrent('550 is final: the next channel takes over at once', async () => {
    const ria = await someoneWithMailThenWebhook('Ria Refused', 'refuse');
    await fire('RefusedMail');
    const called = await eventually('the webhook', NEXT_WITHIN_MS, () => hooks.called(ria.name)[0]);
    const refused = pageTriesTo(ria);
    expect(refused).toHaveLength(1);
    expect(called.at - (refused[0]?.at ?? 0)).toBeLessThan(10_000);
    expect(called.event).toMatchObject({ type: 'page.called' });
    await expectEnds('RefusedMail', [
      'Try 1, email to Ria Refused (Mail): refused for good (refused address).',
      'Try 1, webhook to Ria Refused (Hook): taken by the provider.',
    ]);
    await acknowledgesByWebhook('RefusedMail', ria);
    expect(pageTriesTo(ria)).toHaveLength(1);
  });

  test.concurrent('a connection cut in the middle of DATA is tried again: delivered once, and as the same mail', async () => {
    const cleo = await someoneWithMailThenWebhook('Cleo Cut', 'cut', 'accept');
    await fire('CutMail');
    await eventually('a mail at the second try', 40_000, () => pageMailsTo(cleo).length > 0);
    expectOneMailInTwoTries(cleo, 'cut');
    await expectEnds('CutMail', [
      'Try 1, email to Cleo Cut (Mail): failed, will be tried again (connection lost).',
      'Try 2, email to Cleo Cut (Mail): taken by the provider.',
    ]);
    expect(hooks.called('Cleo Cut')).toEqual([]);
  });

  test.concurrent('no answer to the final dot is given up after 5 s and tried once more; then the next channel takes over', async () => {
    const sal = await someoneWithMailThenWebhook('Sal Silent', 'silent');
    const firedAt = Date.now();
    await fire('SilentMail');
    const called = await eventually('the webhook', 40_000, () => hooks.called(sal.name)[0]);
    expect(called.at - firedAt).toBeLessThan(NEXT_WITHIN_MS);
    // Whoever took it without a word may have it: only by its Message-ID can they tell that it is the same mail.
    expect(new Set(pageTriesTo(sal).map((one) => one.messageId)).size).toBe(1);
    expect(pageTriesTo(sal)).toHaveLength(2);
    await expectEnds('SilentMail', [
      'Try 1, email to Sal Silent (Mail): failed, will be tried again (timeout).',
      'Try 2, email to Sal Silent (Mail): failed, will be tried again (timeout).',
      'Try 1, webhook to Sal Silent (Hook): taken by the provider.',
    ]);
    await acknowledgesByWebhook('SilentMail', sal);
  });
});

describe('a mail server that takes connections and says nothing', () => {
  test('is passed over within 30 s, and delays nobody who is reached otherwise', async () => {
    const mia = await someoneWithMailThenWebhook('Mia Mute', 'accept');
    const hal = await someoneWithWebhookFirst('Hal Hook');
    mail.fallSilent();
    const firedAt = Date.now();
    await fire('MuteServer');
    await eventually('a connection', 10_000, () => mail.unanswered() > 0);
    const meanwhile = Date.now();
    await fire('NoMailNeeded');
    const other = await eventually('the webhook of somebody else', 10_000, () => hooks.called(hal.name)[0]);
    expect(other.at - meanwhile).toBeLessThan(4_000);
    const called = await eventually('the webhook', 40_000, () => hooks.called(mia.name)[0]);
    expect(called.at - firedAt).toBeLessThan(NEXT_WITHIN_MS);
    expect(mail.unanswered()).toBe(2);
    expect(pageMailsTo(mia)).toEqual([]);
    await acknowledgesByWebhook('MuteServer', mia);
    expect(await tocsin.api('GET', '/api/v1/verify')).toMatchObject({ ok: true });
  });
});

/** The alert that pages a person: `Ben Busy` is called by `BusyMail` and so on; the tests name them. */
const ALERT_OF: Readonly<Record<string, string>> = {
  'Ben Busy': 'BusyMail',
  'Ria Refused': 'RefusedMail',
  'Cleo Cut': 'CutMail',
  'Sal Silent': 'SilentMail',
  'Mia Mute': 'MuteServer',
  'Hal Hook': 'NoMailNeeded',
};

/** Told by mail at once and by webhook after an hour; the mail server treats their pages as planned. */
async function someoneWithMailThenWebhook(name: string, ...next: readonly Behaviour[]): Promise<Person> {
  const person = await addResponder(tocsin, mail, name);
  await setRules(person, { email: 0, webhook: 3_600 });
  mail.behave(person.email, ...next);
  return person;
}

async function someoneWithWebhookFirst(name: string): Promise<Person> {
  const person = await addResponder(tocsin, mail, name);
  await setRules(person, { email: 3_600, webhook: 0 });
  return person;
}

async function setRules(person: Person, delays: Readonly<Record<string, number>>): Promise<void> {
  const hook = { channel: 'webhook', label: 'Hook', address: hooks.urlFor(person.name) };
  await person.api('POST', '/api/v1/me/contact-methods', hook);
  const { methods } = await person.api('GET', '/api/v1/me/reach');
  const rules = methods.flatMap((method: { id: string; channel: string }) =>
    ['high', 'low'].map((urgency) => ({ urgency, delaySeconds: delays[method.channel], methodId: method.id })),
  );
  await person.api('PUT', '/api/v1/me/notification-rules', { rules });
  await pageFor(tocsin, ALERT_OF[person.name] as string, person);
}

async function fire(alertname: string): Promise<void> {
  const alert = { labels: { alertname, severity: 'critical' }, annotations: { summary: `${alertname} is bad` } };
  const body = JSON.stringify([{ ...alert, endsAt: new Date(Date.now() + 3_600_000).toISOString() }]);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${tocsin.alertmanagerUrl}/api/v2/alerts`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
}

/** Without the mail that brought the code, which was the first. */
const pageMailsTo = (person: Person) => mail.mailsTo(person.email).slice(1);
const pageTriesTo = (person: Person) => mail.triesTo(person.email).slice(1);

function expectOneMailInTwoTries(person: Person, first: Behaviour): void {
  const tries = pageTriesTo(person);
  expect(tries.map((one) => one.behaviour)).toEqual([first, 'accept']);
  expect(new Set(tries.map((one) => one.messageId)).size).toBe(1);
  expect(pageMailsTo(person)).toHaveLength(1);
  expect((tries[1]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThan(14_000);
}

/** A peer has its message a moment before the sender has stored its answer. */
async function expectEnds(title: string, ends: readonly string[]): Promise<void> {
  await eventually(`the ends of ${title}`, 10_000, async () => (await endsOf(title)).length >= ends.length);
  expect(await endsOf(title)).toEqual(ends);
}

/** How the tries for a page ended, as its ledger tells it, oldest first. */
async function endsOf(title: string): Promise<readonly string[]> {
  const { id } = await pageOf(tocsin, title);
  const { chain } = await tocsin.api('GET', `/api/v1/pages/${id}`);
  const sent = chain.links.find((link: { name: string }) => link.name === 'sent');
  const entries: readonly { at: string; sentence: string }[] = sent.entries;
  return entries
    .filter(({ sentence }) => !sentence.endsWith('call begun.'))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ sentence }) => sentence);
}

/** The page is theirs by the link that the webhook carried. */
async function acknowledgesByWebhook(title: string, person: Person): Promise<void> {
  const called = hooks.called(person.name)[0];
  expect(await acknowledgeBy(replyLinkIn(JSON.stringify(called?.event)))).toContain('Acknowledged by you');
  expect(await pageOf(tocsin, title)).toMatchObject({ state: 'acknowledged', holder: { name: person.name } });
}
