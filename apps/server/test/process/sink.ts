import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that a webhook received. */
export interface Call {
  /** The alert that it is about, `chaos-12`. */
  readonly alert: string;
  /** The key that a repeat must carry again (webhook-id). */
  readonly key: string;
  /** When it arrived, epoch milliseconds. */
  readonly atMs: number;
  readonly body: string;
}

/** A webhook endpoint that remembers every call. */
export interface Sink {
  readonly url: string;
  readonly calls: readonly Call[];
  /** The keys of each alert's calls. */
  keysByAlert(): ReadonlyMap<string, readonly string[]>;
  close(): void;
}

/** Opens a sink. `answerAfterMs`: how long a caller waits, so that calls are in flight when it is killed; default 0. */
export async function openSink({ answerAfterMs = 0 }: { readonly answerAfterMs?: number } = {}): Promise<Sink> {
  const calls: Call[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const key = String(request.headers['webhook-id']);
      const body = Buffer.concat(chunks).toString('utf8');
      const atMs = Date.now();
      for (const alert of new Set(body.match(/chaos-\d+/g) ?? [])) calls.push({ alert, key, atMs, body });
      setTimeout(() => response.end('{}'), answerAfterMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    keysByAlert() {
      const keys = new Map<string, string[]>();
      for (const { alert, key } of calls) keys.set(alert, [...(keys.get(alert) ?? []), key]);
      return keys;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
