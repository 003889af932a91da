import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpokenMessage } from '../adapters/channel.ts';
import { tokenMark } from '../reply-tokens.ts';
import type { FoldItem } from './folded.ts';
import { segmentsOf, septetsOf, toGsm } from './gsm7.ts';
import { alarmSms, foldedSms, pageSms, resolvedSms, testSms, verifySms } from './sms.ts';
import {
  alarmSpoken,
  foldedSpoken,
  forTheEar,
  pageSpoken,
  resolvedSpoken,
  testSpoken,
  verifySpoken,
} from './spoken.ts';
import { at, facts, links, now, summary } from './testkit.ts';

const golden = (name: string) => join(import.meta.dirname, '../../../../testdata/messages/phone', name);
const open = 'https://tocsin.example/pages';
const items: readonly FoldItem[] = [
  { what: 'page', page: facts(), reply: links.reply },
  { what: 'page', page: summary(7), reply: null },
  { what: 'page', page: summary(8), reply: null },
  {
    what: 'update',
    page: summary(40, { title: 'Queue grows', kinds: [{ name: 'queue / Lag', severity: 4, since: at('02:06:00') }] }),
    reply: null,
  },
  { what: 'resolved', page: summary(41, { state: 'resolved', resolvedAt: at('02:08:59') }), reply: null },
];
const resolved = facts({ state: 'resolved', resolvedAt: at('02:33:40') });
const alarm = 'Nobody can be reached';
/** As they stand among pages: without a number. */
const alarms = [1, 2].map(
  (n): FoldItem => ({
    what: 'alarm',
    page: summary(n, { number: 0, title: `Tocsin alarm: kind-${n}`, service: null }),
    reply: null,
  }),
);

describe('texts read as agreed', () => {
  const long =
    'Replication lag of the payments database is far above what the failover can bear, and it grows by the minute';
  const texts: Readonly<Record<string, string>> = {
    page: pageSms({ facts: facts(), links }),
    'page-long': pageSms({ facts: facts({ title: long }), links }),
    'page-typographic': pageSms({ facts: facts({ title: '“Köln” – Żółć ≥ 90 % … 🔥', service: null }), links }),
    'page-other-script': pageSms({ facts: facts({ title: 'Ошибки оформления заказа', service: 'касса' }), links }),
    update: pageSms({ facts: facts(), links, update: true }),
    resolved: resolvedSms(resolved),
    alarm: alarmSms(alarm, facts()),
    test: testSms(),
    verify: verifySms('481516'),
    folded: foldedSms({ items, open }),
    'alarm-subject': alarmSms('A phone gets no more texts', null, 'Maya Lindqvist, sms'),
    'folded-alarms': foldedSms({ items: alarms, open }),
    'folded-resolved': foldedSms({ items: items.slice(4), open }),
  };
  test('in one file, with what each costs', async () => {
    const text = Object.entries(texts).map(
      ([name, one]) => `${name} (${septetsOf(one) ?? `${one.length} units`}, ${segmentsOf(one)} x)\n${one}\n`,
    );
    await expect(text.join('\n')).toMatchFileSnapshot(golden('sms.txt'));
  });
  test.each(['page', 'page-long', 'page-typographic', 'update', 'resolved', 'alarm', 'test', 'verify'])(
    '%s is one message',
    (name) => expect(segmentsOf(texts[name] as string)).toBe(1),
  );
});

describe('calls sound as agreed', () => {
  const calls: Readonly<Record<string, SpokenMessage>> = {
    page: pageSpoken(facts()),
    update: pageSpoken(facts({ firing: 1 }), true),
    resolved: resolvedSpoken(resolved),
    alarm: alarmSpoken(alarm, facts()),
    test: testSpoken(),
    verify: verifySpoken('481516'),
    folded: foldedSpoken(items),
    'folded-one': foldedSpoken([items[0] as FoldItem, items[4] as FoldItem]),
    'alarm-subject': alarmSpoken('A phone gets no more texts', null, 'Maya Lindqvist, sms'),
    'folded-alarms': foldedSpoken(alarms),
    'folded-resolved': foldedSpoken(items.slice(4)),
  };
  test('in one file', async () => {
    const text = Object.entries(calls).map(([name, { sentences, keys }]) => {
      const lines = sentences.map((one) => (typeof one === 'string' ? one : `(spelled) ${one.spell}`));
      return [name, ...lines, keys ?? '(no keys)', ''].join('\n');
    });
    await expect(text.join('\n')).toMatchFileSnapshot(golden('spoken.txt'));
  });
});

