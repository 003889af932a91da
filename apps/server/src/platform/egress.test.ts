import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createEgress, type Egress, type EgressRequest } from '#platform/egress';
import { isGlobal, readAllowList } from '#platform/egress-addresses';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function guard(
  allow: readonly string[],
  names: Readonly<Record<string, readonly string[]>> = {},
): Egress & { asked: string[] } {
  const asked: string[] = [];
  const egress = createEgress({
    allow,
    resolve: async (host) => {
      asked.push(host);
      return (names[host] ?? []).map((address) => ({ address, family: net.isIP(address) }));
    },
  });
  closers.push(() => egress.close());
  return Object.assign(egress, { asked });
}

const get = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  url,
  method: 'GET',
  timeoutMs: 2_000,
  maxBytes: 1_000,
  readBody: true,
  ...more,
});

async function serve(
  onRequest: http.RequestListener,
): Promise<{ port: number; hosts: string[]; connections: () => number }> {
  const hosts: string[] = [];
  let connections = 0;
  const server = http.createServer((request, response) => {
    hosts.push(request.headers.host ?? '');
    onRequest(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, hosts, connections: () => connections };
}

describe('addresses', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '168.63.129.16',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:10::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'nonsense',
    '',
  ])('%s is not of the open internet', (address) => {
    expect(isGlobal(address)).toBe(false);
  });

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '223.255.255.255',
    '2606:4700::1',
    '2a00:1450::1',
  ])('%s is of the open internet', (address) => {
    expect(isGlobal(address)).toBe(true);
  });

  test('the allow-list takes networks, addresses, names and suffixes, and refuses anything else by name', () => {
    const list = readAllowList(['10.0.0.0/8', '192.168.1.5', 'fd00::/8', 'Hooks.Corp', '.lan']);
    expect(['10.9.9.9', '192.168.1.5', 'fd12::1'].every((one) => list.address(one))).toBe(true);
    expect(['11.0.0.1', '192.168.1.6', 'fe80::1'].some((one) => list.address(one))).toBe(false);
    expect(['hooks.corp', 'a.lan'].every((one) => list.host(one))).toBe(true);
    expect(['lan', 'xhooks.corp', 'hooks.corp.evil'].some((one) => list.host(one))).toBe(false);
    expect(() => readAllowList(['http://x'])).toThrow('"http://x"');
    expect(() => readAllowList(['10.0.0.0/99'])).toThrow();
  });
});

describe('hostile spellings are refused before anything is connected', () => {
  test.each([
    ['file:///etc/passwd', 'scheme-refused'],
    ['gopher://example.org/', 'scheme-refused'],
    ['ftp://example.org/', 'scheme-refused'],
    ['javascript:alert(1)', 'scheme-refused'],
    ['//example.org/', 'url-invalid'],
    ['example.org', 'url-invalid'],
    ['', 'url-invalid'],
    [`http://example.org/${'a'.repeat(2048)}`, 'url-invalid'],
    ['http://user@example.org/', 'credentials-in-url'],
    ['http://user:pass@example.org/', 'credentials-in-url'],
    ['http://example.org@127.0.0.1/', 'credentials-in-url'],
    ['http://127.0.0.1/', 'address-refused'],
    ['http://127.1/', 'address-refused'],
    ['http://2130706433/', 'address-refused'],
    ['http://0177.0.0.1/', 'address-refused'],
    ['http://0x7f.0.0.1/', 'address-refused'],
    ['http://0x7f000001/', 'address-refused'],
    ['http://0/', 'address-refused'],
    ['http://0.0.0.0/', 'address-refused'],
    ['http://127.0.0.1./', 'address-refused'],
    ['http://１２７.0.0.1/', 'address-refused'],
    ['http:10.0.0.1', 'address-refused'],
    ['http:/\\10.0.0.1', 'address-refused'],
    ['http://169.254.169.254/latest/meta-data', 'address-refused'],
    ['http://[::1]/', 'address-refused'],
    ['http://[::]/', 'address-refused'],
    ['http://[::ffff:127.0.0.1]/', 'address-refused'],
    ['http://[::ffff:7f00:1]/', 'address-refused'],
    ['http://[0:0:0:0:0:ffff:a9fe:a9fe]/', 'address-refused'],
    ['http://[64:ff9b::a9fe:a9fe]/', 'address-refused'],
    ['http://[2002:7f00:1::]/', 'address-refused'],
    ['http://[fe80::1]/', 'address-refused'],
    ['http://[fe80::1%25eth0]/', 'url-invalid'],
    ['http://1.2.3.4.5/', 'url-invalid'],
    ['http://8.8.8.8:22/', 'port-refused'],
    ['https://8.8.8.8:25/', 'port-refused'],
    ['http://127.0.0.1%00.example.org/', 'url-invalid'],
  ])('%s', async (url, reason) => {
    const egress = guard([]);
    expect(await egress.request(get(url))).toMatchObject({ ok: false, reason });
    expect(egress.asked).toEqual([]);
  });

  test.each([
    ['a name that leads inside', ['10.0.0.1']],
    ['a name of which only one address leads inside', ['8.8.8.8', '127.0.0.1']],
    ['a name that leads inside by IPv6', ['fd00:ec2::254']],
    ['a name that leads inside by a mapped address', ['::ffff:169.254.169.254']],
  ])('%s is refused by its addresses', async (_, addresses) => {
    const egress = guard([], { 'rebind.example': addresses });
    expect(await egress.request(get('http://rebind.example:8080/'))).toMatchObject({
      ok: false,
      reason: 'address-refused',
    });
  });

  test('localhost with a trailing dot is refused by its address', async () => {
    const egress = guard([], { localhost: ['127.0.0.1'] });
    expect(await egress.request(get('http://localhost./'))).toMatchObject({ ok: false, reason: 'address-refused' });
    expect(egress.asked).toEqual(['localhost']);
  });

  test('a name that nobody knows says so', async () => {
    expect(await guard([]).request(get('http://nowhere.example/'))).toMatchObject({
      ok: false,
      reason: 'name-not-found',
    });
  });
});

