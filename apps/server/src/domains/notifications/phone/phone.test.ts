import { describe, expect, test } from 'vitest';
import { sayActed, sayNothingOpen } from './answers.ts';
import { callingCode, isPremium, quotaPrefix, readNumber } from './countries.ts';
import { providerOrder } from './provider-order.ts';
import { readAnswerer, readReceipt, receiptEffect } from './receipts.ts';
import { chooseTarget, readDigit, readReply, type SentPage } from './replies.ts';

const at = (minute: number) => Temporal.Instant.from('2026-11-21T03:00:00Z').add({ minutes: minute });

describe('a number', () => {
  test.each([
    ['+1 (415) 555-2671', '+14155552671'],
    ['0049 30 901820', '+4930901820'],
    ['+44 (0)20 7946 0018', '+442079460018'],
    ['＋４９ ３０ ９０１８２０', '+4930901820'],
    ['030 901820', null],
    ['+0 30 901820', null],
    ['+49', null],
    ['+4930901820;ext=5', null],
    ['+1234567890123456', null],
    ['sip:ann@example.org', null],
  ])('%s is read as %s', (text, number) => expect(readNumber(text)).toBe(number));

  test.each([
    ['+14155552671', '+1', '+1415'],
    ['+18765550123', '+1', '+1876'],
    ['+491701234567', '+49', '+49'],
    ['+35387123456', '+353', '+353'],
    ['+2104155526', null, '+210'],
    ['+99912345678', null, '+999'],
  ])('%s is in %s and counted under %s', (number, code, quota) => {
    expect(callingCode(number)).toBe(code);
    expect(quotaPrefix(number)).toBe(quota);
  });

  test.each([
    ['+19005550123', true],
    ['+14159765555', true],
    ['+14155552671', false],
    ['+979123456789', true],
    ['+881612345678', true],
    ['+447012345678', true],
    ['+447624123456', false],
    ['+447912345678', false],
    ['+498001234567', false],
    ['+499001234567', true],
    ['+491701234567', false],
    ['+61412345678', false],
    ['+33612345678', false],
    ['+33899123456', true],
  ])('%s costs extra: %s', (number, premium) => expect(isPremium(number)).toBe(premium));
});

describe('providers are asked', () => {
  const setting = {
    listed: ['main', 'second', 'german', 'berlin'],
    countries: [
      { prefix: '+49', providers: ['german', 'second'] },
      { prefix: '+4930', providers: ['berlin', 'gone'] },
    ],
    failing: () => false,
  };
  test.each([
    ['+14155552671', ['main', 'second', 'german', 'berlin']],
    ['+491701234567', ['german', 'second', 'main', 'berlin']],
    ['+4930901820', ['berlin', 'main', 'second', 'german']],
  ])('for %s in the order of its longest prefix, then as listed', (number, order) => {
    expect(providerOrder(number, setting)).toEqual(order);
  });
  test('those that have just failed last, and none is left out', () => {
    const failing = (id: string) => id === 'german' || id === 'main';
    expect(providerOrder('+491701234567', { ...setting, failing })).toEqual(['second', 'berlin', 'german', 'main']);
    expect(providerOrder('+491701234567', { ...setting, failing: () => true })).toHaveLength(4);
  });
});

describe('a text is read', () => {
  test.each([
    ['4', 'acknowledge', 'newest'],
    [' 4. ', 'acknowledge', 'newest'],
    ['４', 'acknowledge', 'newest'],
    ['Ack', 'acknowledge', 'newest'],
    ['ACKNOWLEDGE #123', 'acknowledge', 123],
    ['6 123', 'resolve', 123],
    ['resolve: 7', 'resolve', 7],
    ['8 all', 'escalate', 'all'],
    ['escalate', 'escalate', 'newest'],
  ])('%s', (body, wish, which) => expect(readReply(body)).toEqual({ kind: 'act', wish, which }));
  test.each([
    '',
    '5',
    '44',
    '4123',
    '4 12 13',
    'ok',
    'thanks, ack it',
    'constructor',
    '4 #',
    '__proto__ 3',
    'hasOwnProperty',
  ])('%s changes nothing', (body) => expect(readReply(body)).toEqual({ kind: 'unknown' }));
  test.each(['STOP', 'stop.', 'Unsubscribe', 'QUIT', 'end', 'Cancel'])('%s ends texts', (body) =>
    expect(readReply(body)).toEqual({ kind: 'stop' }),
  );
  test.each(['please stop', 'stop 4'])('%s does not: carriers take one word only', (body) =>
    expect(readReply(body).kind).toBe('unknown'),
  );
  test.each([
    ['4', 'acknowledge'],
    ['6', 'resolve'],
    ['8', 'escalate'],
    ['', null],
    ['5', null],
    ['44', null],
    ['a', null],
  ])('the key %s', (digit, wish) => expect(readDigit(digit)).toBe(wish));
});

