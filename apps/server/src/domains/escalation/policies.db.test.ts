import { describe, expect, test } from 'vitest';
import { person } from '#platform/http/testkit';
import { createTestDatabase } from '../../../test/harness/database.ts';
import { bo, name, newId, useWorld, world } from './db-testkit.ts';
import { T0 } from './testkit.ts';

useWorld(createTestDatabase);

describe('policies', () => {
  const change = { actor: { kind: 'system', name: 'x' }, now: T0 } as const;
  const draft = () => ({
    name: 'Checkout',
    teamId: null,
    rounds: 1,
    repeatIntervalSeconds: 600,
    ackTimeoutSeconds: 600,
    steps: [{ delaySeconds: 60, targets: [{ kind: 'user' as const, id: bo }] }],
  });

  test('are refused for faults of shape only, all at once, with their paths', async () => {
    const bad = {
      ...draft(),
      name: ' ',
      rounds: 0,
      steps: [
        { delaySeconds: 60, targets: [] },
        { delaySeconds: -1, targets: [{ kind: 'user' as const, id: newId() }] },
      ],
    };
    await expect(world.escalation.policies.create(bad, change)).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    const paths = world.escalation.policies.check(bad, T0).faults.map((fault) => fault.path);
    expect(paths).toEqual(['name', 'rounds', 'steps.0.targets', 'steps.1.delaySeconds', 'steps.1.targets.0']);
  });

  test('are saved with warnings when somebody cannot be reached', async () => {
    world.unreachable = new Set([bo]);
    const policy = await world.escalation.policies.create(draft(), change);
    expect(world.escalation.policies.check(policy, T0).warnings.map((warning) => warning.kind)).toEqual([
      'person-unreachable',
      'step-reaches-nobody',
      'reaches-no-person',
    ]);
  });

  test('change only from the version that was read, and every process sees it', async () => {
    const policy = await world.escalation.policies.create(draft(), change);
    const changed = await world.escalation.policies.update(policy.id, { ...draft(), rounds: 5, version: 1 }, change);
    expect(changed.version).toBe(2);
    expect(await world.escalation.policies.get(policy.id)).toEqual(changed);
    await expect(world.escalation.policies.update(policy.id, { ...draft(), version: 1 }, change)).rejects.toMatchObject(
      {
        code: 'VERSION_CONFLICT',
      },
    );
    expect(world.log).toEqual(['policy.created', 'policy.changed']);
  });

  test('are not archived while a service uses them', async () => {
    const policy = await world.escalation.policies.create(draft(), change);
    await world.db.paging
      .insertInto('services')
      .values({ id: newId(), key: 'checkout', name: 'Checkout', policy_id: policy.id, created_at: T0, updated_at: T0 })
      .execute();
    await expect(world.escalation.policies.archive(policy.id, change)).rejects.toMatchObject({ code: 'POLICY_IN_USE' });
    await world.db.paging.updateTable('services').set({ policy_id: null }).where('policy_id', '=', policy.id).execute();
    await world.escalation.policies.archive(policy.id, change);
    await expect(world.escalation.policies.get(policy.id)).rejects.toMatchObject({ code: 'POLICY_NOT_FOUND' });
  });

  test('the last resort is no manager’s, whatever their team', async () => {
    const actor = person('manager', { teamIds: [newId()] });
    const saved = world.escalation.policies.saveLastResort([{ kind: 'user', id: bo }], { actor, now: T0 });
    await expect(saved).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('are simulated by the functions that page, last resort and repetition included', async () => {
    const { moments } = await world.escalation.policies.simulate(world.policyId, {
      at: T0,
      urgency: 'high',
      severity: 1,
    });
    expect(
      moments.map((moment) => [
        moment.afterSeconds,
        ...moment.calls.flatMap((call) => call.users.map((callee) => name(callee.userId))),
      ]),
    ).toEqual([
      [0, 'ann'],
      [300, 'bo'],
      [600, 'ann'],
      [900, 'bo'],
      [1200, 'duty'],
      [3000, 'bo'],
      [4800, 'bo'],
    ]);
  });
});
