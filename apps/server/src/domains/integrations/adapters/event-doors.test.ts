import { expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { Overloaded } from '#platform/group-commit';
import { createHttpServer } from '#platform/http/server';
import { createIds } from '#platform/ids';
import { testDeps } from '../../../platform/http/testkit.ts';
import { cloudeventsDoors } from './cloudevents-doors.ts';
import { githubDoors } from './github-doors.ts';
import { pagerdutyDoors } from './pagerduty-doors.ts';

const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));
const PAGERDUTY = '/v2/enqueue';
const V1 = '/generic/2010-04-15/create_event.json';
const [GITHUB, CLOUDEVENTS] = ['/webhooks/github/github', '/cloudevents/cloudevents'];

/** The doors behind the real HTTP edge, over a store that fails by this. */
function server(failure: unknown) {
  const fails = async () => {
    throw failure;
  };
  const deps = {
    clock,
    newId: createIds(clock),
    integrations: { byKey: (kind: string) => ({ id: 'i', name: 'I', kind }), secretOf: () => [], take: fails },
    onRefused: () => {},
    pages: { act: fails },
    changes: { record: fails },
    payloads: { wasTaken: async () => false, noteTaken: fails },
  } as never;
  const doors = [...pagerdutyDoors(deps), ...githubDoors(deps), ...cloudeventsDoors(deps)];
  return createHttpServer({ routes: [], doors }, testDeps({ clock }));
}

const key = { routing_key: 'pagerduty', service_key: 'pagerduty' };
const payload = { summary: 'x', source: 'y', severity: 'info' };
const CASES: readonly (readonly [string, string, object, RegExp])[] = [
  ['a trigger', PAGERDUTY, { ...key, event_action: 'trigger', payload }, /"status":"error".*"errors":\[/],
  ['an acknowledge', PAGERDUTY, { ...key, event_action: 'acknowledge', dedup_key: 'k' }, /"errors":\[/],
  ['a change', '/v2/change/enqueue', { ...key, payload }, /"errors":\[/],
  ['version 1', V1, { ...key, event_type: 'trigger', description: 'x' }, /"errors":\[/],
  ['a push', GITHUB, { after: 'a1' }, /^\{"message":/],
  ['an event', CLOUDEVENTS, { specversion: '1.0', id: '1', source: 's', type: 't' }, /^\{"error":/],
];

test.each(CASES)(
  '%s that cannot be stored just now is told to come again, in its own form',
  async (_, url, body, form) => {
    for (const failure of [new Overloaded('full'), Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })]) {
      const answer = await (await server(failure)).inject({
        method: 'POST',
        url,
        headers: {
          'content-type': url === CLOUDEVENTS ? 'application/cloudevents+json' : 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': 'guid',
        },
        payload: JSON.stringify(body),
      });
      expect([answer.statusCode, answer.body]).toEqual([503, expect.stringMatching(form)]);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
  },
);
