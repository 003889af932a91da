import { randomBytes } from 'node:crypto';
import type { Clock } from '#platform/clock';
import type { ConfigCache, ConfigPart } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import type { Address, Channel, RenderedMessage, SendResult } from '../adapters/channel.ts';
import type { ContactsConfig } from '../contacts/store.ts';
import { followUp, reportFailed } from '../following/service.ts';
import type { PageSummary } from '../messages/facts.ts';
import type { Id, Instant, Person } from '../model.ts';
import type { FailedCall, NotificationPorts } from '../ports.ts';
import { factsPrint, render } from '../render.ts';
import { fillTokens, hashReplyToken, newReplyToken, tokenMark } from '../reply-tokens.ts';
import { readPageFacts, readSummaries } from '../search.ts';
import { aboutMethod } from '../contacts/sealed-address.ts';
import { addressOf, methodName } from './address.ts';
import type { Circuits } from './circuits.ts';
import { pagesOf, tellingOf } from './message.ts';
import { passOver, providerOf } from './pass-over.ts';
import type { PendingRow, SendOrder } from './plan.ts';
import type { Recalls } from './recalls.ts';
import {
  beginTry,
  endRows,
  insertReplyTokens,
  lockLeased,
  readMessage,
  regroupRows,
  replaceCarrier,
  requeueRows,
  type StoredMessage,
} from './store.ts';

/** A lease is renewed for this long when its call begins. */
const LEASE_SECONDS = 20;
/** An order whose rows change under it is looked at again this often. */
const MOST_LOOKS = 5;

/** What the sender needs from outside. */
export interface SenderDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly contacts: ConfigPart<ContactsConfig>;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly ports: NotificationPorts;
  readonly sealing: Sealing;
  readonly personOf: (userId: Id) => Person | null;
  /** Which providers fail just now. */
  readonly circuits: Circuits;
  /** What goes on ringing at its provider. */
  readonly recalls: Recalls;
  /** A provider of this channel is passed over from now on, or is called again. */
  readonly onCircuit?: (change: { readonly channel: string; readonly became: 'open' | 'closed' }) => void;
  readonly baseUrl: () => string;
  /** True: a pass ends when its calls have; for stories on a manual clock. False: calls run on while the next pass begins. */
  readonly awaitCalls: boolean;
  readonly onError: (where: string, error: unknown) => void;
  /** The database's clock and ours disagreed: nothing was decided. */
  readonly onClockDrift?: () => void;
  /** One try has ended; for metrics. */
  readonly onAttempt?: (attempt: {
    readonly channel: string;
    readonly kind: string;
    readonly result: SendResult;
    readonly seconds: number;
  }) => void;
  /** Something is due at this moment: wakes the loop of senders. */
  readonly wake: (at: Instant) => void;
}

/** A lease on one order. */
export interface Leased {
  readonly order: SendOrder;
  readonly lease: Id;
}

/** Room for calls, by channel. */
export interface Slots {
  enter(channel: string): Promise<void>;
  leave(channel: string): void;
  /** Channels that have no room now: nothing more of theirs is taken up, so that a channel that hangs delays no other. */
  full(): readonly string[];
}

interface Running {
  readonly slots: Slots;
  readonly signal: AbortSignal;
}

/** Renders, re-checks, calls, stores the end; then, with the channel's room given back, tells escalation what reached nobody. */
export async function carryOut(deps: SenderDeps, leased: Leased, running: Running): Promise<void> {
  const { channel } = leased.order.carrier;
  await running.slots.enter(channel);
  const failed = await callOnce(deps, leased, running.signal).finally(() => running.slots.leave(channel));
  await reportFailed(deps, failed);
}

async function callOnce(deps: SenderDeps, leased: Leased, signal: AbortSignal): Promise<readonly FailedCall[]> {
  const ready = await makeReady(deps, leased);
  if (ready === null) return [];
  const { order, attempt, call, passedOver } = ready;
  const startedMs = deps.clock.epochMs();
  const gone = {
    ok: false,
    retryable: false,
    reason: 'refused-address',
    detail: 'this method can no longer be used',
  } as const;
  const send = async ({ channel, message, address }: NonNullable<Ready['call']>) => {
    const sent = await channel.send(message, address, { key: order.carrier.id, signal, now: deps.clock.now() });
    const became = deps.circuits.ended(providerOf(channel, address), sent, deps.clock.now());
    if (became !== null) deps.onCircuit?.({ channel: channel.name, became });
    deps.recalls.sent({ order, channel, address }, sent, deps.clock.now());
    return sent;
  };
  const result = call === null ? gone : (passedOver ?? (await send(call)));
  const milliseconds = Math.max(0, deps.clock.epochMs() - startedMs);
  deps.onAttempt?.({ channel: order.carrier.channel, kind: order.carrier.kind, result, seconds: milliseconds / 1000 });
  return followUp(deps, { order, lease: leased.lease, attempt, result, milliseconds });
}

