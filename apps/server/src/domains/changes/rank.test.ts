import { expect, test } from 'vitest';
import type { StoredChange } from './model.ts';
import { rankChanges, type Trouble } from './rank.ts';

const AT = Temporal.Instant.from('2026-11-21T10:00:00Z');
const trouble: Trouble = { at: AT, service: 'checkout', serviceId: null, environment: 'production' };

function change(id: string, minutesBefore: number, fields: Partial<StoredChange> = {}): StoredChange {
  const at = AT.subtract({ minutes: minutesBefore });
  return {
    ...{ id, integrationId: 'i', kind: 'deploy', summary: id, service: 'checkout', serviceId: null },
    ...{ environment: 'production', author: null, deployId: null, revision: null, status: null },
    ...{ links: [], details: {}, at, statusAt: at, receivedAt: at },
    ...fields,
  };
}
const order = (...changes: readonly StoredChange[]) => rankChanges(changes, trouble).map(({ change: { id } }) => id);

test('what was done to the service itself shortly before stands first', () => {
  expect(
    order(
      change('an hour ago', 60),
      change('another service', 5, { service: 'search' }),
      change('a minute ago', 1),
      change('staging', 2, { environment: 'staging' }),
      change('a merge', 1, { kind: 'code' }),
    ),
  ).toEqual(['a minute ago', 'an hour ago', 'a merge', 'staging', 'another service']);
});

test('a change that names no service stands between the service’s own and another’s', () => {
  expect(
    order(change('other', 5, { service: 'search' }), change('unknown', 5, { service: null }), change('own', 5)),
  ).toEqual(['own', 'unknown', 'other']);
});

test('says how far before, and why it stands there; case does not matter', () => {
  const [ranked] = rankChanges([change('x', 60, { service: 'Checkout', status: 'failure' })], trouble);
  expect(ranked).toMatchObject({
    closeness: 0.5,
    secondsBefore: 3_600,
    because: ['same-service', 'same-environment', 'it-failed'],
  });
});

test('where the trouble names no service, none is held against a change', () => {
  const nowhere = { ...trouble, service: null, environment: null };
  expect(rankChanges([change('x', 0, { service: 'search' })], nowhere)[0]).toMatchObject({ closeness: 1, because: [] });
});
