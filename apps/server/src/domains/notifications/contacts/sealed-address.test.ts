import { expect, test } from 'vitest';
import { readSealed, writeSealed } from './sealed-address.ts';

test('what is shown and what is sealed come apart again', () => {
  const sealed = Buffer.from([0, 255, 1, 128]);
  const stored = writeSealed('https://hooks.slack.com/… (a1b2c3)', sealed);
  expect(readSealed(stored)).toEqual({ shown: 'https://hooks.slack.com/… (a1b2c3)', sealed });
});

test('an address that is no secret is shown as it is', () => {
  for (const address of ['maya@example.org', '+351912345678', 'https://example.org/hook'])
    expect(readSealed(address)).toEqual({ shown: address, sealed: null });
});
