import { execFile } from 'node:child_process';
import fc from 'fast-check';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createEgress, type EgressRequest } from '#platform/egress';
import { isGlobal, readAllowList } from '#platform/egress-addresses';

/**
 * The guard against every way of writing an address. What is inside and what is not is told by an oracle of its own:
 * plain numbers, not the lists that the guard reads.
 */
const run = promisify(execFile);
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const get = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  url,
  method: 'GET',
  timeoutMs: 2_000,
  maxBytes: 1_000,
  readBody: true,
  ...more,
});

/** Asks the guard; says what the resolver was asked, which is nothing for an address. */
async function ask(url: string, allow: readonly string[] = [], answer: readonly string[] = []) {
  const asked: string[] = [];
  const egress = createEgress({
    allow,
    resolve: async (host) => {
      asked.push(host);
      return answer.map((address) => ({ address, family: net.isIP(address) }));
    },
  });
  try {
    const result = await egress.request(get(url, { timeoutMs: 500 }));
    return { outcome: result.ok ? 'answered' : result.reason, asked };
  } finally {
    egress.close();
  }
}

/** First and last address of every IPv4 network that is not of the open internet. */
const INSIDE_4: readonly (readonly [string, string, string])[] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private', '10.0.0.0', '10.255.255.255'],
  ['carrier-grade NAT', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255'],
  ['Azure metadata', '168.63.129.16', '168.63.129.16'],
  ['link-local and metadata', '169.254.0.0', '169.254.255.255'],
  ['private', '172.16.0.0', '172.31.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.255'],
  ['documentation', '192.0.2.0', '192.0.2.255'],
  ['6to4 relays', '192.88.99.0', '192.88.99.255'],
  ['private', '192.168.0.0', '192.168.255.255'],
  ['benchmarks', '198.18.0.0', '198.19.255.255'],
  ['documentation', '198.51.100.0', '198.51.100.255'],
  ['documentation', '203.0.113.0', '203.0.113.255'],
  ['multicast, reserved, broadcast', '224.0.0.0', '255.255.255.255'],
];

const number4 = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const text4 = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
const isInside4 = (value: number) =>
  INSIDE_4.some(([, first, last]) => number4(first) <= value && value <= number4(last));

const inside4 = fc
  .constantFrom(...INSIDE_4)
  .chain(([, first, last]) => fc.integer({ min: number4(first), max: number4(last) }));

/** How one number of an address may be written, as browsers and C libraries read it. */
const inBase = (value: number, base: 'decimal' | 'octal' | 'hex' | 'HEX') =>
  base === 'decimal'
    ? String(value)
    : base === 'octal'
      ? `0${value.toString(8)}`
      : base === 'hex'
        ? `0x${value.toString(16)}`
        : `0X00${value.toString(16).toUpperCase()}`;

/** The parts of an address in one to four numbers: the last takes what is left. */
function parts4(value: number, count: number): readonly number[] {
  const bytes = text4(value).split('.').map(Number);
  const front = bytes.slice(0, count - 1);
  return [...front, bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0)];
}

const WIDE: Readonly<Record<string, (digit: string) => string>> = {
  plain: (digit) => digit,
  fullwidth: (digit) => String.fromCodePoint(0xff10 + Number(digit)),
  circled: (digit) => (digit === '0' ? '⓪' : String.fromCodePoint(0x2460 + Number(digit) - 1)),
  mathematical: (digit) => String.fromCodePoint(0x1d7ce + Number(digit)),
  percent: (digit) => `%${digit.charCodeAt(0).toString(16)}`,
};