interface Ready {
  readonly order: SendOrder;
  readonly attempt: number;
  /** Null: the method, its channel or its person can no longer be used. */
  readonly call: { readonly channel: Channel; readonly message: RenderedMessage; readonly address: Address } | null;
  /** Set: its provider is passed over, and this is what is stored of the try. */
  readonly passedOver: SendResult | null;
}

/** Brings an order to the moment right before its call; null when nothing of it is to be sent any more. */
async function makeReady(deps: SenderDeps, leased: Leased): Promise<Ready | null> {
  let order: SendOrder | null = leased.order;
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    order = await dropUnwanted(deps, { order, lease: leased.lease });
    if (order === null) return null;
    const prepared = await prepare(deps, order);
    const outcome = await begin(deps, { order, lease: leased.lease, prepared });
    if (outcome.kind === 'ready') return outcome.ready;
    if (outcome.kind === 'gone') return null;
    order = outcome.order;
  }
  // It changes faster than it can be rendered: the next pass takes it up.
  const again = order;
  await inTransaction(deps.db.paging, (trx) =>
    requeueRows(trx, { carrierId: again.carrier.id, lease: leased.lease, at: deps.clock.now() }),
  );
  return null;
}

/** After a stall a queued page may be stale: rows whose run no longer wants them are cancelled, the rest is sent. */
async function dropUnwanted(deps: SenderDeps, { order, lease }: Leased): Promise<SendOrder | null> {
  const rows = [order.carrier, ...order.folded];
  const pages = rows.filter((row) => row.kind === 'page' && row.runId !== null);
  if (pages.length === 0) return order;
  const asked = pages.map((row) => ({ runId: row.runId as Id, reason: { kind: row.reason.call?.kind ?? '' } }));
  const wanted = await deps.ports.escalation().stillWanted(asked);
  const dropped = new Set(pages.filter((_, i) => wanted[i] === false).map((row) => row.id));
  if (dropped.size === 0) return order;
  const now = deps.clock.now();
  const [carrier, ...folded] = rows.filter((row) => !dropped.has(row.id));
  await inTransaction(deps.db.paging, async (trx) => {
    const alone = [...dropped].map((id) => ({ carrier: { id }, folded: [] }));
    await regroupRows(trx, lease, carrier ? [...alone, { carrier, folded }] : alone);
    for (const id of dropped) {
      await endRows(trx, {
        carrierId: id,
        lease,
        state: 'cancelled',
        end: { kind: 'cancelled', reason: 'superseded' },
        providerId: null,
        now,
      });
    }
  });
  return carrier ? { carrier, folded, stored: false, crashed: false } : null;
}

interface Prepared {
  readonly call: { readonly channel: Channel; readonly address: Address } | null;
  readonly passedOver: SendResult | null;
  readonly print: string;
  readonly factsVersion: number | null;
  /** What is stored already. */
  readonly before: StoredMessage | null;
  readonly fresh: { readonly message: StoredMessage; readonly tokens: ReadonlyMap<Id, string> } | null;
}

/** Loads what the message is about and renders it, unless the stored text is still true. */
async function prepare(deps: SenderDeps, order: SendOrder): Promise<Prepared> {
  const { carrier, folded } = order;
  const call = addressOf(deps, carrier, deps.clock.now());
  const pages = pagesOf(order);
  const summaries = await readSummaries(deps.db.paging, pages);
  const print = factsPrint(
    [...summaries.values()],
    folded.map((row) => row.id),
  );
  const factsVersion = carrier.groupId === null ? null : (summaries.get(carrier.groupId)?.version ?? null);
  const before = carrier.attempts > 0 ? await readMessage(deps.db.paging, carrier.id) : null;
  const usable = before !== null && (order.crashed || before.facts === print);
  const passedOver = call === null ? null : passOver(deps, { order, call, now: deps.clock.now() });
  if (call === null || usable) return { call, passedOver, print, factsVersion, before, fresh: null };
  return {
    call,
    passedOver,
    print,
    factsVersion,
    before,
    fresh: await renderFresh(deps, order, { summaries, channel: call.channel, print }),
  };
}

