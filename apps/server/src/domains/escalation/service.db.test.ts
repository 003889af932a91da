import { type KyselyPlugin, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { DueGroup } from '#alerts';
import { raiseConfigVersion } from '#platform/config-cache';
import { inTransaction } from '#platform/db';
import { createTestDatabase } from '../../../test/harness/database.ts';
import {
  ann,
  bo,
  cy,
  decide,
  due,
  duty,
  ledgerOf,
  names,
  newId,
  opened,
  openGroup,
  runOf,
  untilSomebodyWaits,
  useWorld,
  world,
} from './db-testkit.ts';
import { at, T0 } from './testkit.ts';

useWorld(createTestDatabase);

describe('deciding groups', () => {
  test('starts a run, calls the first step, arms the one wake-up and writes the ledger', async () => {
    const id = await openGroup();
    const runs = await decide([due(id, 0)], 0);
    expect(runs.get(id)).toEqual(at(300));
    expect(world.log).toEqual(['0.0 ann']);
    const stored = await runOf(id);
    expect(stored).toMatchObject({ groupId: id, run: { phase: 'escalating', round: 0, step: 0, version: 1 } });
    expect([stored?.run.wakeAt, stored?.run.startedAt]).toEqual([at(300), T0]);
    expect(await ledgerOf(id)).toEqual(['run-started', 'called']);
  });

  test('tells the followers what the flush found and what was decided, in order and as the page stands now', async () => {
    const id = await openGroup();
    await decide([due(id, 0)], 0);
    expect(world.happened.map(({ groupId, fact, standing }) => [groupId, fact.kind, standing?.firing])).toEqual([
      [id, 'opened', 1],
      [id, 'run-started', 1],
      [id, 'called', 1],
    ]);
    world.happened = [];
    await world.escalation.act(id, at(10), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
    await world.escalation.act(id, at(11), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
    expect(world.happened.map(({ fact, standing }) => [fact.kind, fact.payload['by'], standing])).toEqual([
      ['acknowledged', bo, null],
    ]);
  });

  test('takes the same number of statements for fifty groups as for one', async () => {
    const count = async (ids: readonly string[], seconds: number, change?: DueGroup['change'] | null) => {
      let statements = 0;
      const plugin: KyselyPlugin = {
        transformQuery: ({ node }) => {
          statements += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      await decide(
        ids.map((id) => due(id, seconds, change, change === null ? at(300) : null)),
        seconds,
        plugin,
      );
      return statements;
    };
    const many: string[] = [];
    for (let i = 0; i < 50; i += 1) many.push(await openGroup());
    const one = [await openGroup()];
    expect(await count(many, 0)).toBe(await count(one, 0));
    expect(await count(many, 300, null)).toBe(await count(one, 300, null));
    expect(world.log.filter((line) => line === '0.1 bo')).toHaveLength(51);
  });

  test('stores a whole run so that the next wake-up goes on from it', async () => {
    const id = await opened();
    const told = [];
    for (const seconds of [300, 600, 900, 1200, 3000, 4800]) {
      await decide([due(id, seconds, null, at(seconds))], seconds);
      told.push(...world.log.splice(0));
    }
    expect(told).toEqual(['0.1 bo', '1.0 ann', '1.1 bo', '1.2 duty', '2.1 bo', '3.1 bo']);
  });

  test('ends the held run and starts its successor in one transaction when a first of its kind joins', async () => {
    const id = await opened();
    await world.escalation.act(id, at(10), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
    world.log = [];
    const runs = await decide([due(id, 60, { cause: 'joined', newKinds: ['db/Disk'] }, at(1810))], 60);
    expect(world.log).toEqual(['0.-2 bo']);
    expect(runs.get(id)).toEqual(at(360));
    const rows = await world.db.paging
      .selectFrom('escalation_runs')
      .select(['live', 'phase', 'end_reason'])
      .where('group_id', '=', id)
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { live: false, phase: 'ended', end_reason: { kind: 'superseded' } },
      { live: true, phase: 'escalating', end_reason: null },
    ]);
  });

  test('resolve ends the run, cancels over all runs of the page and leaves no wake-up', async () => {
    const id = await opened();
    const runs = await decide([due(id, 60, { cause: 'all-resolved', firing: 0 }, at(300))], 60);
    expect(runs.get(id)).toBeNull();
    expect(world.log).toEqual(['cancel 1 resolved', 'resolved 1']);
    expect(await runOf(id)).toMatchObject({ run: { phase: 'ended', wakeAt: null, endReason: { kind: 'resolved' } } });
  });

  test('leaves nothing behind when the calls cannot be queued', async () => {
    const id = await openGroup();
    world.failPages = true;
    await expect(decide([due(id, 0)], 0)).rejects.toThrow('went away');
    expect(await runOf(id)).toBeUndefined();
    expect(await ledgerOf(id)).toEqual([]);
  });

  test('calls nobody for a route that does not page', async () => {
    const id = await openGroup();
    const group = due(id, 0);
    const runs = await decide([{ ...group, options: { ...group.options, mode: 'record' } }], 0);
    expect([runs.get(id), world.log]).toEqual([null, []]);
  });

  test('calls the last resort at once when the route names a policy that is gone', async () => {
    const id = await openGroup();
    const group = due(id, 0);
    await decide([{ ...group, options: { ...group.options, policy: { kind: 'policy', id: newId() } } }], 0);
    expect(world.log).toEqual(['0.0 duty']);
  });

  test('raises an alarm when nobody at all can be reached', async () => {
    world.unreachable = new Set(names.keys());
    await decide([due(await openGroup(), 0)], 0);
    expect(world.log).toEqual(['alarm nobody-at-all']);
  });
});

describe("people's acts", () => {
  test('an acknowledge cancels, re-arms the wake-up and raises the version of the page in one commit', async () => {
    const id = await opened();
    const result = await world.escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(result).toMatchObject({ outcome: 'changed', run: { run: { phase: 'acknowledged', holderId: ann } } });
    expect(world.log).toEqual(['cancel 1 acknowledged']);
    const group = await world.db.paging
      .selectFrom('alert_groups')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect([group.run_at, group.wake_at, group.last_event_at, group.version]).toEqual([at(1890), at(1890), at(90), 2]);
    expect((await runOf(id))?.run).toEqual(result.run?.run);
    const hint = await world.db.paging
      .selectFrom('hints')
      .selectAll()
      .where('ref', '=', id)
      .orderBy('id', 'desc')
      .executeTakeFirst();
    expect(hint).toMatchObject({ kind: 'page', version: 2 });
  });

  test('an act is never dated before the last event of its page', async () => {
    const id = await opened();
    await sql`UPDATE alert_groups SET last_event_at = ${at(100)} WHERE id = ${id}`.execute(world.db.paging);
    const result = await world.escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(result.run?.run.acknowledgedAt).toEqual(at(100));
  });

  test('waits for whoever holds the page, and is decided by what they did', async () => {
    const id = await opened();
    const { acting } = await inTransaction(world.db.paging, async (trx) => {
      await sql`SELECT id FROM alert_groups WHERE id = ${id} FOR UPDATE`.execute(trx);
      const held = {
        phase: 'acknowledged',
        holder_id: ann,
        acknowledged_by: ann,
        acknowledged_at: at(80),
        quiet_until: at(1880),
      };
      await trx.updateTable('escalation_runs').set(held).where('group_id', '=', id).execute();
      const acting = world.escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: bo, at: now }));
      await untilSomebodyWaits();
      return { acting };
    });
    expect((await acting).reasons).toEqual([{ kind: 'helper-joined', first: ann, firstAt: at(80), helper: bo }]);
  });

  test('of acknowledges at the same moment one is first and the others help', async () => {
    const id = await opened();
    const people = [ann, bo, cy, duty];
    const results = await Promise.all(
      people.map((by) => world.escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by, at: now }))),
    );
    const kinds = results.map((result) => result.reasons[0]?.kind ?? '').sort();
    expect(kinds).toEqual(['acknowledged', 'helper-joined', 'helper-joined', 'helper-joined']);
    expect(new Set(results.map((result) => result.run?.run.acknowledgedBy)).size).toBe(1);
  });

  test('a refused wish changes nothing', async () => {
    const id = await opened();
    world.unreachable = new Set([cy]);
    const before = await runOf(id);
    const result = await world.escalation.act(id, at(90), () => ({ kind: 'reassign', to: cy, by: ann }));
    expect(result.outcome).toBe('refused');
    expect(await runOf(id)).toEqual(before);
    expect(world.log).toEqual([]);
  });

  test('an act on a page that does not exist says so', async () => {
    await expect(world.escalation.act(newId(), at(0), () => ({ kind: 'escalate-now', by: ann }))).rejects.toMatchObject(
      {
        code: 'PAGE_NOT_FOUND',
      },
    );
  });

  test('a held page is not wanted by a sender any more, an added responder is', async () => {
    const id = await opened();
    const runId = (await runOf(id))?.id ?? '';
    const pages = [
      { runId, reason: { kind: 'policy-step' } },
      { runId, reason: { kind: 'responder-added' } },
    ];
    expect(await world.escalation.stillWanted(pages)).toEqual([true, true]);
    await world.escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(await world.escalation.stillWanted(pages)).toEqual([false, true]);
    expect(await world.escalation.stillWanted([{ runId: newId(), reason: { kind: 'policy-step' } }])).toEqual([true]);
  });

  test('a call whose every method failed is passed over once, for the newest run only', async () => {
    const id = await opened();
    const runId = (await runOf(id))?.id ?? '';
    const call = { groupId: id, runId, round: 0, step: 0, because: 'policy-step' as const };
    expect((await world.escalation.callFailed({ ...call, runId: newId() }, at(20))).outcome).toBe('unchanged');
    expect((await world.escalation.callFailed(call, at(20))).run?.run.wakeAt).toEqual(at(320));
    expect((await world.escalation.callFailed(call, at(21))).outcome).toBe('unchanged');
    expect(world.log).toEqual(['0.1 bo']);
  });

  test('a resolve by hand is in the ledger with who did it', async () => {
    const id = await opened();
    expect(await world.escalation.resolve(id, ann, at(5))).toBe(2);
    expect(await ledgerOf(id)).toContain('resolved-by-hand');
  });

  test('an act that finds a newer configuration under its lock is decided again by that one', async () => {
    const id = await opened();
    await inTransaction(world.db.paging, raiseConfigVersion);
    world.refreshes = 0;
    world.skipRefreshes = 1;
    await world.escalation.act(id, at(90), (now) => ({ kind: 'acknowledge', by: ann, at: now }));
    expect(world.refreshes).toBe(2);
    expect((await runOf(id))?.configVersion).toBe(world.config.version());
  });
});
