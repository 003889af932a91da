import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { createIds } from '#platform/ids';
import { opsgenieActs, readAct } from './opsgenie-acts.ts';
import { type OpsgenieFields } from './opsgenie-text.ts';
import { idsOfTiny, tinyIdOf } from './opsgenie-tiny-id.ts';

function read(action: string, body: unknown = {}, query = '', params: Record<string, string> = {}) {
  const kind = opsgenieActs.find((one) => one.action === action);
  if (!kind) throw new Error(`there is no act ${action}`);
  const bytes = Buffer.from(body === null ? '' : JSON.stringify(body));
  return readAct(kind, bytes, { query: new URLSearchParams(query), params });
}
const before: OpsgenieFields = {
  ...{ message: 'm', alias: 'a', description: '', tags: ['x', 'y'], details: { k: 'v' }, entity: '', source: '' },
  ...{ user: '', responders: [], actions: [], priority: null },
};
function edited(...wish: Parameters<typeof read>): Partial<OpsgenieFields> {
  const act = read(...wish);
  if ('ok' in act || (act.deed.kind !== 'edit' && act.deed.kind !== 'respond')) throw new Error(JSON.stringify(act));
  const after = (act.deed.kind === 'edit' ? act.deed : act.deed.noted).edit(before);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== before[name as keyof OpsgenieFields]),
  );
}

test('an act without a body is as good as one with an empty one', () => {
  expect(read('Acknowledge', null)).toEqual({ deed: { kind: 'acknowledge' }, note: null, user: null });
  expect(read('Close', { user: 'Olga', note: 'done', source: 'x' })).toEqual({
    deed: { kind: 'close' },
    note: 'done',
    user: 'Olga',
  });
  expect(read('Delete', null, 'user=Olga')).toMatchObject({ deed: { kind: 'delete' }, user: 'Olga' });
});

describe('edits', () => {
  test.each([
    ['AddTags', [{ tags: ['y', 'z,w'] }], { tags: ['x', 'y', 'z w'] }],
    ['RemoveTags', [null, 'tags=x,z'], { tags: ['y'] }],
    ['RemoveTags', [{ tags: ['y'] }], { tags: ['x'] }],
    ['AddDetails', [{ details: { k: 'w', n: 1 } }], { details: { k: 'w', n: '1' } }],
    ['RemoveDetails', [null, 'keys=k, other'], { details: {} }],
    ['UpdatePriority', [{ priority: 'P1' }], { priority: 'P1' }],
    ['UpdateMessage', [{ message: 'n' }], { message: 'n' }],
    ['UpdateDescription', [{ description: 'd' }], { description: 'd' }],
    ['AddTeam', [{ team: { name: 'Ops' } }], { responders: ['team:Ops'] }],
    ['AddResponder', [{ responder: { type: 'user', username: 'o@x' } }], { responders: ['user:o@x'] }],
  ] as const)('%s %j', (action, [body, query], expected) => {
    const change = edited(action, body, query);
    expect(JSON.parse(JSON.stringify(change))).toEqual(expected);
  });

  test.each([
    ['AddNote', {}, 'note'],
    ['Snooze', {}, 'endTime'],
    ['Snooze', { endTime: 'tomorrow' }, 'endTime'],
    ['Assign', {}, 'owner'],
    ['Assign', { owner: 'olga' }, 'owner'],
    ['AddTags', { tags: [] }, 'tags'],
    ['RemoveTags', {}, 'tags'],
    ['AddDetails', {}, 'details'],
    ['UpdatePriority', { priority: 'high' }, 'priority'],
    ['UpdatePriority', {}, 'priority'],
    ['UpdateMessage', { message: '' }, 'message'],
    ['AddResponder', { responder: {} }, 'responder'],
  ])('%s refuses %j for its %s', (action, body, field) => {
    const act = read(action, body);
    expect(act).toMatchObject({ ok: false, kind: 'fields', errors: { [field]: expect.any(String) } });
  });
});

test.each([
  ['2026-11-21T10:00:00Z'],
  ['2026-11-21T10:00:00.000+0000'],
  ['2026-11-21T12:00:00+02:00'],
  ['2026-11-21T10:00:00'],
  ['2026-11-21T10:00Z'],
])('a snooze until %s', (endTime) => {
  const act = read('Snooze', { endTime });
  if ('ok' in act || act.deed.kind !== 'snooze') throw new Error(JSON.stringify(act));
  expect(act.deed.until.toString()).toBe('2026-11-21T10:00:00Z');
});

test('a custom action is noted by its name', () => {
  expect(read('CustomAction', null, '', { name: 'Restart' })).toMatchObject({
    deed: { kind: 'nothing' },
    note: 'Custom action “Restart” was asked for.',
  });
});

test('a short id is a number that leads back to its alert', () => {
  const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));
  const newId = createIds(clock);
  for (let i = 0; i < 100; i += 1) {
    const id = newId();
    const [first, last] = idsOfTiny(tinyIdOf(id)) as readonly [string, string];
    expect(first <= id && id <= last).toBe(true);
    expect(Number.isSafeInteger(Number(tinyIdOf(id)))).toBe(true);
  }
  fc.assert(fc.property(fc.string(), (text) => idsOfTiny(text) === null || /^\d+$/.test(text)));
});