/** Any spelling of an IPv4 address in a URL. */
const spelling4 = (value: number) =>
  fc
    .record({
      count: fc.integer({ min: 1, max: 4 }),
      bases: fc.array(fc.constantFrom('decimal', 'octal', 'hex', 'HEX' as const), { minLength: 4, maxLength: 4 }),
      digits: fc.constantFrom(...Object.keys(WIDE)),
      dot: fc.constantFrom('.', '。', '．', '｡', '%2e', '%2E'),
      trailing: fc.constantFrom('', '.'),
      scheme: fc.constantFrom('http://', 'https://', 'HTTP://', 'http:\\\\', 'http:/', 'http:', ' \thttp://'),
      rest: fc.constantFrom(
        '/',
        '',
        '/x?y#z',
        ':80/',
        ':8080/',
        '\\@8.8.8.8/',
        '/\\8.8.8.8',
        '?@8.8.8.8/',
        '#@8.8.8.8/',
      ),
    })
    .map(({ count, bases, digits, dot, trailing, scheme, rest }) => {
      const written = parts4(value, count).map((part, i) => inBase(part, bases[i] as 'decimal'));
      const spell = WIDE[digits] as (digit: string) => string;
      const host = written.map((part) => part.replaceAll(/\d/g, spell)).join(dot);
      return `${scheme}${host}${trailing}${rest}`;
    });

describe('IPv4', () => {
  test.each(INSIDE_4)('%s: %s to %s and not the addresses beside it', (_name, first, last) => {
    expect([isGlobal(first), isGlobal(last)]).toEqual([false, false]);
    for (const beside of [number4(first) - 1, number4(last) + 1])
      if (beside >= 0 && beside < 2 ** 32)
        expect([text4(beside), isGlobal(text4(beside))]).toEqual([text4(beside), !isInside4(beside)]);
  });

  test('an address is let out exactly when the plain numbers say that it is outside', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), inside4), (value) => {
        expect(isGlobal(text4(value))).toBe(!isInside4(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test('no spelling of an inside address gets out: bases, short forms, other digits and dots, backslashes, a dot at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        inside4.chain((value) => spelling4(value)),
        async (url) => {
          const { outcome, asked } = await ask(url);
          expect({ outcome, asked }, url).toEqual({ outcome: 'address-refused', asked: [] });
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

const hex = (value: number) => value.toString(16);
const halves = (value: number) => `${hex(Math.floor(value / 65_536))}:${hex(value % 65_536)}`;
/** IPv6 addresses that carry or hide an IPv4 one, in the forms that the URL standard takes. */
const CARRIERS: readonly (readonly [string, (value: number) => string])[] = [
  ['mapped', (value) => `::ffff:${halves(value)}`],
  ['mapped, dotted', (value) => `::ffff:${text4(value)}`],
  ['mapped, written out', (value) => `0:0:0:0:0:FFFF:${halves(value)}`],
  ['mapped, leading zeros', (value) => `0000:0000:0000:0000:0000:ffff:${halves(value)}`],
  ['compatible', (value) => `::${halves(value)}`],
  ['translated (SIIT)', (value) => `::ffff:0:${halves(value)}`],
  ['NAT64', (value) => `64:ff9b::${halves(value)}`],
  ['NAT64, dotted', (value) => `64:ff9b::${text4(value)}`],
  ['NAT64, local use', (value) => `64:ff9b:1::${halves(value)}`],
  ['6to4', (value) => `2002:${halves(value)}::1`],
  ['Teredo', (value) => `2001:0:${halves(value)}:0:ffff:${halves(2 ** 32 - 1 - value)}`],
];

describe('IPv6', () => {
  test.each(CARRIERS)('%s addresses are refused, whichever IPv4 address they carry', async (_name, carry) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), inside4), async (value) => {
        const address = carry(value);
        expect(isGlobal(address)).toBe(false);
        expect((await ask(`http://[${address}]/`)).outcome).toBe('address-refused');
        expect((await ask('http://carrier.example/', [], [address])).outcome).toBe('address-refused');
      }),
      { numRuns: 60 },
    );
  });

  test('only global unicast is let out, and of that not what is special', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group, group, group), (groups) => {
        const [first, second] = groups;
        const special =
          (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) ||
          first === 0x2002 ||
          (first === 0x3fff && second < 0x1000);
        const expected = first >= 0x2000 && first <= 0x3fff && !special;
        expect(isGlobal(groups.map(hex).join(':'))).toBe(expected);
      }),
      { numRuns: 2_000, examples: [[[0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254]], [[0x2001, 0x01ff, 0, 0, 0, 0, 0, 1]]] },
    );
  });

  test.each(['2606:4700::1%eth0', 'fe80::1%lo', '::1%1', '1.1.1.1%eth0'])(
    '%s: no address with a zone',
    async (address) => {
      expect(isGlobal(address)).toBe(false);
      expect(readAllowList(['::/0', '0.0.0.0/0']).address(address)).toBe(false);
      expect((await ask('http://zone.example/', ['::/0'], [address])).outcome).toBe('address-refused');
      expect((await ask(`http://[${address.replace('%', '%25')}]/`)).outcome).toBe('url-invalid');
    },
  );
});

