import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContactMethod, Person } from './model.ts';
import { planNotifications, reachOf, usableMethods } from './rules.ts';

const now = Temporal.Instant.from('2026-11-21T03:07:48Z');
const channels = new Set(['email', 'webhook']);
const method = (id: string, fields: Partial<ContactMethod> = {}): ContactMethod => ({
  id,
  userId: 'ann',
  channel: 'email',
  label: id,
  address: `${id}@example.org`,
  verifiedAt: now,
  disabledAt: null,
  ...fields,
});
const ann = (fields: Partial<Person>): Person => ({ userId: 'ann', active: true, methods: [], rules: [], ...fields });
const unverified = { verifiedAt: null };
const disabled = { disabledAt: now };
const off = { channel: 'pigeon' };
const high = (methodId: string, delaySeconds = 0) => ({ urgency: 'high', methodId, delaySeconds }) as const;
const low = (methodId: string, delaySeconds = 0) => ({ urgency: 'low', methodId, delaySeconds }) as const;

function plan(person: Person): string {
  const { rows, unreachable, skipped } = planNotifications({ person, urgency: 'high', channels, now });
  const told = rows.map((row) => `${row.methodId}+${now.until(row.dueAt).total('seconds')} ${row.reason.kind}`);
  const passed = skipped.map(({ methodId, reason }) => `-${methodId} ${reason}`);
  return [...told, ...(unreachable ? [unreachable] : []), ...passed].join(', ');
}

describe('a person is told', () => {
  test.each<[string, Partial<Person>, string]>([
    [
      'by the rules of that urgency, each after its delay',
      { methods: [method('m'), method('s')], rules: [high('m'), high('s', 120), low('s')] },
      'm+0 rule, s+120 rule',
    ],
    [
      'by every verified method at once without a rule',
      { methods: [method('m'), method('s')], rules: [low('m', 60)] },
      'm+0 no-rule, s+0 no-rule',
    ],
    [
      'by what is left when a rule names a method that cannot be used',
      { methods: [method('m', disabled), method('s')], rules: [high('m'), high('s', 60)] },
      's+60 rule, -m disabled',
    ],
    [
      'by every verified method at once when no rule can be kept',
      { methods: [method('m', disabled), method('s')], rules: [high('m'), high('x')] },
      's+0 rules-unusable, -m disabled, -x method-gone',
    ],
    [
      'once by each method, at the sooner of two rules',
      { methods: [method('m')], rules: [high('m', 60), high('m', 0)] },
      'm+0 rule',
    ],
    ['not at all without a method', {}, 'no-contact-method'],
    ['not at all when none is verified', { methods: [method('m', unverified)] }, 'unverified, -m unverified'],
    [
      'not at all when what is verified is disabled',
      { methods: [method('m', disabled)] },
      'no-contact-method, -m disabled',
    ],
    [
      'not at all by a channel that is not set up',
      { methods: [method('m', off)] },
      'no-contact-method, -m channel-off',
    ],
    ['not at all when inactive', { active: false, methods: [method('m')] }, 'inactive'],
  ])('%s', (_, fields, expected) => {
    expect(plan(ann(fields))).toBe(expected);
  });
});

const anyMethod = fc.record({
  verifiedAt: fc.constantFrom(now, null),
  disabledAt: fc.constantFrom(now, null),
  channel: fc.constantFrom('email', 'webhook', 'pigeon'),
});
const anyPerson = fc
  .record({
    active: fc.boolean(),
    methods: fc.array(anyMethod, { maxLength: 4 }),
    rules: fc.array(
      fc.record({
        urgency: fc.constantFrom('high' as const, 'low' as const),
        delaySeconds: fc.constantFrom(0, 60, 3600),
        methodId: fc.constantFrom('0', '1', '2', '3', 'gone'),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ active, methods, rules }) =>
    ann({ active, methods: methods.map((fields, i) => method(String(i), fields)), rules }),
  );

test('rules never make a reachable person silent, and reach says what the plan does', () => {
  fc.assert(
    fc.property(anyPerson, fc.constantFrom('high' as const, 'low' as const), (person, urgency) => {
      const { rows, unreachable } = planNotifications({ person, urgency, channels, now });
      const usable = usableMethods(person, channels).map((one) => one.id);
      expect(rows.length > 0).toBe(usable.length > 0);
      expect(unreachable === null).toBe(rows.length > 0);
      expect(new Set(rows.map((row) => row.methodId)).size).toBe(rows.length);
      for (const row of rows) {
        expect(usable).toContain(row.methodId);
        expect(Temporal.Instant.compare(row.dueAt, now)).toBeGreaterThanOrEqual(0);
      }
      const reach = reachOf({ person, urgency, channels });
      expect(reach).toEqual(
        unreachable ? { reachable: false, reason: unreachable } : { reachable: true, methods: rows.length },
      );
    }),
  );
});
