import { expect, test } from 'vitest';
import { hashPassword, PasswordsBusy, testPasswords, verifyPassword } from './passwords.ts';

test('this Node’s argon2id answers as the reference implementation does', async () => {
  await testPasswords();
});

test('a password is known again, another is not, and two hashes of one differ', async () => {
  const [one, two] = await Promise.all([hashPassword('päss wörd 12'), hashPassword('päss wörd 12')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(await verifyPassword('päss wörd 12', one)).toBe(true);
  expect(await verifyPassword('pass word 12', one)).toBe(false);
});

test('nobody and a damaged hash are never right', async () => {
  expect(await verifyPassword('', null)).toBe(false);
  expect(await verifyPassword('x', '$argon2id$v=19$m=1,t=1$x$y')).toBe(false);
  expect(await verifyPassword('x', 'plain')).toBe(false);
});

test('a flood is refused rather than queued without end', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, () =>
      verifyPassword('x', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'),
    ),
  );
  const busy = results.filter((each) => each.status === 'rejected' && each.reason instanceof PasswordsBusy);
  expect(busy.length).toBe(8);
  await testPasswords();
});
