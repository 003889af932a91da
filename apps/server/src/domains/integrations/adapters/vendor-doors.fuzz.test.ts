import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanAnnotations, cleanLabels, type InboundEvent } from '#alerts';
import { createManualClock } from '#platform/clock';
import type { DoorRequest, VendorDoor } from '#platform/http/door';
import { createIds } from '#platform/ids';
import { bytes, storableOnly } from './hostile-testkit.ts';
import { opsgenieActs, readAct } from './opsgenie-acts.ts';
import type { OpsgenieDoorsDeps } from './opsgenie-doors.ts';
import { opsgenieDoors } from './opsgenie-doors.ts';
import { readSearch } from './opsgenie-query.ts';
import { fieldsOf, textOf } from './opsgenie-text.ts';
import { slackInDoors } from './slack-in-doors.ts';
import { victoropsDoors } from './victorops-doors.ts';

/** Bodies a door. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));

const deps = {
  clock,
  newId: createIds(clock),
  integrations: {
    byKey: (key: string) => ({ id: 'i', name: 'I', kind: key, teamId: null }),
    take: async (_integration: unknown, events: readonly InboundEvent[]) => {
      storableOnly(events);
      return [];
    },
  },
  onRefused: () => {},
  onStatusLost: () => {},
  pages: { act: async () => 'done' },
  amending: { amend: async () => true },
  // No database: what became of a request is not kept, and nothing is found.
  db: {},
} as unknown as OpsgenieDoorsDeps;
const doors = [...opsgenieDoors(deps), ...victoropsDoors(deps), ...slackInDoors(deps)];

const GOOD = {
  '/v2/alerts': {
    message: 'm',
    alias: 'a',
    description: 'd',
    tags: ['x', 'y'],
    details: { k: 'v', n: 1, __proto__x: 'z' },
    responders: [{ type: 'team', name: 'Ops' }],
    priority: 'P1',
    entity: 'e',
    source: 'https://x.test/',
    note: 'n',
    actions: ['Restart'],
  },
  '/integrations/generic/20131114/alert/:key/:routingKey': {
    message_type: 'CRITICAL',
    entity_id: 'e',
    entity_display_name: 'Disk',
    state_message: 'full',
    state_start_time: 1_795_255_000,
    host_name: 'h',
    extra: { a: [1] },
  },
  '/services/:key': {
    channel: '#c',
    username: 'u',
    text: 't',
    attachments: [
      {
        title: '[FIRING:1] Disk (h1)',
        title_link: 'https://x.test/',
        color: 'danger',
        fields: [{ title: 'severity', value: 'critical' }],
      },
    ],
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x' } }],
  },
} as const;

const request = (body: Buffer, kind: string, contentType: string): DoorRequest => ({
  params: { key: kind, routingKey: 'rk' },
  query: new URLSearchParams(),
  headers: { authorization: `GenieKey ${kind}`, 'content-type': contentType },
  body,
  address: '::1',
});

async function answered(door: VendorDoor, kind: string, body: Buffer, contentType = 'application/json') {
  const answer = await door.handle(request(body, kind, contentType));
  expect(answer.status === 200 || answer.status === 202 || (answer.status >= 400 && answer.status < 500)).toBe(true);
  if (kind === 'slack') expect(answer.body).toMatch(/^[a-z_]+$/);
  else
    expect(JSON.parse(answer.body ?? '')).toMatchObject(
      kind === 'opsgenie' ? { requestId: expect.any(String) } : { result: expect.any(String) },
    );
}

describe('whatever is sent is answered in the protocol’s form, and what is taken can be stored', () => {
  test.each(Object.entries(GOOD))('%s', async (url, good) => {
    const door = doors.find((one) => one.url === url && one.method === 'POST') as VendorDoor;
    const kind = url.startsWith('/v2') ? 'opsgenie' : url.startsWith('/services') ? 'slack' : 'victorops';
    const whole = Buffer.from(JSON.stringify(good));
    for (let at = 0; at <= whole.length; at += 1) await answered(door, kind, whole.subarray(0, at));
    const form = (body: Buffer) => Buffer.from(new URLSearchParams({ payload: body.toString() }).toString());
    await fc.assert(
      fc.asyncProperty(bytes(good), fc.boolean(), async (body, asForm) => {
        if (asForm && kind === 'slack') await answered(door, kind, form(body), 'application/x-www-form-urlencoded');
        else await answered(door, kind, body);
      }),
      { numRuns },
    );
  });

  test('acts on an Opsgenie alert, and edits of it', () => {
    const good = {
      ...{ note: 'n', user: 'u', tags: ['x'], keys: ['k'], details: { k: 'v' }, priority: 'P1', message: 'm' },
      ...{ description: 'd', owner: { username: 'o' }, endTime: '2026-11-21T10:00:00Z' },
      ...{ team: { name: 'Ops' }, responder: { type: 'user', id: 'u' } },
    };
    const query = fc.dictionary(fc.constantFrom('tags', 'keys', 'note', 'user'), fc.string({ unit: 'binary' }));
    const before = fieldsOf({ labels: { alertname: 'x', tags: 'a,b', k: 'v' }, annotations: { message: 'm' } }).fields;
    fc.assert(
      fc.property(fc.constantFrom(...opsgenieActs), bytes(good), query, fc.string(), (kind, body, wish, name) => {
        const act = readAct(kind, body, { query: new URLSearchParams(wish), params: { name } });
        if ('ok' in act || act.deed.kind !== 'edit') return;
        const { labels, annotations } = textOf(act.deed.edit(before));
        expect(cleanLabels(labels).ok).toBe(true);
        expect(Object.keys(cleanAnnotations(annotations)).length).toBeLessThanOrEqual(64);
      }),
      { numRuns },
    );
  });

  test('searches', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_100 }), (text) => {
        expect(readSearch(text).ok).toBeTypeOf('boolean');
      }),
      { numRuns },
    );
  });
});