describe('a text message', () => {
  const title = fc.string({ unit: 'grapheme', maxLength: 300 });
  const latin = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ 0189-%äéñ–“…')), maxLength: 300 });

  test('of a latin title is one message however long the title, and keeps its link and digits whole', () => {
    fc.assert(
      fc.property(latin, fc.option(latin), fc.integer({ min: 1, max: 999_999 }), (words, service, number) => {
        const text = pageSms({ facts: facts({ title: words, service, number }), links });
        expect(segmentsOf(text)).toBe(1);
        expect(text).toContain(`SEV1 #${number} `);
        expect(text.endsWith('4=ack 6=resolve 8=escalate tocsin.example/a/Tq8mZ2kV0xYb4L')).toBe(true);
      }),
    );
  });
  test('of any title takes two messages at most, in one line', () => {
    fc.assert(
      fc.property(title, (words) => {
        const text = pageSms({ facts: facts({ title: words }), links });
        expect(segmentsOf(text)).toBeLessThanOrEqual(2);
        expect(text).not.toMatch(/[\r\n]/);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
  test('is measured with its link as it will be sent, not with the mark that stands for it', () => {
    const reply = `https://tocsin.example/a/${tokenMark('0123456789abcdef', '01a2b3c4-0000-7000-8000-000000000001')}`;
    const words = 'x'.repeat(300);
    const marked = pageSms({ facts: facts({ title: words }), links: { ...links, reply } });
    const filled = marked.replace(/~[^~]+~/, 'Tq8mZ2kV0xYb4L');
    expect(filled).toBe(pageSms({ facts: facts({ title: words }), links }));
  });
  test('keeps the scheme of an address that phones would not make a link of', () => {
    const text = pageSms({ facts: facts(), links: { ...links, reply: 'http://10.0.0.5:8080/a/Tq8mZ2kV0xYb4L' } });
    expect(text.endsWith(' http://10.0.0.5:8080/a/Tq8mZ2kV0xYb4L')).toBe(true);
  });
  test('for many pages names every kind, within what providers take as one', () => {
    const many = Array.from(
      { length: 200 },
      (_, i): FoldItem => ({
        what: 'page',
        page: summary(i + 1, { kinds: [{ name: `service-${i} / Kind${i}`, severity: 3, since: now }] }),
        reply: null,
      }),
    );
    const some = foldedSms({ items: many.slice(0, 40), open });
    for (let i = 0; i < 40; i += 1) expect(some).toContain(`service-${i} / Kind${i}`);
    const wide = many.map((item) => ({ ...item, page: { ...item.page, title: '…'.repeat(300) } }));
    expect(foldedSms({ items: wide, open }).length).toBeLessThanOrEqual(1600);
    const all = foldedSms({ items: many, open });
    expect(all.length).toBeLessThanOrEqual(1600);
    expect(all).toMatch(/and \d+ more\. Reply 4 all/);
  });
});

describe('the alphabet', () => {
  test.each([
    ['a', 1],
    ['€', 2],
    ['[]', 4],
    ['ж', null],
    ['`', null],
    ['\u00a0', null],
  ])('%s takes %s', (text, septets) => expect(septetsOf(text)).toBe(septets));
  test.each([
    ['x'.repeat(160), 1],
    ['x'.repeat(161), 2],
    ['x'.repeat(306), 2],
    ['x'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['ж'.repeat(70), 1],
    ['ж'.repeat(71), 2],
  ])('a text is counted in messages', (text, segments) => expect(segmentsOf(text)).toBe(segments));
  test.each([
    ['“ok” – don’t…', '"ok" - don\'t...', 0],
    ['Łódź çà', 'Lodz cà', 0],
    ['é Ä', 'é Ä', 0],
    ['a\u00a0b 🔥👩‍🚒', 'a b ', 0],
    ['日本', '??', 2],
    ['①½', '11/2', 0],
  ])('%s is written %s', (text, written, lost) => expect(toGsm(text)).toEqual({ text: written, lost }));
  test('whatever is put in comes out in the alphabet', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => septetsOf(toGsm(text).text) !== null));
  });
});

describe('for the ear', () => {
  test.each([
    ['Checkout errors 12.4 %', 'Checkout errors 12.4 percent'],
    ['checkout-api_v2 / HighErrorRate', 'checkout api v2 High Error Rate'],
    ['p99 > 250ms, see https://graphs.example/d/1?x=%20 now', 'p99 above 250 milliseconds, see now'],
    ['pod web-7f9c4d5b8c-x2 crashed', 'pod web x2 crashed'],
    ['disk=full & 5 GB left', 'disk is full and 5 gigabytes left'],
    ['<script>alert("x")</script>', 'below script above alert x below script above'],
    ['lag -5 at 03:07', 'lag -5 at 03:07'],
    ['Ошибка №5', 'Ошибка 5'],
    ['https://only.example/', 'without a name'],
  ])('%s is said %s', (text, said) => expect(forTheEar(text)).toBe(said));
  test('a long text ends at a word', () => {
    expect(forTheEar('word '.repeat(100), 22)).toBe('word word word word');
  });
});
