import { integrationKinds } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { addressOf } from './addresses.ts';

test('every kind has an address that holds its key', () => {
  for (const kind of integrationKinds)
    expect(Object.values(addressOf(kind, 'https://tocsin.example', 'k'.repeat(32))).join(' ')).toContain(
      'k'.repeat(32),
    );
});

test('PagerDuty and Opsgenie clients get a base URL and their key apart, as they ask for it', () => {
  expect(addressOf('pagerduty', 'https://t.example', 'key')).toEqual({ url: 'https://t.example', routingKey: 'key' });
  expect(addressOf('opsgenie', 'https://t.example', 'key')).toEqual({ url: 'https://t.example', apiKey: 'key' });
});
