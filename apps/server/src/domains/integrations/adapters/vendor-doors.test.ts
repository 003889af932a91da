import { describe, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { Overloaded } from '#platform/group-commit';
import type { DoorRequest, VendorDoor } from '#platform/http/door';
import { createIds } from '#platform/ids';
import type { OpsgenieDoorsDeps } from './opsgenie-doors.ts';
import { heartbeatSlug, opsgenieDoors } from './opsgenie-doors.ts';
import { slackInDoors } from './slack-in-doors.ts';
import { victoropsDoors } from './victorops-doors.ts';

const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));
const kinds = { good: 'opsgenie', vo: 'victorops', sl: 'slack' } as Record<string, string>;

/** Doors over an intake that fails by this. */
function doors(failure: unknown, more: Partial<OpsgenieDoorsDeps> = {}): readonly VendorDoor[] {
  const integrations = {
    byKey: (key: string) => (kinds[key] ? { id: 'i', name: 'I', kind: kinds[key], teamId: null } : null),
    take: async () => {
      throw failure;
    },
  };
  const deps = {
    clock,
    newId: createIds(clock),
    integrations,
    onRefused: () => {},
    pages: { act: async () => 'done' },
    db: {},
    ...more,
  } as unknown as OpsgenieDoorsDeps;
  return [...opsgenieDoors(deps), ...victoropsDoors(deps), ...slackInDoors(deps)];
}

function ask(all: readonly VendorDoor[], url: string, request: Partial<DoorRequest>, method = 'POST') {
  const door = all.find((one) => one.url === url && one.method === method);
  if (!door) throw new Error(`there is no door ${url}`);
  const whole: DoorRequest = {
    ...{ params: {}, query: new URLSearchParams(), headers: {}, body: Buffer.from('{}'), address: '::1' },
    ...request,
  };
  return door.handle(whole);
}

const json = (body: object) => Buffer.from(JSON.stringify(body));
const opsgenie = { headers: { authorization: 'GenieKey good' }, body: json({ message: 'm' }) };
const victorops = { params: { key: 'vo' }, body: json({ message_type: 'CRITICAL', entity_id: 'e' }) };
const slack = { params: { key: 'sl' }, body: json({ text: 'x' }) };
const VICTOROPS = '/integrations/generic/20131114/alert/:key/:routingKey';

describe('a sender that cannot be served just now is told to come again, in its protocol’s form', () => {
  const overloaded = doors(new Overloaded('full'));
  const gone = doors(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
  test.each([
    ['/v2/alerts', opsgenie, /"took":0,"requestId":"[^"]+"/],
    [VICTOROPS, victorops, /"result":"failure"/],
    ['/services/:key', slack, /^service_unavailable$/],
  ])('%s', async (url, request, form) => {
    for (const all of [overloaded, gone])
      expect(await ask(all, url, request)).toMatchObject({
        status: 503,
        headers: { 'retry-after': '2' },
        body: expect.stringMatching(form),
      });
  });
});

test('a key of another kind opens nothing', async () => {
  const all = doors(null);
  expect(await ask(all, '/v2/alerts', { headers: { authorization: 'GenieKey vo' } })).toMatchObject({ status: 401 });
  expect(await ask(all, '/v2/alerts', { headers: { authorization: 'Bearer good' } })).toMatchObject({ status: 401 });
  expect(await ask(all, VICTOROPS, { params: { key: 'good' } })).toMatchObject({ status: 401 });
  expect(await ask(all, '/services/:key', { params: { key: 'vo' } })).toMatchObject({ status: 403 });
});

test('trouble of ours is not taken for the sender’s fault', async () => {
  await expect(ask(doors(new Error('bug')), '/v2/alerts', opsgenie)).rejects.toThrow('bug');
});

describe('a heartbeat by Opsgenie’s API', () => {
  const asked: unknown[] = [];
  const pingHeartbeat = async (...wish: readonly unknown[]) => {
    asked.push(wish.slice(0, 2));
    return wish[1] === 'nightly';
  };
  const all = doors(null, { pingHeartbeat });
  const ping = (name: string, method: string) =>
    ask(all, '/v2/heartbeats/:name/ping', { ...opsgenie, params: { name } }, method);

  test.each(['POST', 'GET', 'PUT', 'PATCH'])(
    'is taken by %s, and unknown to its sender where nobody made it',
    async (method) => {
      expect(await ping('nightly', method)).toMatchObject({ status: 202, body: expect.stringContaining('PONG') });
      expect(asked.at(-1)).toEqual(['i', 'nightly']);
      expect(await ping('daily', method)).toMatchObject({ status: 404, body: expect.stringContaining('"requestId"') });
    },
  );
});

test.each([
  ['nightly-backup', 'nightly-backup'],
  ['Nightly  Backup!', 'nightly-backup'],
  ['db.backup_1', 'db.backup_1'],
  ['__proto__', 'proto__'],
  ['  ', ''],
  ['x'.repeat(300), 'x'.repeat(80)],
])('the heartbeat %j has the address %j', (name, slug) => expect(heartbeatSlug(name)).toBe(slug));
