import { inTransaction, type Trx } from '#platform/db';
import { writeHints } from '#platform/hints';
import { failAfterAccept, reportFailed } from '../following/service.ts';
import type { Id, Instant } from '../model.ts';
import type { FailedCall } from '../ports.ts';
import type { SenderDeps } from '../sending/service.ts';
import { insertAttempt, lockFailover } from '../sending/store.ts';
import { type Receipt, readAnswerer, readReceipt, receiptEffect } from '../phone/receipts.ts';
import {
  deferReceipt,
  insertReceipt,
  lockDueReceipts,
  lockSubject,
  type ReceiptRow,
  type ReceiptSubject,
  readSubject,
  storeArrival,
} from '../phone/store.ts';

/** How long a receipt waits for the sender to store its own outcome; the job looks every second. */
const WAIT_SECONDS = 1;

/** What a provider reports. */
export interface Reported {
  readonly provider: string;
  readonly sid: string;
  /** `sms:<status>`, `voice:<status>`, or `machine:<who>`: what a machine detector says. */
  readonly status: string;
  readonly notificationId: Id;
  /** A code or words of its own. */
  readonly detail: string | null;
  readonly now: Instant;
}

/** Takes what providers report about messages that they took. */
export interface Reporting {
  /** Notes a receipt once, and calls the next method at once when it says that nobody was reached. */
  report(reported: Reported): Promise<void>;
  /** Receipts that came before the sender's own outcome was stored. */
  applyWaiting(now: Instant): Promise<void>;
}

/** Builds the service over the sender's own ways of following up. */
export function createReporting(deps: SenderDeps): Reporting {
  return {
    async report({ now, ...reported }) {
      const receipt = receiptOf(reported.status);
      const subject = receipt && (await readSubject(deps.db.paging, reported.notificationId));
      if (!receipt || !subject) return;
      const wanted = await isWanted(deps, subject);
      const row: ReceiptRow = { ...reported, at: now };
      const failed = await inTransaction(deps.db.paging, async (trx) =>
        (await insertReceipt(trx, row)) ? apply(deps, trx, { row, receipt, wanted, now }) : [],
      );
      await follow(deps, failed, now);
    },
    async applyWaiting(now) {
      const failed = await inTransaction(deps.db.paging, async (trx) => {
        const all: FailedCall[] = [];
        for (const row of await lockDueReceipts(trx, now)) {
          const receipt = receiptOf(row.status);
          await deferReceipt(trx, row, null);
          // Whether it is still wanted is asked again right before the next call is made.
          if (receipt) all.push(...(await apply(deps, trx, { row, receipt, wanted: true, now })));
        }
        return all;
      });
      await follow(deps, failed, now);
    },
  };
}

/** Texts, calls and machine detectors have words of their own. */
function receiptOf(status: string): Receipt | null {
  const [kind = '', word = ''] = status.split(':');
  if (kind === 'machine') return readAnswerer(word);
  return kind === 'sms' || kind === 'voice' ? readReceipt(kind, word) : null;
}

async function isWanted({ ports }: SenderDeps, { runId, because }: ReceiptSubject): Promise<boolean> {
  if (runId === null) return false;
  const [wanted = true] = await ports.escalation().stillWanted([{ runId, reason: { kind: because } }]);
  return wanted;
}

async function apply(
  deps: SenderDeps,
  trx: Trx,
  {
    row,
    receipt,
    wanted,
    now,
  }: { readonly row: ReceiptRow; readonly receipt: Receipt; readonly wanted: boolean; readonly now: Instant },
): Promise<readonly FailedCall[]> {
  if (receipt.kind === 'failed') await lockFailover(trx);
  const subject = await lockSubject(trx, row.notificationId);
  if (subject === null) return [];
  const effect = receiptEffect(receipt, {
    state: subject.state,
    ours: subject.providerId === row.sid,
    arrived: subject.receipt,
    answered: subject.answered,
  });
  if (effect === 'wait') {
    await deferReceipt(trx, row, now.add({ seconds: WAIT_SECONDS }));
    return [];
  }
  const detail = [`${row.provider}: ${receipt.words}`, row.detail].filter(Boolean).join(', ');
  await insertAttempt(trx, {
    notificationId: subject.id,
    at: row.at,
    attempt: subject.attempts,
    kind: 'receipt',
    reason: receipt.because,
    detail,
    durationMs: null,
  });
  if (effect === 'arrive') await storeArrival(trx, { id: subject.id, words: receipt.words, at: row.at });
  if (subject.groupId !== null)
    await writeHints(trx, [{ kind: 'notification', ref: subject.groupId, version: 0 }], now);
  if (effect !== 'fail' || receipt.because === null) return [];
  return failAfterAccept(deps, trx, { carrierId: subject.id, because: receipt.because, detail, wanted, now });
}

async function follow(deps: SenderDeps, failed: readonly FailedCall[], now: Instant): Promise<void> {
  deps.wake(now);
  await reportFailed(deps, failed);
}
