import { afterEach, describe, expect, test } from 'vitest';
import type { SendResult } from './channel.ts';

/** How a peer of a channel behaves. Each adapter's test builds such a peer on a real socket. */
export type Behaviour =
  /** Takes the message. */
  | 'accepts'
  /** Says: not now. */
  | 'busy'
  /** Has a fault of its own. */
  | 'server-error'
  /** Refuses for good. */
  | 'refuses'
  /** Closes in the middle of the dialogue. */
  | 'cut'
  /** Takes the connection and never says anything. */
  | 'silent'
  /** Takes the whole message, then closes without its last word. */
  | 'accepts-and-drops'
  /** Speaks something else. */
  | 'garbage'
  /** Sends its answer a byte at a time, without end. */
  | 'drips'
  /** Sends an answer without end. */
  | 'floods';

/** A peer that has been started: what it was sent, and how many connections it holds. */
export interface Peer {
  /** The keys under which messages arrived whole, in order. */
  readonly keys: readonly string[];
  readonly open: () => number;
  readonly send: (call: { readonly key: string; readonly signal: AbortSignal }) => Promise<SendResult>;
  readonly stop: () => void;
}

/** The time limit that the adapters under test are built with, milliseconds. */
export const TEST_TIMEOUT_MS = 250;

const TABLE: readonly (readonly [Behaviour, 'ok' | 'retryable' | 'final', SendReason[]])[] = [
  ['accepts', 'ok', []],
  ['busy', 'retryable', ['busy']],
  ['server-error', 'retryable', ['server-error', 'busy']],
  ['refuses', 'final', ['refused-message', 'refused-address', 'gone']],
  ['cut', 'retryable', ['connection-lost', 'connection-failed']],
  ['silent', 'retryable', ['timeout']],
  ['accepts-and-drops', 'retryable', ['connection-lost']],
  ['garbage', 'retryable', ['answer-invalid']],
  ['drips', 'retryable', ['timeout']],
  ['floods', 'retryable', ['answer-invalid', 'timeout']],
];
type SendReason = Extract<SendResult, { ok: false }>['reason'];

/** What every channel must do, whatever its peer does: an honest outcome in time, no throw, no connection left behind. */
export function channelConformance(name: string, start: (behaviour: Behaviour) => Promise<Peer>): void {
  describe(`${name}: whatever the peer does`, () => {
    const peers: Peer[] = [];
    afterEach(() => {
      for (const peer of peers.splice(0)) peer.stop();
    });
    const begin = async (behaviour: Behaviour) => {
      const peer = await start(behaviour);
      peers.push(peer);
      return peer;
    };

    test.each(TABLE)('a peer that %s: %s', async (behaviour, outcome, reasons) => {
      const peer = await begin(behaviour);
      const started = process.hrtime.bigint();
      const result = await peer.send({ key: 'key-1', signal: new AbortController().signal });
      expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(TEST_TIMEOUT_MS * 4);
      expect(result.ok ? 'ok' : result.retryable ? 'retryable' : 'final', JSON.stringify(result)).toBe(outcome);
      if (!result.ok) expect(reasons).toContain(result.reason);
    });

    test.each(['accepts', 'accepts-and-drops'] as const)(
      'a repeat carries the same key, when the peer %s',
      async (behaviour) => {
        const peer = await begin(behaviour);
        for (let i = 0; i < 2; i += 1) await peer.send({ key: 'key-7', signal: new AbortController().signal });
        expect(peer.keys).toEqual(['key-7', 'key-7']);
      },
    );

    test.each(['silent', 'drips', 'floods'] as const)(
      'leaves no connection behind when the peer %s',
      async (behaviour) => {
        const peer = await begin(behaviour);
        await peer.send({ key: 'key-2', signal: new AbortController().signal });
        await expect.poll(peer.open).toBe(0);
      },
    );

    test('ends at once when it is aborted, as something to try again', async () => {
      const peer = await begin('silent');
      const stop = new AbortController();
      const sending = peer.send({ key: 'key-3', signal: stop.signal });
      await expect.poll(peer.open).toBe(1);
      stop.abort();
      expect(await sending).toMatchObject({ ok: false, retryable: true, reason: 'aborted' });
    });
  });
}
