import { expect, test } from 'vitest';
import { codeSecret, newCode, tryCode } from './codes.ts';

const now = Temporal.Instant.from('2026-11-21T03:00:00Z');

test('a phone gets six digits, any other channel ten letters', () => {
  for (let i = 0; i < 50; i += 1) {
    expect(newCode('sms')).toMatch(/^\d{6}$/);
    expect(newCode('voice')).toMatch(/^\d{6}$/);
    expect(newCode('email')).toMatch(/^[A-Za-z0-9]{10}$/);
  }
});

test('a code is good for a quarter of an hour, with or without blanks', () => {
  const secret = codeSecret('481516', now);
  expect(tryCode(secret, ' 481 516 ', now)).toEqual({ kind: 'right' });
  expect(tryCode(secret, '481516', now.add({ minutes: 15 }))).toEqual({ kind: 'right' });
  expect(tryCode(secret, '481516', now.add({ minutes: 15, seconds: 1 })).kind).toBe('wrong');
});

test('the fifth wrong try ends it', () => {
  let secret: Buffer | null = codeSecret('481516', now);
  for (let i = 0; i < 4; i += 1) {
    const tried = tryCode(secret, '000000', now);
    secret = tried.kind === 'wrong' ? tried.secret : null;
    expect(tryCode(secret, '481516', now)).toEqual({ kind: 'right' });
  }
  expect(tryCode(secret, '000000', now)).toEqual({ kind: 'wrong', secret: null });
  expect(tryCode(null, '481516', now)).toEqual({ kind: 'wrong', secret: null });
});
