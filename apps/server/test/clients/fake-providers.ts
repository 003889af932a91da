import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The providers of push and chat that Tocsin speaks to. */
export type ProviderName =
  | 'ntfy'
  | 'gotify'
  | 'pushover'
  | 'telegram'
  | 'slack'
  | 'mattermost'
  | 'discord'
  | 'google-chat'
  | 'teams';

/**
 * How a provider treats a message: `accept` as documented; `silent`, takes it and never answers; `busy`, 429 with
 * Retry-After; `broken`, 500; `drop`, takes it and closes without a word; `twice`, says yes two times; `html`, 200 with
 * somebody else's page; `drip`, a yes at a byte a second; `flood`, a yes of 10 MB.
 */
export type Treatment = 'accept' | 'silent' | 'busy' | 'broken' | 'drop' | 'twice' | 'html' | 'drip' | 'flood';

/** One message as it arrived. */
export interface Taken {
  readonly path: string;
  readonly key: string;
  /** All words of its body, those of forms decoded. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A provider on a port of its own. */
export interface FakeProvider {
  readonly origin: string;
  /** Every message, accepted or not, oldest first. */
  readonly taken: readonly Taken[];
  treat(treatment: Treatment): void;
  stop(): void;
}

const YES: Readonly<Record<ProviderName, readonly [status: number, body: string]>> = {
  ntfy: [200, '{"id":"sPs71M8A2T","event":"message","topic":"t"}'],
  gotify: [200, '{"id":25,"appid":5,"message":"m"}'],
  pushover: [200, '{"status":1,"request":"647d2300","receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"}'],
  telegram: [200, '{"ok":true,"result":{"message_id":4711}}'],
  slack: [200, 'ok'],
  mattermost: [200, 'ok'],
  discord: [200, '{"id":"1044628000000000000"}'],
  'google-chat': [200, '{"name":"spaces/A/messages/B"}'],
  teams: [202, ''],
};

/** Starts a provider; it accepts until it is told otherwise. */
export async function startProvider(name: ProviderName): Promise<FakeProvider> {
  const taken: Taken[] = [];
  const sockets = new Set<Socket>();
  let treatment: Treatment = 'accept';
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
      const text = isForm ? [...new URLSearchParams(body).values()].join('\n') : body;
      const key = String(request.headers['idempotency-key']);
      taken.push({ path: request.url ?? '', key, text, at: Date.now() });
      void answer(response, YES[name], treatment);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    treat(next) {
      treatment = next;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function answer(
  response: http.ServerResponse,
  [status, body]: readonly [number, string],
  treatment: Treatment,
): Promise<void> {
  switch (treatment) {
    case 'accept':
      return void response.writeHead(status).end(body);
    case 'silent':
      return;
    case 'busy':
      return void response.writeHead(429, { 'retry-after': '3600' }).end('{}');
    case 'broken':
      return void response.writeHead(500).end('{}');
    case 'drop':
      return void response.socket?.destroy();
    case 'html':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Sign in to the network</title>');
    case 'twice': {
      const yes = `HTTP/1.1 ${status} OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      response.socket?.write(yes);
      await sleep(20);
      return void response.socket?.write(yes);
    }
    case 'drip':
      response.writeHead(status).write(body);
      while (!response.destroyed) {
        response.write(' ');
        await sleep(1_000);
      }
      return;
    case 'flood':
      response.writeHead(status).write(body);
      for (let i = 0; i < 160 && !response.destroyed; i += 1) response.write(' '.repeat(65_536));
      return void response.end();
  }
}