describe('calls', () => {
  test('connects to the address that was checked, asked for once, with the name of the URL', async () => {
    const peer = await serve((_, response) => response.end('hello'));
    let asked = 0;
    const egress = createEgress({
      allow: ['127.0.0.0/8'],
      resolve: async () => {
        asked += 1;
        return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
      },
    });
    closers.push(() => egress.close());
    const answer = await egress.request(get(`http://hooks.example:${peer.port}/a?b=c`));
    expect(answer).toMatchObject({ ok: true, status: 200, complete: true });
    expect(answer.ok && answer.body.toString()).toBe('hello');
    expect(peer.hosts).toEqual([`hooks.example:${peer.port}`]);
    expect(asked).toBe(1);
  });

  test('a host named in the allow-list may lead anywhere', async () => {
    const peer = await serve((_, response) => response.end());
    const egress = guard(['hooks.corp'], { 'hooks.corp': ['127.0.0.1'], 'other.corp': ['127.0.0.1'] });
    expect(await egress.request(get(`http://hooks.corp:${peer.port}/`))).toMatchObject({ ok: true });
    expect(await egress.request(get(`http://other.corp:${peer.port}/`))).toMatchObject({
      ok: false,
      reason: 'address-refused',
    });
  });

  test('follows no redirect', async () => {
    const peer = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(await guard(['127.0.0.1']).request(get(`http://127.0.0.1:${peer.port}/`))).toMatchObject({
      ok: true,
      status: 302,
    });
    expect(peer.hosts).toHaveLength(1);
  });

  test('keeps connections, and tries once more when a kept one had just been closed', async () => {
    let answers = 0;
    const peer = await serve((request, response) => {
      answers += 1;
      if (answers === 3) return void request.socket.destroy();
      response.end('ok');
    });
    const egress = guard(['127.0.0.1']);
    for (let i = 0; i < 3; i += 1) {
      expect(await egress.request(get(`http://127.0.0.1:${peer.port}/`))).toMatchObject({ ok: true, status: 200 });
    }
    expect(answers).toBe(4);
    expect(peer.connections()).toBe(2);
  });

  test('reads no more than its limit of a huge answer', async () => {
    const peer = await serve((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
      };
      response.on('drain', pour);
      pour();
    });
    const answer = await guard(['127.0.0.1']).request(get(`http://127.0.0.1:${peer.port}/`));
    expect(answer).toMatchObject({ ok: true, status: 200, complete: false });
    expect(answer.ok && answer.body.length).toBe(1_000);
  });

  test('gives up on an answer that drips, keeping its status', async () => {
    const peer = await serve((_, response) => response.write('a'));
    const answer = await guard(['127.0.0.1']).request(get(`http://127.0.0.1:${peer.port}/`, { timeoutMs: 100 }));
    expect(answer).toMatchObject({ ok: true, status: 200, complete: false });
  });

  test('says when nobody answers, listens, or speaks HTTP, and when it is aborted', async () => {
    const listen = async (onConnection: (socket: net.Socket) => void) => {
      const server = net.createServer(onConnection);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(() => server.close());
      return server;
    };
    const port = (server: net.Server) => (server.address() as AddressInfo).port;
    const silent = await listen(() => {});
    const garbage = await listen((socket) => socket.end('220 smtp ready\r\n'));
    const drops = await listen((socket) => socket.destroy());
    const egress = guard(['127.0.0.1']);
    const ask = async (at: number, more: Partial<EgressRequest> = {}) => {
      const answer = await egress.request(get(`http://127.0.0.1:${at}/`, { timeoutMs: 200, ...more }));
      return answer.ok ? 'ok' : answer.reason;
    };
    const closed = await listen(() => {});
    const freed = port(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(await ask(port(silent))).toBe('timeout');
    expect(await ask(port(silent), { signal: AbortSignal.abort() })).toBe('aborted');
    expect(await ask(port(garbage))).toBe('answer-invalid');
    expect(await ask(port(drops))).toBe('connection-lost');
    expect(await ask(freed)).toBe('connection-failed');
  });

  test('a header that would break the request is refused', async () => {
    const egress = guard(['127.0.0.1']);
    expect(await egress.request(get('http://127.0.0.1:9/', { headers: { a: 'b\r\nc: d' } }))).toMatchObject({
      ok: false,
      reason: 'url-invalid',
    });
  });
});
