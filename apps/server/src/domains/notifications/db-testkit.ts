import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createManualClock, type ManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, inTransaction, json, openDatabases, type Trx } from '#platform/db';
import { createEgress } from '#platform/egress';
import { createIds } from '#platform/ids';
import type { Address, Channel, RenderedMessage, SendContext, SendResult } from './adapters/channel.ts';
import type { Severity } from './model.ts';
import type { FailedCall, Wish } from './ports.ts';
import { createNotifications, type Notifications, type PageRequest } from './service.ts';

/** For database tests only: the service over a database of its own, with channels that take notes. */

export const T0 = Temporal.Instant.from('2026-11-21T03:00:00Z');
export const at = (seconds: number) => T0.add({ seconds });

/** One call that a channel was asked to make. */
export interface Call {
  readonly channel: string;
  readonly to: string;
  readonly key: string;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  readonly message: RenderedMessage;
  readonly at: number;
}

export interface World {
  db: Databases;
  clock: ManualClock;
  notifications: Notifications;
  newId: () => string;
  calls: Call[];
  failedCalls: FailedCall[];
  wishes: { groupId: string; wish: Wish }[];
  /** What a channel answers; by default it takes everything. Runs while the call is under way. */
  answer: (call: Call) => SendResult | Promise<SendResult>;
  /** Runs (by id) that want their pages no more. */
  unwanted: Set<string>;
  people: Map<string, { name: string; zone: string; active: boolean }>;
  errors: unknown[];
  failActs: boolean;
}

export const world = {} as World;
type MakeDatabase = () => Promise<{ readonly connectionString: string; drop(): Promise<void> }>;

function notingChannel(name: string, format: RenderedMessage['format']): Channel {
  return {
    name,
    format,
    needs: [],
    // Everybody has a provider of their own: one that fails in a test is not passed over in the next.
    providerOf: (to) => `${name} ${to}`,
    async send(message: RenderedMessage, to: Address, context: SendContext) {
      const call = {
        channel: name,
        to: to.to,
        key: context.key,
        secrets: to.secrets ?? [],
        signal: context.signal,
        message,
        at: T0.until(world.clock.now()).total('seconds'),
      };
      world.calls.push(call);
      return world.answer(call);
    },
  };
}

/** A channel whose pages ring on until they are stopped: `stop <id>` is noted as a call. */
function ringingChannel(): Channel {
  const stop = { channel: 'ring', secrets: [], message: { format: 'text', text: 'stop' } } as const;
  return {
    ...notingChannel('ring', 'note'),
    recall: {
      seconds: 300,
      ringsOn: (providerId) => providerId.startsWith('receipt-'),
      async stop(providerId, { key, signal }) {
        const call = {
          ...stop,
          to: `stop ${providerId}`,
          key,
          signal,
          at: T0.until(world.clock.now()).total('seconds'),
        };
        world.calls.push(call);
        return world.answer(call);
      },
    },
  };
}

/** Seals by turning the text round: enough to see that what is at rest is not the text. */
const sealing = {
  seal: (plain: string, about: string) => Buffer.from(Array.from(`${plain}|${about}`).reverse().join('')),
  open(sealed: Buffer, about: string) {
    const [plain, seen] = Array.from(sealed.toString()).reverse().join('').split('|') as [string, string];
    if (seen !== about) throw new Error('sealed for something else');
    return plain;
  },
};

/** Builds a second service over the same database: another process. */
export function anotherSender(options: { readonly awaitCalls?: boolean } = {}): Notifications {
  return build(world.db, createConfigCache(world.db.paging), options.awaitCalls);
}

function build(db: Databases, config: ReturnType<typeof createConfigCache>, awaitCalls = true): Notifications {
  return createNotifications({
    db,
    clock: world.clock,
    newId: world.newId,
    config,
    channels: [
      notingChannel('email', 'mail'),
      notingChannel('phone', 'text'),
      notingChannel('webhook', 'event'),
      notingChannel('emergency', 'text'),
      // The one whose addresses are secrets, and who is one provider for all.
      { ...notingChannel('chat', 'note'), maskAddress: (to) => `${to.slice(0, 4)}…`, providerOf: () => 'chat' },
      ringingChannel(),
    ],
    sealing,
    egress: createEgress({ allow: [] }),
    publicUrl: () => 'https://tocsin.example',
    baseUrl: () => 'https://tocsin.example',
    awaitCalls,
    wake: () => {},
    onError: (_where, error) => void world.errors.push(error),
    ports: {
      people: {
        person: (id) => world.people.get(id) ?? null,
        alarmRecipients: () => [...world.people.keys()].slice(0, 1),
      },
      audit: async () => {},
      escalation: () => ({
        async act(groupId, now, event) {
          if (world.failActs) throw new Error('the database went away');
          world.wishes.push({ groupId, wish: event(now) });
          return { outcome: 'changed', reasons: [] };
        },
        resolve: async () => 1,
        stillWanted: async (pages) => pages.map((page) => !world.unwanted.has(page.runId)),
        callFailed: async (call) => void world.failedCalls.push(call),
        whoNext: () => 'Bo Tanaka',
      }),
    },
  });
}

