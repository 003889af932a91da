import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldedEvent, noticeEvent, pageEvent, resolvedEvent } from './event.ts';
import type { MailText, PageSummary, Severity } from './facts.ts';
import { type FoldItem, foldedMail } from './folded.ts';
import { alarmMail, resolvedMail, testMail } from './notices.ts';
import { pageMail, pageText, updateMail } from './page.ts';
import { alertFact, at, facts, links, maya, now, summary } from './testkit.ts';
import { oneLine, readerClock, span } from './words.ts';
import { whyMe } from './why.ts';

/** Golden files; `vitest -u` writes them anew, reviewed as a diff. */
const golden = (name: string) => join(import.meta.dirname, '../../../../testdata/messages', name);
const why = 'Step 1 of the policy “Payments” leads to you.';
const message = { facts: facts(), reader: maya, why, links, now };
const open = 'https://tocsin.example/pages';
const items: readonly FoldItem[] = [
  { what: 'page', page: facts(), reply: links.reply },
  ...Array.from(
    { length: 24 },
    (_, i): FoldItem => ({
      what: 'page',
      page: summary(i + 1),
      reply: i < 19 ? `https://tocsin.example/a/t${i + 1}` : null,
    }),
  ),
  {
    what: 'update',
    page: summary(40, {
      title: 'Queue grows',
      kinds: [{ name: 'queue / Lag', severity: 4, since: at('02:06:00') }],
      severity: 4,
    }),
    reply: null,
  },
  { what: 'resolved', page: summary(41, { state: 'resolved', resolvedAt: at('02:08:59') }), reply: null },
];
const quiet = items
  .filter((item) => item.what === 'resolved')
  .concat({ what: 'resolved', page: summary(42, { resolvedAt: now }), reply: null });

const mails: Readonly<Record<string, MailText>> = {
  page: pageMail(message),
  update: updateMail({
    ...message,
    joined: 3,
    facts: facts({
      run: {
        ...facts().run!,
        acknowledgedBy: { userId: 'maya', name: 'Maya Lindqvist' },
        acknowledgedAt: at('02:08:01'),
        next: null,
      },
    }),
  }),
  resolved: resolvedMail({
    page: facts({ state: 'resolved', resolvedAt: at('02:33:40') }),
    reader: maya,
    open: links.open,
    now: at('02:33:41'),
  }),
  test: testMail({ reader: maya, method: 'email maya@example.org', open: 'https://tocsin.example/me', now }),
  alarm: alarmMail({ kind: 'nobody-at-all', subject: 'Checkout errors 12.4 %', reader: maya, open, now }),
  folded: foldedMail({ items, reader: maya, open, now }),
  'folded-resolved': foldedMail({ items: quiet, reader: maya, open, now }),
};

describe('mails read as agreed', () => {
  test.each(Object.keys(mails))('%s', async (name) => {
    const { subject, text, html } = mails[name] as MailText;
    await expect(`${subject}\n\n${text}`).toMatchFileSnapshot(golden(`${name}.txt`));
    await expect(html).toMatchFileSnapshot(golden(`${name}.html`));
  });
});

describe('events read as agreed', () => {
  const url = (page: PageSummary) => `${open}/${page.number}`;
  const reason = { call: { kind: 'policy-step', round: 0, step: 0 }, queued: { kind: 'endpoint' } };
  test.each([
    ['page', pageEvent({ type: 'page.called', facts: facts(), reason, reply: null, open: links.open, now })],
    [
      'resolved',
      resolvedEvent({ page: facts({ state: 'resolved', resolvedAt: at('02:33:40') }), open: links.open, now }),
    ],
    ['folded', foldedEvent({ items, urlOf: url, now })],
    ['test', noticeEvent({ type: 'test', kind: null, subject: null, now })],
  ])('%s', async (name, event) => {
    await expect(`${JSON.stringify(event, null, 2)}\n`).toMatchFileSnapshot(golden(`${name}.json`));
  });
});

describe('a short text', () => {
  test('says severity, where, what, since and the link', () => {
    expect(pageText(message)).toBe(
      'SEV1 checkout-api Checkout errors 12.4 %, since 03:07. tocsin.example/a/Tq8mZ2kV0xYb4L',
    );
  });
  test('keeps its link whole when the title is long', () => {
    const text = pageText({ ...message, facts: facts({ title: 'x'.repeat(400) }) });
    expect(Array.from(text)).toHaveLength(160);
    expect(text.endsWith('x…, since 03:07. tocsin.example/a/Tq8mZ2kV0xYb4L')).toBe(true);
  });
});

