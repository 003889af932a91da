import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { fingerprint } from './fingerprint.ts';

/** FNV-1a in 64-bit integers, as the specification writes it: slow and plain. */
function oracle(labels: Record<string, string>): string {
  let sum = 0xcbf29ce484222325n;
  const names = Object.keys(labels).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const add = (bytes: Iterable<number>) => {
    for (const byte of bytes) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  };
  for (const name of names) {
    add([...Buffer.from(name), 0xff]);
    add([...Buffer.from(labels[name] ?? ''), 0xff]);
  }
  return sum.toString(16).padStart(16, '0');
}

describe('fingerprint', () => {
  test.each<[Record<string, string>, string]>([
    [{ alertname: 'Disk', instance: 'h1', severity: 'critical' }, 'caa307486c2fe9b5'],
    [{ _x: 'ÿ\n"q"', alertname: 'Größe 🙂' }, 'c713f04792222759'],
  ])('%j is %s, as Alertmanager 0.25 answered', (labels, expected) => expect(fingerprint(labels)).toBe(expected));

  test('agrees with 64-bit arithmetic over UTF-8 bytes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'z', 'é', '\uffff', '\ue000', '🙂', '\u{10ffff}', '0') });
    fc.assert(
      fc.property(fc.dictionary(text, text), (labels) => {
        expect(fingerprint(labels)).toBe(oracle(labels));
      }),
      { numRuns: 1000 },
    );
  });
});
