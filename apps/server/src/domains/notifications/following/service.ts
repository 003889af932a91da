import { inTransaction, type Trx } from '#platform/db';
import { writeHints } from '#platform/hints';
import type { ChannelFailure, SendResult } from '../adapters/channel.ts';
import { type AttemptVerdict, afterAttempt, callsNext, nextMethod } from '../failover.ts';
import type { Id, Instant, StoredReason } from '../model.ts';
import type { FailedCall } from '../ports.ts';
import { readyChannels, usableMethods } from '../rules.ts';
import type { PendingRow, SendOrder } from '../sending/plan.ts';
import type { SenderDeps } from '../sending/service.ts';
import {
  type AttemptRow,
  bringForward,
  type CallSiblings,
  endRows,
  insertAttempt,
  lockFailover,
  lockLeased,
  lockSentRows,
  readSiblings,
  requeueRows,
} from '../sending/store.ts';
import { insertNotifications, type NewNotification } from '../store.ts';
import { failSentRows } from './store.ts';

/** A try that has ended. */
export interface EndedTry {
  readonly order: SendOrder;
  readonly lease: Id;
  readonly attempt: number;
  readonly result: SendResult;
  readonly milliseconds: number;
}

/**
 * Stores how a try ended and sets going what follows: another try, or the next method. Answers the calls of which every
 * method has failed: `reportFailed` tells escalation.
 */
export async function followUp(deps: SenderDeps, ended: EndedTry): Promise<readonly FailedCall[]> {
  const now = deps.clock.now();
  const { order, result } = ended;
  // Of several in one message the one that was tried least says how soon and how long it is worth trying.
  const least = [order.carrier, ...order.folded].reduce(
    (most, row) => Math.min(most, row.attempts),
    order.carrier.attempts,
  );
  const verdict = afterAttempt({ kind: order.carrier.kind, attempt: least + 1, result, now });
  const after = await inTransaction(deps.db.paging, (trx) => store(deps, trx, { ended, verdict, now }));
  if (after.wakeAt !== null) deps.wake(after.wakeAt);
  return after.failed;
}

/** Tells escalation of calls that reached nobody. When that fails it goes on by its own timer. */
export async function reportFailed(deps: SenderDeps, failed: readonly FailedCall[]): Promise<void> {
  for (const call of failed) {
    await deps.ports
      .escalation()
      .callFailed(call, deps.clock.now())
      .catch((error) => deps.onError('call-failed', error));
  }
}

interface Following {
  readonly wakeAt: Instant | null;
  readonly failed: readonly FailedCall[];
}

async function store(
  deps: SenderDeps,
  trx: Trx,
  { ended, verdict, now }: { readonly ended: EndedTry; readonly verdict: AttemptVerdict; readonly now: Instant },
): Promise<Following> {
  const { order, lease } = ended;
  const carrierId = order.carrier.id;
  const { result } = ended;
  const next = [order.carrier, ...order.folded].filter((row) =>
    callsNext({ kind: row.kind, attempt: row.attempts + 1, result }),
  );
  if (next.length > 0) await lockFailover(trx);
  const mine = await lockLeased(trx, carrierId, lease);
  await insertAttempt(trx, attemptOf(ended, verdict, now));
  // Cancelled while the call was under way: what came of it is history, the state stays.
  if (!mine.has(carrierId)) return { wakeAt: null, failed: [] };
  switch (verdict.kind) {
    case 'sent': {
      const detail = result.ok ? (result.detail ?? null) : null;
      await endRows(trx, {
        carrierId,
        lease,
        state: 'sent',
        end: { kind: 'accepted', detail },
        providerId: (result.ok && result.providerId) || null,
        now,
      });
      break;
    }
    case 'retry':
      await requeueRows(trx, { carrierId, lease, at: verdict.at });
      break;
    case 'failed': {
      const detail = ended.result.ok ? null : (ended.result.detail ?? null);
      const end =
        verdict.end === 'refused'
          ? ({ kind: 'refused', because: verdict.because, detail } as const)
          : ({ kind: 'gave-up', because: verdict.because, attempts: ended.attempt } as const);
      await endRows(trx, { carrierId, lease, state: 'failed', end, providerId: null, now });
      break;
    }
  }
  const groups = [...new Set([order.carrier, ...order.folded].flatMap((row) => row.groupId ?? []))].slice(0, 100);
  await writeHints(
    trx,
    groups.map((ref) => ({ kind: 'notification', ref, version: 0 })),
    now,
  );
  const failed =
    next.length > 0 && !result.ok
      ? await callNextMethods(deps, trx, { rows: next, carrier: order.carrier, because: result.reason, now })
      : [];
  const wakeAt = next.length > 0 ? now : verdict.kind === 'retry' ? verdict.at : null;
  return { wakeAt, failed };
}

