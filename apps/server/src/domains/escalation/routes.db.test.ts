import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/harness/database.ts';
import { ann, bo, cy, duty, opened, openGroup, useWorld, world } from './db-testkit.ts';
import { escalationRoutes } from './routes.ts';
import { at, T0 } from './testkit.ts';

useWorld(createTestDatabase);

describe('routes', () => {
  const person = {
    kind: 'user',
    userId: ann,
    name: 'Ann',
    role: 'admin',
    teamIds: [],
    via: 'session',
    scopes: null,
  };

  /** Calls a route as the HTTP edge does: the body through its schema, the answer through the declared one. */
  async function call(
    method: string,
    url: string,
    input: {
      readonly id?: string;
      readonly body?: unknown;
      readonly query?: unknown;
      readonly actor?: unknown;
      readonly seconds?: number;
    } = {},
  ) {
    const route = escalationRoutes(world.escalation).find((one) => one.method === method && one.url === url);
    if (route === undefined) throw new Error(`no route ${method} ${url}`);
    const request = {
      params: { id: input.id },
      query: route.query?.parse(input.query ?? {}),
      body: route.body?.parse(input.body),
      actor: input.actor ?? person,
      now: at(input.seconds ?? 0),
    };
    const answer = await route.handle(request as never);
    return route.answers[answer.status]?.parse(JSON.parse(JSON.stringify(answer.body))) as Record<string, unknown>;
  }

  test('answer an acknowledge, a second one and a late one in the declared shape, none as an error', async () => {
    const id = await opened();
    const acknowledge = (seconds: number, actor?: unknown) =>
      call('POST', '/api/v1/pages/:id/acknowledge', { id, seconds, actor });
    expect(await acknowledge(10)).toMatchObject({
      outcome: 'changed',
      run: { phase: 'acknowledged', holderId: ann, wakeAt: at(1810).toString() },
    });
    expect(await acknowledge(20, { ...person, userId: bo })).toMatchObject({
      reasons: [{ kind: 'helper-joined', first: ann }],
    });
    expect(await acknowledge(30)).toMatchObject({ outcome: 'unchanged', reasons: [{ kind: 'already-acknowledged' }] });
    await call('POST', '/api/v1/pages/:id/end', { id, seconds: 40 });
    expect(await acknowledge(50)).toMatchObject({
      outcome: 'unchanged',
      reasons: [{ kind: 'already-ended' }],
      run: { phase: 'ended', wakeAt: null },
    });
  });

  test('answer every other act in the declared shape', async () => {
    const id = await opened();
    for (const [name, body] of Object.entries({
      snooze: { forSeconds: 600 },
      unacknowledge: undefined,
      escalate: undefined,
      reassign: { userId: cy },
      responders: { userId: bo },
    })) {
      expect(await call('POST', `/api/v1/pages/:id/${name}`, { id, body })).toMatchObject({
        outcome: 'changed',
        pageId: id,
      });
    }
    expect(await call('POST', '/api/v1/pages/:id/resolve', { id })).toEqual({ pageId: id, resolved: 2 });
  });

  test('refuse with a stable code what cannot be granted', async () => {
    const id = await opened();
    world.unreachable = new Set([cy]);
    const post = (act: string, input: Parameters<typeof call>[2]) => () =>
      call('POST', `/api/v1/pages/:id/${act}`, input);
    const ended = await opened();
    await post('end', { id: ended })();
    world.log = [];
    const refused = [
      [post('reassign', { id, body: { userId: cy } }), 'PERSON_UNREACHABLE'],
      [post('snooze', { id, body: { until: T0.toString() } }), 'SNOOZE_INVALID'],
      [post('acknowledge', { id, actor: { kind: 'system', name: 'x' } }), 'ACTOR_NOT_A_PERSON'],
      [post('acknowledge', { id: await openGroup() }), 'PAGE_NOT_CALLING'],
      [post('escalate', { id: ended }), 'PAGE_NOT_CALLING'],
    ] as const;
    for (const [wish, code] of refused) await expect(wish()).rejects.toMatchObject({ code });
    expect(world.log).toEqual([]);
  });

  test('answer policies, their simulation and the last resort in the declared shape', async () => {
    const body = { name: 'By wire', steps: [{ delaySeconds: 0, targets: [{ kind: 'user', id: bo }] }] };
    const made = (await call('POST', '/api/v1/policies', { body })) as { policy: { id: string } };
    const id = made.policy.id;
    expect(made).toMatchObject({
      policy: { rounds: 3, version: 1 },
      warnings: [{ kind: 'round-wait-raised', toSeconds: 60 }],
    });
    expect(await call('GET', '/api/v1/policies/:id', { id })).toEqual(made);
    expect(await call('POST', '/api/v1/policies/check', { body: { ...body, steps: [] } })).toMatchObject({
      faults: [{ path: 'steps' }],
    });
    const simulated = await call('GET', '/api/v1/policies/:id/simulate', {
      id,
      query: { at: '2026-10-25T02:30:00+01:00' },
    });
    expect(simulated).toMatchObject({
      policyId: id,
      moments: [
        { afterSeconds: 0, at: '2026-10-25T01:30:00Z', calls: [{ users: [{ userId: bo }] }] },
        {},
        {},
        {},
        {},
        {},
      ],
    });
    expect(await call('PUT', '/api/v1/escalation/last-resort', { body: { targets: [] } })).toMatchObject({
      warnings: [{ kind: 'last-resort-reaches-no-person' }],
    });
    const resort = { targets: [{ kind: 'user', id: duty }] };
    await call('PUT', '/api/v1/escalation/last-resort', { body: resort });
    expect(await call('GET', '/api/v1/escalation/last-resort')).toEqual({ ...resort, warnings: [] });
    expect(
      await call('PUT', '/api/v1/policies/:id', { id, body: { ...body, name: 'Renamed', version: 1 } }),
    ).toMatchObject({ policy: { name: 'Renamed', version: 2 } });
    expect(await call('DELETE', '/api/v1/policies/:id', { id })).toBeUndefined();
  });
});