describe('what stands around the address', () => {
  test.each([
    ['http://8.8.8.8@127.0.0.1/', 'credentials-in-url'],
    ['http://8.8.8.8:80@127.0.0.1/', 'credentials-in-url'],
    ['http://@127.0.0.1/', 'address-refused'],
    ['http://:@127.0.0.1/', 'address-refused'],
    ['http://8.8.8.8 &@127.0.0.1#@8.8.4.4/', 'credentials-in-url'],
    ['http://127.0.0.1:80\\@8.8.8.8/', 'address-refused'],
    ['http://8.8.8.8\n.127.0.0.1/', 'url-invalid'],
    ['http://1\t27.0.\n0.1/', 'address-refused'],
    ['http://127.0.0.1../', 'address-refused'],
    ['http://0x/', 'address-refused'],
    ['http://0x7f.0.1/', 'address-refused'],
    ['http://4294967296/', 'url-invalid'],
    ['http://256.0.0.1/', 'url-invalid'],
    ['http://8.8.8.8:0/', 'port-refused'],
    ['http://8.8.8.8:99999/', 'url-invalid'],
    ['https://8.8.8.8:80@8.8.8.8:22/', 'credentials-in-url'],
    ['ws://8.8.8.8/', 'scheme-refused'],
    ['unix:/run/postgresql', 'scheme-refused'],
    ['http+unix://%2frun%2fdocker.sock/info', 'scheme-refused'],
    ['data:text/plain,x', 'scheme-refused'],
    ['blob:http://127.0.0.1/x', 'scheme-refused'],
    ['view-source:http://127.0.0.1/', 'scheme-refused'],
  ])('%j', async (url, reason) => {
    expect(await ask(url)).toEqual({ outcome: reason, asked: [] });
  });

  test.each([
    ['http://ⓛocalhost/', 'localhost'],
    ['http://LOCALHOST./', 'localhost'],
    ['http://localhost../', 'localhost'],
    ['http://ｍｅｔａｄａｔａ.google.internal/', 'metadata.google.internal'],
    ['http://127.0.0.1.nip.example/', '127.0.0.1.nip.example'],
    ['http://ex%61mple.com/', 'example.com'],
    ['http://bücher.example/', 'xn--bcher-kva.example'],
  ])('%j is the name that the resolver is asked for, and its address decides', async (url, name) => {
    expect(await ask(url, [], ['127.0.0.1'])).toEqual({ outcome: 'address-refused', asked: [name] });
  });
});