function attemptOf(
  { order, attempt, result, milliseconds }: EndedTry,
  verdict: AttemptVerdict,
  now: Instant,
): AttemptRow {
  const kind = verdict.kind === 'sent' ? 'accepted' : verdict.kind === 'retry' ? 'retry' : 'refused';
  return {
    notificationId: order.carrier.id,
    at: now,
    attempt,
    kind,
    reason: result.ok ? null : result.reason,
    detail: result.detail ?? null,
    durationMs: Math.round(milliseconds),
  };
}

/** For each call that this message carried: the person's next method, or, when nobody of the step is left, escalation at once. */
async function callNextMethods(
  deps: SenderDeps,
  trx: Trx,
  {
    rows,
    carrier,
    because,
    now,
  }: {
    readonly rows: readonly PendingRow[];
    readonly carrier: PendingRow;
    readonly because: ChannelFailure;
    readonly now: Instant;
  },
): Promise<readonly FailedCall[]> {
  const siblings = await readSiblings(trx, rows);
  const person = carrier.userId === null ? null : deps.personOf(carrier.userId);
  const reachable = person === null ? [] : usableMethods(person, readyChannels(deps.channels.values()));
  const forward: Id[] = [];
  const queued: NewNotification[] = [];
  const failed: FailedCall[] = [];
  for (const call of siblings) {
    const row = rowOf(rows, call);
    const next = nextMethod({ channel: carrier.channel, siblings: call.own, reachable });
    if (next.kind === 'bring-forward') forward.push(next.id);
    if (next.kind === 'queue') queued.push(failoverRow(deps, row, { next, because, now }));
    if (next.kind === 'exhausted' && !call.others) failed.push(failedCall(row));
  }
  await bringForward(trx, forward, { why: { failed: carrier.id, because }, now });
  await insertNotifications(trx, queued, now);
  return failed;
}

function rowOf(rows: readonly PendingRow[], call: CallSiblings): PendingRow {
  return rows.find(
    (row) => row.runId === call.runId && row.round === call.round && row.step === call.step,
  ) as PendingRow;
}

function failoverRow(
  deps: SenderDeps,
  row: PendingRow,
  {
    next,
    because,
    now,
  }: {
    readonly next: { readonly methodId: Id; readonly channel: string };
    readonly because: ChannelFailure;
    readonly now: Instant;
  },
): NewNotification {
  const reason: StoredReason = { call: row.reason.call, queued: { kind: 'failover', failed: row.id, because } };
  const { groupId, runId, round, step, kind, userId, urgency, severity } = row;
  return {
    id: deps.newId(),
    groupId,
    runId,
    round,
    step,
    kind,
    userId,
    endpointId: null,
    methodId: next.methodId,
    channel: next.channel,
    urgency,
    severity,
    reason,
    dueAt: now,
  };
}

function failedCall(row: PendingRow): FailedCall {
  return {
    groupId: row.groupId as Id,
    runId: row.runId as Id,
    round: row.round,
    step: row.step,
    because: row.reason.call?.kind ?? 'policy-step',
  };
}

/**
 * Ends a message as failed that its provider had taken and then could not deliver, and calls the next method at once,
 * as after a refusal. `wanted` says of each page whether its run still wants it told; of others nothing follows.
 */
export async function failAfterAccept(
  deps: SenderDeps,
  trx: Trx,
  failed: {
    readonly carrierId: Id;
    readonly because: ChannelFailure;
    readonly detail: string;
    readonly wanted: boolean;
    readonly now: Instant;
  },
): Promise<readonly FailedCall[]> {
  const { carrierId, because, detail, now } = failed;
  const rows = await lockSentRows(trx, carrierId);
  const carrier = rows.find((row) => row.id === carrierId);
  if (carrier === undefined) return [];
  await failSentRows(trx, { ids: rows.map((row) => row.id), end: { kind: 'refused', because, detail }, now });
  const groups = [...new Set(rows.flatMap((row) => row.groupId ?? []))].slice(0, 100);
  await writeHints(
    trx,
    groups.map((ref) => ({ kind: 'notification', ref, version: 0 })),
    now,
  );
  const pages = rows.filter((row) => row.kind === 'page' && failed.wanted);
  return pages.length === 0 ? [] : callNextMethods(deps, trx, { rows: pages, carrier, because, now });
}
