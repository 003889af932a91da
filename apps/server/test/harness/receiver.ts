import { createHmac, timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call that a receiver got, whatever it answered. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it needs
  readonly event: any;
}

/** How a receiver answers the next calls: a status, with headers and text; or by itself, e.g. never. */
export type Manner =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly text?: string }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** A machine outside that is told by webhooks; it keeps every call that it got. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly calls: Received[];
  /** Calls that it has accepted and not answered, at most. */
  readonly mostAtOnce: () => number;
  behave(manner: Manner): void;
  close(): Promise<void>;
}

/** Opens a receiver on the loopback. */
export async function openReceiver(manner: Manner = 204): Promise<Receiver> {
  let now = manner;
  let open = 0;
  let most = 0;
  const calls: Received[] = [];
  const server = http.createServer((request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on('close', () => {
      open -= 1;
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const headers = request.headers as Record<string, string>;
      calls.push({ path: request.url ?? '', headers, text, event: text === '' ? null : JSON.parse(text).event });
      answer(now, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    calls,
    mostAtOnce: () => most,
    behave(next) {
      now = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(manner: Manner, request: IncomingMessage, response: ServerResponse): void {
  if (typeof manner === 'function') return manner(request, response);
  const { status, headers = {}, text = '' } = typeof manner === 'number' ? { status: manner } : manner;
  response.writeHead(status, headers).end(text);
}

/** Whether one of a call's signatures is of this secret: Standard Webhooks, told once more in a receiver's own code. */
export function isSigned({ headers, text }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
  const expected = createHmac('sha256', key).update(content).digest();
  return (headers['webhook-signature'] ?? '').split(' ').some((one) => {
    const [version, given = ''] = one.split(',');
    const bytes = Buffer.from(given, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
