import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
// A peer of a test drips in real time.
import { clearInterval, setInterval } from 'node:timers';
import type { Behaviour } from './conformance.ts';

/** For tests of HTTP channels only: peers on real sockets, well and badly behaved. */

/** One request that arrived whole. */
export interface Got {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A peer that listens. */
export interface HttpPeer {
  readonly origin: string;
  readonly got: Got[];
  readonly open: () => number;
  readonly stop: () => void;
}

/** Listens on a free port of this machine. */
export async function listen(server: net.Server, got: Got[] = []): Promise<HttpPeer> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got, open: () => sockets.size, stop };
}

/** A server that keeps what it is sent and then answers. */
export async function receiver(answer: (response: http.ServerResponse, got: Got) => void): Promise<HttpPeer> {
  const got: Got[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      got.push(one);
      answer(response, one);
    });
  });
  return listen(server, got);
}

/** A peer without a protocol: says this as soon as something arrives. */
export function speaking(speak: (socket: net.Socket) => void): net.Server {
  return net.createServer((socket) => void socket.once('data', () => speak(socket)));
}

/** Writes without end. */
export function pour(stream: NodeJS.WritableStream & { destroyed?: boolean }, text: string): void {
  const more = () => {
    while (!stream.destroyed && stream.write(text)) {}
  };
  stream.on('drain', more);
  more();
}

/** A provider of each of the behaviours that every channel must bear; `yes` is how it says that it took the message. */
export function peerOf(
  behaviour: Behaviour,
  yes: { readonly status: number; readonly body: string },
): Promise<HttpPeer> {
  const status = (code: number, body = '{}') => receiver((response) => response.writeHead(code).end(body));
  switch (behaviour) {
    case 'accepts':
      return status(yes.status, yes.body);
    case 'busy':
      return status(429);
    case 'server-error':
      return status(500);
    case 'refuses':
      return status(410);
    case 'cut':
      return listen(net.createServer((socket) => void socket.destroy()));
    case 'silent':
      return listen(net.createServer((socket) => void socket.resume()));
    case 'accepts-and-drops':
      return receiver((response) => response.socket?.destroy());
    case 'garbage':
      return listen(speaking((socket) => socket.end('220 smtp ready\r\n')));
    case 'drips':
      return listen(
        speaking((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nx-');
          const drip = setInterval(() => socket.write('a'), 20);
          socket.on('close', () => clearInterval(drip));
        }),
      );
    case 'floods':
      return listen(speaking((socket) => pour(socket, `HTTP/1.1 200 OK\r\n${'x-more: and more\r\n'.repeat(2000)}`)));
  }
}