describe('whatever an alert contains', () => {
  const hostile = 'x\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>"\' onload=x \u202egnp.exe\u0000';
  const page = facts({
    title: hostile,
    service: hostile,
    kinds: [{ name: hostile, severity: 1, since: now }, ...facts().kinds],
    runbookUrl: 'javascript:alert(1)',
    alerts: [
      alertFact({
        title: hostile,
        annotations: { summary: hostile },
        labels: { [hostile]: hostile },
        generatorUrl: 'javascript:alert(1)',
      }),
    ],
    run: { ...facts().run!, next: { who: hostile, at: now } },
  });
  const all = [
    pageMail({ ...message, facts: page }),
    updateMail({ ...message, facts: page, joined: 1 }),
    resolvedMail({ page, reader: { ...maya, name: hostile }, open, now }),
    testMail({ reader: { ...maya, name: hostile }, method: hostile, open, now }),
    alarmMail({ kind: hostile, subject: hostile, reader: maya, open, now }),
    foldedMail({
      items: [
        { what: 'page', page, reply: null },
        { what: 'page', page: summary(2, { title: hostile }), reply: null },
      ],
      reader: maya,
      open,
      now,
    }),
  ];

  test('a subject is one line without control or direction characters', () => {
    for (const { subject } of all) expect(subject).not.toMatch(/[\p{Cc}\u202e]/u);
  });
  test('html shows it as text and links nowhere else', () => {
    for (const { html } of all) {
      expect(html).not.toContain('<script');
      expect(html).not.toContain('javascript:');
      expect(html).not.toMatch(/<[^>]*\sonload=/);
    }
  });
  test('no message shouts', () => {
    for (const { subject, text } of Object.values(mails)) expect(`${subject}${text}`).not.toContain('!');
  });
});

describe('a folded message', () => {
  const kindName = fc.integer({ min: 0, max: 40 }).map((n) => `service-${n} / Kind${n}`);
  const item = fc.record({
    what: fc.constantFrom('page' as const, 'update' as const, 'resolved' as const),
    number: fc.integer({ min: 1, max: 60 }),
    severity: fc.constantFrom<Severity>(1, 2, 3, 4, 5),
    kinds: fc.uniqueArray(kindName, { minLength: 1, maxLength: 3 }),
  });
  const anyItems = fc.array(item, { minLength: 2, maxLength: 60 }).map((all) =>
    all.map(
      ({ what, number, severity, kinds }): FoldItem => ({
        what,
        page: summary(number, { severity, kinds: kinds.map((name) => ({ name, severity, since: now })) }),
        reply: null,
      }),
    ),
  );

  test('names every kind of what calls, in text, html and event, and counts every page', () => {
    fc.assert(
      fc.property(anyItems, (all) => {
        const { text, html, subject } = foldedMail({ items: all, reader: maya, open, now });
        const event = foldedEvent({ items: all, urlOf: () => open, now });
        const best = new Map<string, FoldItem>();
        for (const one of all) {
          const held = best.get(one.page.groupId);
          if (!held || rank(one) < rank(held)) best.set(one.page.groupId, one);
        }
        const live = [...best.values()].filter((one) => one.what !== 'resolved');
        for (const one of live) {
          for (const kind of one.page.kinds) {
            expect(text).toContain(`${kind.name},`);
            expect(html).toContain(`${kind.name},`);
            expect(JSON.stringify(event.data.kinds)).toContain(`"${kind.name}"`);
          }
        }
        if (live.length > 1) expect(subject.startsWith(`${live.length} pages`)).toBe(true);
        expect(event.data.count).toBe(best.size);
      }),
    );
  });
  const rank = (one: FoldItem) => ['page', 'alarm', 'update', 'resolved'].indexOf(one.what);
});

describe('words', () => {
  test.each([
    [0, '0 s'],
    [52, '52 s'],
    [60, '1 min'],
    [1552, '25 min 52 s'],
    [7500, '2 h 5 min'],
    [3600, '1 h'],
    [3601, '1 h'],
    [273_600, '3 d 4 h'],
    [-5, '0 s'],
  ])('%s s is told as %s', (seconds, told) => {
    expect(span(now, now.add({ seconds }))).toBe(told);
  });
  test("times are in the reader's zone, with the date when it is not today, and the zone is named", () => {
    const clock = readerClock('America/Argentina/Buenos_Aires', at('02:30:00'));
    expect(clock.named(at('02:07:48'))).toBe('23:07:48 Buenos Aires');
    expect(clock.time(at('04:07:48'))).toBe('Wed 21 Oct 01:07:48');
    expect(readerClock('Mars/Base', now).named(now)).toBe('02:09:07 UTC');
  });
  test('one line is cut at whole letters', () => {
    expect(oneLine('a\r\nb\tc')).toBe('a b c');
    expect(oneLine('😀'.repeat(5), 3)).toBe('😀😀…');
  });
  test('every reason of escalation has a sentence', () => {
    const names = new Map([['bo', 'Bo Tanaka']]);
    const say = (reason: Parameters<typeof whyMe>[0]) => whyMe(reason, { policyName: 'Payments', names });
    expect(say({ kind: 'policy-step', round: 0, step: 0 })).toBe('Step 1 of the policy “Payments” leads to you.');
    expect(say({ kind: 'policy-step', round: 1, step: 2 })).toBe(
      'Step 3 of the policy “Payments” leads to you, round 2.',
    );
    expect(say({ kind: 'last-resort', round: 3 })).toBe('Nobody before you answered. You are the last resort.');
    expect(say({ kind: 'repeat', round: 4 })).toBe(
      'Nobody has answered yet. The last step of the policy “Payments” is repeated.',
    );
    expect(say({ kind: 'holder-first', because: 'acknowledgement-expired' })).toBe(
      'Your acknowledgement ran out and it is still firing.',
    );
    expect(say({ kind: 'reassigned', by: 'bo' })).toBe('Bo Tanaka gave this page to you.');
    expect(say({ kind: 'responder-added', by: 'gone' })).toBe('Somebody asked you to help.');
    expect(say({ kind: 'new' })).toBe('Escalation called you (new).');
    expect(say(null)).toBe('You were told of this page.');
  });
});
