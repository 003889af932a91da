import type { ChannelFailure } from '../adapters/channel.ts';
import type { NotificationState } from '../model.ts';

/** What a provider reports of a message or call that it took. */
export type ReceiptKind = 'progress' | 'arrived' | 'failed';

/** A provider's word about one message, in ours. */
export interface Receipt {
  readonly kind: ReceiptKind;
  /** In words, as it is shown. */
  readonly words: string;
  /** Why it failed; null unless it did. */
  readonly because: ChannelFailure | null;
}

const progress = (words: string): Receipt => ({ kind: 'progress', words, because: null });
const arrived = (words: string): Receipt => ({ kind: 'arrived', words, because: null });
const undelivered = (words: string): Receipt => ({ kind: 'failed', words, because: 'undelivered' });
const unanswered = (words: string): Receipt => ({ kind: 'failed', words, because: 'unanswered' });

const SMS: Readonly<Record<string, Receipt>> = {
  accepted: progress('accepted'),
  scheduled: progress('scheduled'),
  queued: progress('queued'),
  sending: progress('sending'),
  sent: progress('sent to the carrier'),
  delivered: arrived('delivered'),
  read: arrived('read'),
  undelivered: undelivered('undelivered'),
  failed: undelivered('failed'),
  canceled: undelivered('canceled'),
};

const CALL: Readonly<Record<string, Receipt>> = {
  queued: progress('queued'),
  initiated: progress('dialled'),
  ringing: progress('ringing'),
  'in-progress': arrived('answered'),
  completed: progress('the call has ended'),
  busy: unanswered('busy'),
  'no-answer': unanswered('no answer'),
  failed: undelivered('the call failed'),
  canceled: unanswered('canceled'),
};

/** Reads a status; null for one that is not known, which is then nobody's business. */
export function readReceipt(channel: 'sms' | 'voice', status: string): Receipt | null {
  const table = channel === 'sms' ? SMS : CALL;
  return Object.hasOwn(table, status) ? (table[status] as Receipt) : null;
}

/** Reads who answered a call: a machine is nobody. Null when a person did, or nobody knows. */
export function readAnswerer(answeredBy: string): Receipt | null {
  return answeredBy.startsWith('machine') || answeredBy === 'fax' ? unanswered('answered by a machine') : null;
}

/** What a receipt does to its notification. */
export type ReceiptEffect =
  /** Only noted. */
  | 'note'
  /** Noted, and the notification has arrived. */
  | 'arrive'
  /** The notification failed after all: the next method is called at once. */
  | 'fail'
  /** The sender has not stored its own outcome yet: looked at again in a moment. */
  | 'wait';

/**
 * Decides what a receipt does. A failure counts only for the very message that the provider said it took (`ours`): an
 * earlier try that was thought lost may fail while the later one is read. Who has pressed a key was there, whatever a
 * machine detector says.
 */
export function receiptEffect(
  receipt: Receipt,
  stored: {
    readonly state: NotificationState;
    readonly ours: boolean;
    readonly arrived: string | null;
    readonly answered: boolean;
  },
): ReceiptEffect {
  if (receipt.kind === 'progress') return 'note';
  if (stored.state === 'queued' || stored.state === 'leased') return 'wait';
  if (receipt.kind === 'arrived') return stored.state === 'sent' && stored.arrived === null ? 'arrive' : 'note';
  if (stored.state !== 'sent' || !stored.ours || stored.answered) return 'note';
  // A text that was delivered is not taken back; a call that was picked up by a machine is.
  return stored.arrived !== null && receipt.because !== 'unanswered' ? 'note' : 'fail';
}