describe('after the check', () => {
  const listen = async (address: string, port = 0) => {
    let hits = 0;
    const server = http.createServer((_, response) => {
      hits += 1;
      response.end('here');
    });
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    closers.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return { port: (server.address() as AddressInfo).port, hits: () => hits };
  };

  test('a name that leads elsewhere the next time is checked the next time, and the new address is not connected to', async () => {
    const outside = await listen('127.0.0.1');
    const inside = await listen('127.0.0.2', outside.port);
    const answers = ['127.0.0.1', '127.0.0.2'];
    let asked = 0;
    const egress = createEgress({
      allow: ['127.0.0.1'],
      resolve: async () => {
        const address = answers[Math.min(asked, 1)] as string;
        asked += 1;
        return [{ address, family: 4 }];
      },
    });
    closers.push(() => egress.close());
    const url = `http://rebind.example:${outside.port}/`;
    const close = { connection: 'close' };
    expect(await egress.request(get(url, { headers: close }))).toMatchObject({ ok: true, status: 200 });
    expect(await egress.request(get(url, { headers: close }))).toMatchObject({ ok: false, reason: 'address-refused' });
    expect([asked, outside.hits(), inside.hits()]).toEqual([2, 1, 0]);
  });

  test('a connection is kept with the address that was checked, whatever the name says meanwhile', async () => {
    const outside = await listen('127.0.0.1');
    const inside = await listen('127.0.0.2', outside.port);
    let asked = 0;
    const egress = createEgress({
      allow: ['127.0.0.1'],
      resolve: async () => {
        asked += 1;
        return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
      },
    });
    closers.push(() => egress.close());
    for (let i = 0; i < 3; i += 1)
      expect(await egress.request(get(`http://rebind.example:${outside.port}/`))).toMatchObject({ ok: true });
    expect([outside.hits(), inside.hits()]).toEqual([3, 0]);
  });

  test('the fresh connection after a kept one broke is checked again', async () => {
    let served = 0;
    const outside = http.createServer((request, response) => {
      served += 1;
      if (served === 2) return void request.socket.destroy();
      response.end('here');
    });
    await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      outside.close();
      outside.closeAllConnections();
    });
    const { port } = outside.address() as AddressInfo;
    const inside = await listen('127.0.0.2', port);
    let asked = 0;
    const egress = createEgress({
      allow: ['127.0.0.1'],
      resolve: async () => {
        asked += 1;
        return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
      },
    });
    closers.push(() => egress.close());
    const url = `http://rebind.example:${port}/`;
    expect(await egress.request(get(url))).toMatchObject({ ok: true });
    expect(await egress.request(get(url))).toMatchObject({ ok: false, reason: 'address-refused' });
    expect(inside.hits()).toBe(0);
  });

  test.each([301, 302, 303, 307, 308])(
    'a %i to an inside address is an answer, and is not followed',
    async (status) => {
      const inside = await listen('127.0.0.2');
      const peer = http.createServer((_, response) =>
        response.writeHead(status, { location: `http://127.0.0.2:${inside.port}/secret` }).end(),
      );
      await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
      closers.push(() => peer.close());
      const egress = createEgress({ allow: ['127.0.0.1', '127.0.0.2'] });
      closers.push(() => egress.close());
      const { port } = peer.address() as AddressInfo;
      expect(await egress.request(get(`http://127.0.0.1:${port}/`))).toMatchObject({ ok: true, status });
      expect(inside.hits()).toBe(0);
    },
  );

  test('the proxy that the environment names is not used: it would connect for us, unchecked', async () => {
    const proxy = await listen('127.0.0.1');
    const peer = await listen('127.0.0.1');
    const script = `
      import { createEgress } from '#platform/egress';
      const egress = createEgress({ allow: ['127.0.0.1'] });
      const answer = await egress.request({ url: 'http://127.0.0.1:${peer.port}/', method: 'GET', timeoutMs: 2000, maxBytes: 9, readBody: true });
      console.log(answer.ok);
      egress.close();`;
    const env = { ...process.env, HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '', NODE_USE_ENV_PROXY: '1' };
    const args = ['--input-type=module', '--eval', script];
    const { stdout } = await run(process.execPath, args, { env, cwd: import.meta.dirname });
    expect([stdout.trim(), proxy.hits(), peer.hits()]).toEqual(['true', 0, 1]);
  });
});