/** Registers the world with the test file that calls it. */
export function useWorld(createTestDatabase: MakeDatabase): void {
  let database: Awaited<ReturnType<MakeDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase();
    world.clock = createManualClock(T0);
    world.newId = createIds(world.clock);
    world.db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
    world.people = new Map();
    const config = createConfigCache(world.db.paging);
    world.notifications = build(world.db, config);
    await config.refresh();
  });
  beforeEach(() => {
    world.clock.set(T0);
    world.calls = [];
    world.failedCalls = [];
    world.wishes = [];
    world.errors = [];
    world.unwanted = new Set();
    world.failActs = false;
    world.answer = () => ({ ok: true, detail: 'taken' });
  });
  afterAll(async () => {
    await world.db.close();
    await database.drop();
  });
}

/** A person of their own for one test, with verified methods on these channels. */
export async function person(
  name: string,
  channels: readonly string[] = ['email'],
): Promise<{ readonly id: string; readonly methods: readonly string[] }> {
  const id = world.newId();
  await world.db.paging
    .insertInto('users')
    .values({ id, email: `${id}@example.org`, name, role: 'responder', created_at: T0, updated_at: T0 })
    .execute();
  world.people.set(id, { name, zone: 'Europe/Lisbon', active: true });
  const methods: string[] = [];
  for (const channel of channels) {
    const { method } = await world.notifications.contacts.add(
      { userId: id, channel, label: 'own', address: `${channel}:${name}`, verified: true },
      { by: 'system:test', now: world.clock.now() },
    );
    methods.push(method.id);
  }
  return { id, methods };
}

/** Stores a firing page as grouping and escalation do. */
export async function openPage(
  fields: { readonly title?: string; readonly severity?: Severity; readonly kind?: string } = {},
): Promise<{ readonly groupId: string; readonly runId: string }> {
  const [groupId, runId] = [world.newId(), world.newId()];
  const now = world.clock.now();
  const { title = 'Checkout errors', severity = 3, kind = `kind-${groupId.slice(-6)}` } = fields;
  await world.db.paging
    .insertInto('alert_groups')
    .values({
      id: groupId,
      route_id: world.newId(),
      group_hash: Buffer.from(groupId),
      labels: json({ service: 'checkout-api' }),
      options: json({}),
      reason: json({}),
      title,
      severity,
      kinds: json({ [kind]: { severity, firstAtMs: now.epochMilliseconds, told: true } }),
      integration_id: world.newId(),
      firing_count: 1,
      total_count: 1,
      opened_at: now,
      last_joined_at: now,
      last_event_at: now,
      run_at: now.add({ minutes: 5 }),
      config_version: 0,
    })
    .execute();
  await world.db.paging
    .insertInto('escalation_runs')
    .values({
      id: runId,
      group_id: groupId,
      live: true,
      phase: 'escalating',
      snapshot: json({ policyName: 'Payments', ackTimeoutSeconds: 1800 }),
      round: 0,
      step: 0,
      urgency: 'high',
      severity,
      started_at: now,
      start_reason: json({ kind: 'route-pages' }),
      config_version: 0,
    })
    .execute();
  return { groupId, runId };
}

/** Calls people for a page, as a step does. */
export async function call(
  page: { readonly groupId: string; readonly runId: string },
  userId: string,
  fields: Partial<PageRequest> = {},
): Promise<void> {
  const request: PageRequest = {
    ...page,
    round: 0,
    step: 0,
    userId,
    urgency: 'high',
    severity: 3,
    reason: { kind: 'policy-step', round: 0, step: 0 },
    ...fields,
  };
  await write((trx) => world.notifications.queuePages(trx, [request], world.clock.now()));
}

export function write<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
  return inTransaction(world.db.paging, work);
}

/** Goes to this second and sends until nothing is due. */
export async function advance(seconds: number): Promise<void> {
  world.clock.set(at(seconds));
  for (;;) {
    const { sent } = await world.notifications.sendDue(world.clock.now());
    if (sent === 0) return;
  }
}

/** What the channels were asked since the last question: `0 email: SEV3 …`. */
export function told(): readonly string[] {
  return world.calls
    .splice(0)
    .map((one) => `${one.at} ${one.to.split(':')[0] || one.channel}: ${wordsOf(one.message)}`);
}

function wordsOf(message: RenderedMessage): string {
  switch (message.format) {
    case 'mail':
      return message.subject;
    case 'note':
      return message.title;
    case 'event':
      return message.type;
    case 'spoken':
      return message.sentences.map((one) => (typeof one === 'string' ? one : one.spell)).join(' ');
    case 'text':
    case 'sms':
      return message.text;
  }
}

/** The rows of a page, oldest first. */
export function rowsOf(groupId: string) {
  return world.db.paging
    .selectFrom('notifications')
    .selectAll()
    .where('group_id', '=', groupId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}
