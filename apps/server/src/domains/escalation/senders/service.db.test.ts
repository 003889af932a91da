import type { PageActs } from '#integrations';
import { json } from '#platform/db';
import { beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/harness/database.ts';
import { ann, bo, decide, due, ledgerOf, newId, opened, runOf, useWorld, world } from '../db-testkit.ts';
import { at, T0 } from '../testkit.ts';
import { createPageActs } from './service.ts';

useWorld(createTestDatabase);

const integrationId = newId();
const from = (seconds: number) => ({ by: 'Checkout tool', now: at(seconds) });
let acts: PageActs;
beforeAll(() => {
  acts = createPageActs(world);
});

/** An alert that is in these groups, by an identity of its own. */
async function alertIn(groupIds: readonly string[], status: 'firing' | 'resolved' = 'firing') {
  const id = newId();
  const identity = id.replaceAll('-', '').repeat(2);
  await world.db.paging
    .insertInto('alerts')
    .values({
      id,
      integration_id: integrationId,
      identity: Buffer.from(identity, 'hex'),
      status,
      current: true,
      kind: 'checkout/Errors',
      title: 'Checkout fails',
      severity: 2,
      labels: json({}),
      annotations: json({}),
      starts_at: T0,
      ends_at: T0,
      ends_at_is_timeout: false,
      opened_at: T0,
      last_seen_at: T0,
      group_ids: [...groupIds],
      routing: json([]),
    })
    .execute();
  return { integrationId, identity };
}

test('acknowledges every live page of the alert, cancels what is queued and leaves the pages without a holder', async () => {
  const [one, two] = [await opened(), await opened()];
  const other = await opened();
  const alert = await alertIn([one, two]);
  expect(await acts.act(alert, { kind: 'acknowledge' }, from(90))).toBe('done');
  for (const id of [one, two]) {
    const run = (await runOf(id))?.run;
    expect([run?.phase, run?.holderId, run?.acknowledgedBy, run?.wakeAt]).toEqual([
      'acknowledged',
      null,
      integrationId,
      at(1890),
    ]);
  }
  expect((await runOf(other))?.run.phase).toBe('escalating');
  expect(world.log).toEqual(['cancel 1 acknowledged', 'cancel 1 acknowledged']);
  const fact = await world.db.paging
    .selectFrom('page_events')
    .select('payload')
    .where('subject', '=', one)
    .where('kind', '=', 'acknowledged')
    .executeTakeFirstOrThrow();
  expect(fact.payload).toMatchObject({ by: integrationId, sender: 'Checkout tool' });
});

test('a first of its kind calls by the policy afterwards, and a person takes over what a sender acknowledged', async () => {
  const id = await opened();
  await acts.act(await alertIn([id]), { kind: 'acknowledge' }, from(90));
  world.log = [];
  await decide([due(id, 120, { newKinds: ['db/Disk'] }, at(1890))], 120);
  expect(world.log).toEqual(['0.0 ann']);
  await acts.act(await alertIn([id]), { kind: 'acknowledge' }, from(130));
  await world.escalation.act(id, at(140), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
  expect((await runOf(id))?.run).toMatchObject({ holderId: bo, acknowledgedBy: bo });
});

test('gives back, snoozes, escalates and reassigns', async () => {
  const id = await opened();
  const alert = await alertIn([id]);
  const phases: unknown[] = [];
  const until = at(7200);
  for (const act of [
    { kind: 'acknowledge' },
    { kind: 'unacknowledge' },
    { kind: 'snooze', until },
    { kind: 'escalate' },
    { kind: 'reassign', userId: ann },
  ] as const) {
    expect(await acts.act(alert, act, from(100))).toBe('done');
    phases.push((await runOf(id))?.run.phase);
  }
  expect(phases).toEqual(['acknowledged', 'escalating', 'snoozed', 'escalating', 'escalating']);
  expect((await runOf(id))?.run.holderId).toBe(ann);
});

test('calls one more person, by the sender’s name, and says what no page does', async () => {
  const id = await opened();
  const alert = await alertIn([id]);
  world.log = [];
  expect(await acts.act(alert, { kind: 'add-responder', userId: bo }, from(100))).toBe('done');
  expect(world.log).toEqual(['0.-3 bo']);
  const { payload } = await world.db.paging
    .selectFrom('page_events')
    .select('payload')
    .where('subject', '=', id)
    .where('kind', '=', 'responder-added')
    .executeTakeFirstOrThrow();
  expect(payload).toMatchObject({ user: bo, sender: 'Checkout tool' });
  for (const act of [
    { kind: 'add-responder', userId: newId() },
    { kind: 'reassign', userId: newId() },
    { kind: 'snooze', until: at(100) },
  ] as const)
    expect(await acts.act(alert, act, from(200))).toBe('refused');
});

test('a note stands in the ledger and moves nothing; a NUL in it is replaced', async () => {
  const id = await opened();
  const before = await runOf(id);
  expect(await acts.act(await alertIn([id]), { kind: 'note', text: 'Rolled\0back' }, from(100))).toBe('done');
  expect(await runOf(id)).toEqual(before);
  expect((await ledgerOf(id)).at(-1)).toBe('noted');
});

test('says when no alert fires or none of its pages calls', async () => {
  const id = await opened();
  const firing = await alertIn([id]);
  expect(await acts.act({ ...firing, integrationId: newId() }, { kind: 'acknowledge' }, from(5))).toBe('no-open-alert');
  expect(await acts.act(await alertIn([id], 'resolved'), { kind: 'acknowledge' }, from(5))).toBe('no-open-alert');
  await world.escalation.act(id, at(10), () => ({ kind: 'end', by: ann }));
  expect(await acts.act(firing, { kind: 'acknowledge' }, from(20))).toBe('no-page');
  expect(await acts.act(await alertIn([]), { kind: 'note', text: 'x' }, from(20))).toBe('no-page');
});