describe('the allow-list opens exactly what it says', () => {
  const cidr4 = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
    .map(([value, prefix]) => ({ first: value - (value % 2 ** (32 - prefix)), prefix }));

  test('a network: the numbers between its first and its last address, and no other', () => {
    fc.assert(
      fc.property(
        fc.array(cidr4, { maxLength: 4 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.nat({ max: 3 }),
        (networks, anywhere, which) => {
          const list = readAllowList(networks.map(({ first, prefix }) => `${text4(first)}/${prefix}`));
          const near = networks[which];
          const edges = near
            ? [
                near.first - 1,
                near.first,
                near.first + 2 ** (32 - near.prefix) - 1,
                near.first + 2 ** (32 - near.prefix),
              ]
            : [];
          for (const value of [anywhere, ...edges].filter((one) => one >= 0 && one < 2 ** 32)) {
            const named = networks.some(({ first, prefix }) => first <= value && value < first + 2 ** (32 - prefix));
            expect(list.address(text4(value)), text4(value)).toBe(named);
            expect(list.address(`::ffff:${text4(value)}`)).toBe(false);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('an IPv6 network opens no IPv4 address', () => {
    const list = readAllowList(['::/0']);
    expect([list.address('fd00::1'), list.address('127.0.0.1'), list.address('10.0.0.1')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(readAllowList(['::ffff:0:0/96']).address('10.0.0.1')).toBe(false);
  });

  test.each([
    '10.0.0.0/',
    '10.0.0.0/ 8',
    '10.0.0.0/0x8',
    '10.0.0.0/1e1',
    '10.0.0.0/08',
    '10.0.0.0/8/9',
    '10.0.0.0/-1',
    '10.0.0.0/33',
    'fd00::/129',
    'fd00::/',
    '10.0.0.1/8',
    'fd00::1/8',
    '2001:db8:1::/32',
    'fe80::1%eth0',
    'fe80::%eth0/10',
    '10/8',
    'hooks.corp/8',
    '/8',
    '10',
    '10.1',
    '0x7f.1',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '.0.0.1',
    '.1',
    '*',
    '*.corp',
    'http://x',
    'hooks.corp:8080',
    'bücher.example',
    'a b',
    '',
    ' ',
    '.',
    '..',
    '[::1]',
    '10.0.0.0-10.0.0.9',
  ])('%j is refused by name, since it would open more or less than it seems to', (entry) => {
    expect(() => readAllowList([entry])).toThrow(JSON.stringify(entry));
  });

  test('a name opens that name, a suffix what ends in it; neither an address that ends alike', async () => {
    const list = readAllowList(['hooks.corp', '.lan', 'dot.corp.']);
    expect(['hooks.corp', 'a.lan', 'a.b.lan', 'dot.corp'].map((name) => list.host(name))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['lan', 'xhooks.corp', 'a.hooks.corp', 'hooks.corp.evil', 'alan'].filter((name) => list.host(name))).toEqual(
      [],
    );
    expect((await ask('http://hooks.corp.evil.example/', ['hooks.corp'], ['10.0.0.1'])).outcome).toBe(
      'address-refused',
    );
    expect((await ask('http://hooks.corp@10.0.0.1/', ['hooks.corp'])).outcome).toBe('credentials-in-url');
  });

  test('an allowed address is open to every name that leads there, one that is not stays shut', async () => {
    const peer = http.createServer((_, response) => response.end());
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
    closers.push(() => peer.close());
    const { port } = peer.address() as AddressInfo;
    const url = `http://any.example:${port}/`;
    expect((await ask(url, ['127.0.0.1'], ['127.0.0.1'])).outcome).toBe('answered');
    expect((await ask(url, ['127.0.0.1'], ['127.0.0.1', '127.0.0.2'])).outcome).toBe('address-refused');
    expect((await ask(url, ['127.0.0.0/31'], ['127.0.0.1'])).outcome).toBe('answered');
    expect((await ask(url, ['127.0.0.2/31'], ['127.0.0.1'])).outcome).toBe('address-refused');
    expect((await ask(`http://[::ffff:127.0.0.1]:${port}/`, ['127.0.0.1'])).outcome).toBe('address-refused');
  });
});