describe('a reply is about', () => {
  const page = (number: number, fields: Partial<SentPage> = {}): SentPage => ({
    groupId: `g${number}`,
    number,
    title: `Title ${number}`,
    userId: 'ann',
    sentAt: at(number),
    open: true,
    ...fields,
  });
  const sent = [page(1), page(3, { open: false }), page(2)];
  test('the newest that is open, when it names none', () => {
    expect(chooseTarget('newest', sent)).toEqual({ kind: 'pages', pages: [page(2)], others: [page(1)] });
  });
  test('the one it names, also when that is over', () => {
    expect(chooseTarget(1, sent)).toEqual({ kind: 'pages', pages: [page(1)], others: [page(2)] });
    expect(chooseTarget(3, sent)).toMatchObject({ kind: 'pages', pages: [{ number: 3 }] });
  });
  test('all that are open', () => {
    expect(chooseTarget('all', sent)).toEqual({ kind: 'pages', pages: [page(2), page(1)], others: [] });
  });
  test('nothing, when nothing is open or the number was not sent here', () => {
    expect(chooseTarget('newest', [page(3, { open: false })])).toMatchObject({
      kind: 'none-open',
      last: { number: 3 },
    });
    expect(chooseTarget('newest', [])).toEqual({ kind: 'none-open', last: null });
    expect(chooseTarget(9, sent)).toEqual({ kind: 'wrong-code' });
  });
  test('and the answer says which, and what else is open', () => {
    const acted = (number: number, outcome: Parameters<typeof sayActed>[1][number]['outcome']) => ({
      page: page(number),
      outcome,
    });
    expect(sayActed('acknowledge', [acted(2, { kind: 'done' })], [page(1)])).toBe(
      'Acknowledged #2 Title 2. Also open: #1. Reply 4 1 for that one.',
    );
    expect(sayActed('resolve', [acted(2, { kind: 'over' })], [])).toBe('Nothing to do: #2 Title 2 is over.');
    expect(sayActed('acknowledge', [acted(2, { kind: 'second', who: 'Bo' })], [])).toBe(
      'Bo has #2 Title 2; you are noted as helping.',
    );
    expect(sayActed('escalate', [acted(2, { kind: 'failed' })], [])).toBe(
      'NOT escalated: #2 Title 2 could not be stored. Try again.',
    );
    expect(sayActed('acknowledge', [acted(2, { kind: 'done' }), acted(1, { kind: 'failed' })], [])).toBe(
      'Acknowledged #2. 1 could NOT be stored. Try again.',
    );
    expect(sayNothingOpen(page(3))).toBe('Nothing is open. #3 Title 3 is over.');
  });
});

describe('a receipt', () => {
  const sentRow = { state: 'sent', ours: true, arrived: null, answered: false } as const;
  const sms = (status: string) => readReceipt('sms', status)!;
  const voice = (status: string) => readReceipt('voice', status)!;
  test.each([
    [sms('queued'), sentRow, 'note'],
    [sms('sent'), sentRow, 'note'],
    [sms('delivered'), sentRow, 'arrive'],
    [sms('delivered'), { ...sentRow, arrived: 'delivered' }, 'note'],
    [sms('delivered'), { ...sentRow, ours: false }, 'arrive'],
    [sms('undelivered'), sentRow, 'fail'],
    [sms('failed'), { ...sentRow, ours: false }, 'note'],
    [sms('failed'), { ...sentRow, arrived: 'delivered' }, 'note'],
    [sms('failed'), { ...sentRow, state: 'leased' }, 'wait'],
    [sms('delivered'), { ...sentRow, state: 'queued' }, 'wait'],
    [sms('failed'), { ...sentRow, state: 'failed' }, 'note'],
    [sms('failed'), { ...sentRow, state: 'cancelled' }, 'note'],
    [voice('ringing'), sentRow, 'note'],
    [voice('in-progress'), sentRow, 'arrive'],
    [voice('completed'), sentRow, 'note'],
    [voice('busy'), sentRow, 'fail'],
    [voice('no-answer'), sentRow, 'fail'],
    [voice('failed'), sentRow, 'fail'],
    [readAnswerer('machine_start')!, { ...sentRow, arrived: 'answered' }, 'fail'],
    [readAnswerer('machine_end_beep')!, { ...sentRow, arrived: 'answered', answered: true }, 'note'],
  ] as const)('%j at %j: %s', (receipt, stored, effect) => expect(receiptEffect(receipt, stored)).toBe(effect));
  test.each(['human', 'unknown', ''])('%s is no machine', (by) => expect(readAnswerer(by)).toBeNull());
  test.each(['', 'constructor', 'exploded'])("%s is nobody's business", (status) => {
    expect(readReceipt('sms', status)).toBeNull();
    expect(readReceipt('voice', status)).toBeNull();
  });
});
