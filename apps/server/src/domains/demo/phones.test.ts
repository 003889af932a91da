import { describe, expect, it } from 'vitest';
import { renderPhones } from './phones.ts';

const at = Temporal.Instant.from('2026-10-21T02:07:48Z');
const phone = (text: string) => renderPhones([{ name: 'Maya', zone: 'Europe/Lisbon', messages: [{ at, text }] }], 'n');

describe('the phones page', () => {
  it.each(['SEV1 Down. tocsin.example/a/Tq8mZ2kV0xYb4L', 'SEV1 Down. https://tocsin.example:8443/a/Tq8mZ2kV0xYb4L'])(
    'links to the answer page of %s',
    (text) => {
      expect(phone(text)).toContain('<a href="/a/Tq8mZ2kV0xYb4L">Answer</a>');
    },
  );

  it('shows what an alert says as text, and the time in the person\u2019s zone', () => {
    const page = phone('<script>alert(1)</script>');
    expect(page).not.toContain('<script>');
    expect(page).toContain('03:07:48');
  });
});
