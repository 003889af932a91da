import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of a webhook. */
export interface HookCall {
  readonly event: unknown;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A receiver of webhooks that keeps what it is sent, by path. */
export interface HookSink {
  urlFor(name: string): string;
  called(name: string): readonly HookCall[];
  stop(): void;
}

/** Starts it on the loopback address. */
export async function startHookSink(): Promise<HookSink> {
  const calls = new Map<string, HookCall[]>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = { event: JSON.parse(Buffer.concat(chunks).toString('utf8')), at: Date.now() };
      calls.set(request.url ?? '', [...(calls.get(request.url ?? '') ?? []), call]);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pathOf = (name: string) => `/${name.toLowerCase().replaceAll(' ', '-')}`;
  return {
    urlFor: (name) => `http://127.0.0.1:${port}${pathOf(name)}`,
    called: (name) => calls.get(pathOf(name)) ?? [],
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