async function renderFresh(
  deps: SenderDeps,
  order: SendOrder,
  {
    summaries,
    channel,
    print,
  }: { readonly summaries: ReadonlyMap<Id, PageSummary>; readonly channel: Channel; readonly print: string },
): Promise<NonNullable<Prepared['fresh']>> {
  const { carrier } = order;
  const now = deps.clock.now();
  const { people } = deps.ports;
  const nameOf = (id: Id) => people.person(id)?.name ?? null;
  const single = summaries.size === 1 && carrier.groupId !== null;
  const facts = single
    ? await readPageFacts(deps.db.paging, carrier.groupId as Id, {
        nameOf,
        whoNext: (run, at) => deps.ports.escalation().whoNext(run, at),
        now,
      })
    : null;
  const reader = (carrier.userId && people.person(carrier.userId)) || { name: 'you', zone: 'UTC' };
  const nonce = randomBytes(8).toString('hex');
  const tokens = new Map<Id, string>();
  const baseUrl = deps.baseUrl();
  const replyTo = (groupId: Id) => {
    if (carrier.userId === null) return null;
    if (!tokens.has(groupId)) tokens.set(groupId, newReplyToken());
    return `${baseUrl}/a/${tokenMark(nonce, groupId)}`;
  };
  const by = carrier.reason.call?.['by'];
  const names = new Map(typeof by === 'string' ? [[by, nameOf(by) ?? 'Somebody']] : []);
  const sealedCode = carrier.kind === 'test' && carrier.methodId !== null ? carrier.reason.call?.['code'] : undefined;
  const code = typeof sealedCode === 'string' ? tokenMark(nonce, CODE) : null;
  if (typeof sealedCode === 'string')
    tokens.set(CODE, deps.sealing.open(Buffer.from(sealedCode, 'base64'), aboutMethod(carrier.methodId as Id)));
  const telling = tellingOf(
    order,
    { summaries, facts },
    { method: methodName(deps.contacts.current(), carrier), names, replyTo, code },
  );
  const rendered = render(telling, { format: channel.format, reader, baseUrl, replyTo, now });
  const sealed = [...tokens].map(
    ([groupId, token]) => [groupId, deps.sealing.seal(token, aboutToken(nonce)).toString('base64')] as const,
  );
  return { message: { rendered, facts: print, nonce, tokens: Object.fromEntries(sealed) }, tokens };
}

/** Where a confirmation code stands among the tokens; no page has this id. */
const CODE = 'code';

const aboutToken = (nonce: string) => `reply_tokens/${nonce}`;

type Begun =
  | { readonly kind: 'ready'; readonly ready: Ready }
  | { readonly kind: 'gone' }
  | { readonly kind: 'changed'; readonly order: SendOrder };

/** The last look before the call: whatever was cancelled meanwhile is not sent. Stores the text and counts the try, and commits. */
async function begin(
  deps: SenderDeps,
  input: { readonly order: SendOrder; readonly lease: Id; readonly prepared: Prepared },
): Promise<Begun> {
  const { order, lease, prepared } = input;
  const now = deps.clock.now();
  const until = now.add({ seconds: LEASE_SECONDS });
  return inTransaction(deps.db.paging, async (trx): Promise<Begun> => {
    const mine = await lockLeased(trx, order.carrier.id, lease);
    if (!mine.has(order.carrier.id)) return { kind: 'gone' };
    const folded = order.folded.filter((row) => mine.has(row.id));
    if (folded.length < order.folded.length)
      return { kind: 'changed', order: { ...order, folded, stored: false, crashed: false } };
    let carrier = order.carrier;
    if (prepared.before !== null && prepared.fresh !== null) {
      const newId = deps.newId();
      if (await replaceCarrier(trx, { oldId: carrier.id, newId, now })) carrier = { ...carrier, id: newId };
      else return ready(deps, { ...input, prepared: { ...prepared, fresh: null }, carrier, now, until, trx });
    }
    return ready(deps, { ...input, carrier, now, until, trx });
  });
}

async function ready(
  deps: SenderDeps,
  input: {
    readonly order: SendOrder;
    readonly lease: Id;
    readonly prepared: Prepared;
    readonly carrier: PendingRow;
    readonly now: Instant;
    readonly until: Instant;
    readonly trx: Trx;
  },
): Promise<Begun> {
  const { order, lease, prepared, carrier, now, until, trx } = input;
  const { fresh, before, call } = prepared;
  const attempt = carrier.attempts + 1;
  const done: SendOrder = { ...order, carrier };
  const stored = fresh?.message ?? before;
  if (call === null || stored === null)
    return { kind: 'ready', ready: { order: done, attempt, call: null, passedOver: null } };
  const text = fresh ? JSON.stringify(fresh.message) : null;
  await beginTry(trx, {
    carrierId: carrier.id,
    lease,
    until,
    now,
    attempt,
    text,
    factsVersion: prepared.factsVersion,
    calls: prepared.passedOver === null,
  });
  if (fresh && carrier.userId !== null) {
    const userId = carrier.userId;
    await insertReplyTokens(
      trx,
      [...fresh.tokens]
        .filter(([groupId]) => groupId !== CODE)
        .map(([groupId, token]) => ({
          hash: hashReplyToken(token),
          notificationId: carrier.id,
          groupId,
          userId,
        })),
      now,
    );
  }
  const tokens = fresh?.tokens ?? openTokens(deps, stored);
  return {
    kind: 'ready',
    ready: {
      order: done,
      attempt,
      passedOver: prepared.passedOver,
      call: { ...call, message: fillTokens(stored.rendered as RenderedMessage, stored.nonce, tokens) },
    },
  };
}

function openTokens(deps: SenderDeps, stored: StoredMessage): ReadonlyMap<Id, string> {
  return new Map(
    Object.entries(stored.tokens).map(([groupId, sealed]) => [
      groupId,
      deps.sealing.open(Buffer.from(sealed, 'base64'), aboutToken(stored.nonce)),
    ]),
  );
}
