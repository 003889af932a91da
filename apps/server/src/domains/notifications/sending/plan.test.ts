import { describe, expect, test } from 'vitest';
import type { Standing } from '../interruptions.ts';
import { type PendingRow, planPerson } from './plan.ts';

const zero = Temporal.Instant.from('2026-11-21T03:00:00Z');
const at = (seconds: number) => zero.add({ seconds });
const row = (id: string, fields: Partial<PendingRow> = {}): PendingRow => ({
  id,
  kind: 'page',
  groupId: `g-${id}`,
  runId: `r-${id}`,
  round: 0,
  step: 0,
  userId: 'ann',
  endpointId: null,
  methodId: 'mail',
  channel: 'email',
  urgency: 'high',
  severity: 3,
  reason: { call: null, queued: { kind: 'no-rule' } },
  state: 'queued',
  dueAt: zero,
  wakeAt: zero,
  attempts: 0,
  carrierId: null,
  told: false,
  ...fields,
});
const never: Standing = { state: { lastAt: null, marks: 0 }, lastToldBy: new Map(), toldSeverity: null };
const justNow: Standing = {
  state: { lastAt: at(0), marks: 0 },
  lastToldBy: new Map([['mail', at(0)]]),
  toldSeverity: 3,
};

/** `mail a+b stored`: the carrier, what it folds, whether the stored text is sent. */
function plan(rows: readonly PendingRow[], standing: Standing = never, seconds = 10): string {
  const { orders, deferred, until } = planPerson({ rows, standing, now: at(seconds) });
  const told = orders.map(({ carrier, folded, stored, crashed }) =>
    [
      carrier.methodId,
      [carrier, ...folded].map((one) => one.id).join('+'),
      crashed ? 'crashed' : stored ? 'stored' : '',
    ]
      .filter(Boolean)
      .join(' '),
  );
  return [...told, ...(until ? [`${deferred.join('+')} until ${zero.until(until).total('seconds')}`] : [])].join(', ');
}

describe('a pass for one person', () => {
  test.each<[string, readonly PendingRow[], Standing, string]>([
    [
      'folds what is new, a message a method',
      [row('a'), row('b'), row('c', { methodId: 'hook' })],
      never,
      'mail a+b, hook c',
    ],
    ['defers what must wait', [row('a'), row('b')], justNow, 'a+b until 60'],
    ['tries again with the stored text', [row('a', { attempts: 1 })], justNow, 'mail a stored'],
    [
      'tries a folded message again as it was',
      [row('a', { attempts: 1 }), row('b', { attempts: 1, carrierId: 'a' })],
      justNow,
      'mail a+b stored',
    ],
    ['leaves alone what is not to be tried yet', [row('a', { attempts: 1, wakeAt: at(30) })], justNow, ''],
    [
      'takes all failing ones of a method as soon as one may be tried',
      [
        row('a', { attempts: 3 }),
        row('b', { attempts: 2, wakeAt: at(300) }),
        row('c', { attempts: 2, wakeAt: at(300), methodId: 'hook' }),
      ],
      justNow,
      'mail a+b',
    ],
    [
      'takes failing ones along with what is new, though their next try is later',
      [
        row('a', { attempts: 2, wakeAt: at(300) }),
        row('b'),
        row('c', { attempts: 2, wakeAt: at(300), methodId: 'hook' }),
      ],
      never,
      'mail a+b',
    ],
    ['takes failing ones along with what is new', [row('a', { attempts: 2 }), row('b')], never, 'mail a+b'],
    ['leaves out of a folded message what was cancelled', [row('a', { attempts: 1 })], justNow, 'mail a stored'],
    [
      'makes the call of a sender that died again as it was',
      [
        row('a', { state: 'leased', attempts: 1 }),
        row('b', { state: 'leased', attempts: 1, carrierId: 'a' }),
        row('c'),
      ],
      justNow,
      'mail a+b crashed, c until 60',
    ],
    [
      'frees what a carrier told of when that has ended',
      [row('b', { attempts: 1, carrierId: 'gone' })],
      justNow,
      'mail b stored',
    ],
    [
      'calls the next method at once when one has failed',
      [
        row('a', {
          methodId: 'hook',
          reason: { call: null, queued: { kind: 'failover', failed: 'x', because: 'timeout' } },
        }),
        row('b'),
      ],
      justNow,
      'hook a, b until 60',
    ],
    [
      'calls at once what was brought forward',
      [
        row('a', {
          reason: {
            call: null,
            queued: { kind: 'rule', delaySeconds: 300 },
            broughtForward: { failed: 'x', because: 'timeout' },
          },
        }),
      ],
      justNow,
      'mail a',
    ],
  ])('%s', (_, rows, standing, expected) => {
    expect(plan(rows, standing)).toBe(expected);
  });
});
