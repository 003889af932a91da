import type { Clock } from '#platform/clock';
import { raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import type { Egress } from '#platform/egress';
import { writeHints } from '#platform/hints';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import { SecretUnreadable } from '#platform/secrets';
import { callReceiver } from '../adapters/receiver.ts';
import { bodyOf } from '../body.ts';
import type { Id, Instant, TryResult } from '../model.ts';
import { endWaiting } from '../outbox/store.ts';
import type { WebhookPorts } from '../ports.ts';
import { afterTry } from '../retry.ts';
import { aboutSubscription, type StoredSubscription, switchOff } from '../subscriptions/store.ts';
import {
  insertTry,
  lockLeased,
  type NextDelivery,
  readNext,
  release,
  updateDelivery,
  updateStanding,
} from './store.ts';

/** How long a process may be silent before another takes its subscriptions: the longest call four times over. */
export const LEASE_SECONDS = 20;
/** Deliveries of one subscription in a row, and for how long: then the next one that waits for a call has its turn. */
const MOST_IN_A_TURN = 50;
const TURN_SECONDS = 5;

/** What sending needs from outside. */
export interface SendingDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly egress: Egress;
  readonly sealing: Sealing;
  readonly ports: WebhookPorts;
  readonly baseUrl: () => string;
  /** For a whole call; tests shorten it. */
  readonly timeoutMs?: number;
  /** Calls of a manual clock are waited for. */
  readonly awaitCalls: boolean;
  readonly wake: (at?: Instant) => void;
  readonly onTry?: (result: string) => void;
  readonly onError: (where: string, error: unknown) => void;
}

/** A subscription that is ours to call. */
export interface Leased {
  readonly id: Id;
  readonly lease: Id;
}

/**
 * Sends what waits for one subscription, one delivery after the other, until nothing waits, a try fails, or its turn is
 * over. Its row is read anew before each call: a change of address, secret or switch counts from the next call on.
 */
export async function takeTurn(deps: SendingDeps, leased: Leased, signal: AbortSignal): Promise<void> {
  const endsAt = deps.clock.now().add({ seconds: TURN_SECONDS });
  for (let sent = 0; ; sent += 1) {
    const next = await readNext(deps.db.paging, leased);
    const now = deps.clock.now();
    if (next === null) return release(deps.db.paging, leased, now);
    const goesOn = sent + 1 < MOST_IN_A_TURN && Temporal.Instant.compare(now, endsAt) < 0 && !signal.aborted;
    if (!(await deliver(deps, next, { leased, signal, goesOn }))) return;
  }
}

interface Turn {
  readonly leased: Leased;
  readonly signal: AbortSignal;
  /** The lease is kept after this delivery. */
  readonly goesOn: boolean;
}

/** Makes one try and stores how it went; true when the turn goes on. */
async function deliver(deps: SendingDeps, next: NextDelivery, turn: Turn): Promise<boolean> {
  const begun = deps.clock.now();
  const result = await tryOnce(deps, next, { signal: turn.signal, now: begun });
  const now = deps.clock.now();
  const milliseconds = now.epochMilliseconds - begun.epochMilliseconds;
  const after = await inTransaction(deps.db.paging, (trx) =>
    store(deps, trx, { next, turn, result, milliseconds, now }),
  );
  deps.onTry?.(result.ok ? 'ok' : result.reason);
  if (after.wakeAt !== null) deps.wake(after.wakeAt);
  return after.goesOn;
}

async function tryOnce(
  deps: SendingDeps,
  { subscription, event }: NextDelivery,
  { signal, now }: { readonly signal: AbortSignal; readonly now: Instant },
): Promise<TryResult> {
  const secrets = openSecrets(deps, subscription, now);
  if (secrets === null) {
    const answer = { status: null, detail: null, answer: null, retryAfterSeconds: null };
    return { ok: false, retryable: true, reason: 'secret-unreadable', ...answer };
  }
  const body = bodyOf(event, {
    nameOf: deps.ports.nameOf,
    pageUrl: (number) => `${deps.baseUrl()}/pages/${number}`,
  });
  return callReceiver(deps, { url: subscription.url, eventId: event.id, body, secrets, signal, now });
}

/** The secrets that are good now, newest first; null when the key that sealed them is not here. */
function openSecrets(
  { sealing }: SendingDeps,
  { id, secret, previousSecret, previousSecretExpiresAt }: StoredSubscription,
  now: Instant,
): readonly string[] | null {
  const overlaps = previousSecretExpiresAt !== null && Temporal.Instant.compare(previousSecretExpiresAt, now) > 0;
  const sealed = [secret, ...(overlaps && previousSecret !== null ? [previousSecret] : [])];
  try {
    return sealed.map((one) => sealing.open(one, aboutSubscription(id)));
  } catch (error) {
    if (error instanceof SecretUnreadable) return null;
    throw error;
  }
}

interface Tried {
  readonly next: NextDelivery;
  readonly turn: Turn;
  readonly result: TryResult;
  readonly milliseconds: number;
  readonly now: Instant;
}

async function store(
  deps: SendingDeps,
  trx: Trx,
  { next, turn, result, milliseconds, now }: Tried,
): Promise<{ readonly goesOn: boolean; readonly wakeAt: Instant | null }> {
  const { leased } = turn;
  const before = await lockLeased(trx, leased);
  await insertTry(trx, { deliveryId: next.id, attempt: next.attempts + 1, result, milliseconds, now });
  if (before === null) {
    // Our lease ran out and another has the subscription. A yes is a yes all the same.
    if (result.ok) await updateDelivery(trx, { id: next.id, state: 'delivered', reason: null, now });
    return { goesOn: false, wakeAt: null };
  }
  const verdict = afterTry(result, { before, queuedAt: next.queuedAt, now });
  const reason = result.ok ? null : result.reason;
  await updateDelivery(trx, { id: next.id, state: verdict.delivery, reason, now });
  const mayGoOn = verdict.switchOff === null && Temporal.Instant.compare(verdict.wakeAt, now) <= 0;
  const goesOn = turn.goesOn && mayGoOn && verdict.delivery !== 'waiting';
  await updateStanding(trx, {
    id: leased.id,
    standing: verdict.standing,
    delivered: result.ok,
    wakeAt: goesOn ? now.add({ seconds: LEASE_SECONDS }) : verdict.wakeAt,
    lease: goesOn ? leased.lease : null,
    now,
  });
  if (verdict.switchOff !== null) await switchItOff(deps, trx, next.subscription, { reason: verdict.switchOff, now });
  return { goesOn, wakeAt: verdict.wakeAt };
}

/** Nothing more is queued for it from this commit on; what waits is ended, to be sent again when it is mended. */
async function switchItOff(
  { ports }: SendingDeps,
  trx: Trx,
  { id, ownerId, description, url }: StoredSubscription,
  { reason, now }: { readonly reason: 'gone' | 'failing'; readonly now: Instant },
): Promise<void> {
  if (!(await switchOff(trx, id, reason, now))) return;
  await endWaiting(trx, id, now);
  await ports.audit(trx, {
    actor: 'system:webhooks',
    at: now,
    kind: 'webhook-subscription.switched-off',
    subject: id,
    payload: { reason },
  });
  await ports.tellSwitchedOff(trx, { ownerId, what: description || new URL(url).host }, now);
  await writeHints(trx, [{ kind: 'config', ref: id, version: 0 }], now);
  await raiseConfigVersion(trx);
}
