import { mkdtempSync, readFileSync, rmSync, statSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageList, verifyReport } from '@tocsin/contracts';
import { afterAll, afterEach, expect, test } from 'vitest';
import { patientFetch } from './patient-fetch.ts';
import { run } from './program.ts';
import { KEY, ok, refused, type Replies, startFakeServer } from './testkit/fake-server.ts';
import { ALERT, brokenReport, NOW, PAGE, pages } from './testkit/samples.ts';

const home = mkdtempSync(join(tmpdir(), 'tocsin-cli-'));
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(join(home, '.config'), { recursive: true, force: true });
});
afterAll(() => rmSync(home, { recursive: true }));

/** Runs a command line against a fake server, without a terminal unless columns are given. */
async function tocsin(line: string, { replies, key = KEY, columns = null, fake }: Partial<Setting> = {}) {
  const server = fake ?? (await startFakeServer(replies));
  if (!fake) stops.push(server.stop);
  let out = '';
  let err = '';
  const exit = await run(line.split(' '), {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    env: { HOME: home, TOCSIN_URL: server.url, ...(key === null ? {} : { TOCSIN_API_KEY: key }) },
    columns,
    errIsTerminal: false,
    zone: 'Europe/Lisbon',
    now: () => NOW,
    fetch: patientFetch,
  });
  return { exit, out, err, asked: server.asked };
}

interface Setting {
  readonly replies: Replies;
  readonly key: string | null;
  readonly columns: number | null;
  readonly fake: Awaited<ReturnType<typeof startFakeServer>>;
}

test.each<[string, string, Partial<Setting>?]>([
  ['pages', 'pages'],
  ['pages-all', 'pages --state all'],
  ['pages-narrow', 'pages --state all', { columns: 90 }],
  ['alerts', 'alerts'],
  ['who', 'who'],
  ['alerts-narrow', 'alerts', { columns: 72 }],
  ['ack', 'ack 12'],
  ['explain', `explain ${ALERT}`],
  ['explain-narrow', `explain ${ALERT}`, { columns: 50 }],
  ['verify', 'verify'],
  ['help', '--help'],
])('prints %s as agreed', async (name, line, setting) => {
  const { exit, out, err } = await tocsin(line, setting);
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  await expect(out).toMatchFileSnapshot(`./testdata/${name}.txt`);
});

test('nothing that a stranger wrote reaches the terminal as a command', async () => {
  const { out } = await tocsin('pages --state all');
  expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u);
});

test('--json prints what the API said, and nothing else', async () => {
  const { out } = await tocsin('pages --state all --json');
  expect(JSON.parse(out)).toEqual({ pages });
  expect(JSON.parse((await tocsin('verify --json')).out)).toMatchObject({ ok: true });
});

test('open pages leave the resolved ones out, and are looked for on later answers', async () => {
  const first = { items: [pages[2]], nextCursor: 'c1' };
  const second = { items: [pages[0]], nextCursor: null };
  const replies: Replies = {
    'GET /api/v1/pages': ({ query }) => ({ status: 200, body: pageList.parse(query['cursor'] ? second : first) }),
  };
  const { out, asked } = await tocsin('pages --json --mine', { replies });
  expect(JSON.parse(out).pages.map((page: { number: number }) => page.number)).toEqual([12]);
  expect(asked.map(({ query }) => query['cursor'])).toEqual([undefined, 'c1']);
  expect(asked[0]?.query).toMatchObject({ mine: 'true', zone: 'Europe/Lisbon' });
});

test('acknowledge finds a page by its number or id, and is done once', async () => {
  const { asked } = await tocsin('ack 12');
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/pages/12',
    `POST /api/v1/pages/${PAGE}/acknowledge`,
    `GET /api/v1/pages/${PAGE}`,
  ]);
  expect(asked[1]?.key).toMatch(/^[0-9a-f]{32}$/);
  const byId = await tocsin(`ack ${PAGE}`);
  expect(byId.asked[0]?.method).toBe('POST');
  expect((await tocsin('ack 99')).exit).toBe(4);
  expect((await tocsin('ack twelve')).err).toContain('twelve is no page');
});

test('verify ends with 1 when an invariant is violated, and names what is', async () => {
  const { exit, out } = await tocsin('verify', { replies: { 'GET /api/v1/verify': ok(verifyReport, brokenReport) } });
  expect(exit).toBe(1);
  await expect(out).toMatchFileSnapshot('./testdata/verify-broken.txt');
});

test('verify takes the hour that the server grants, not the ten seconds of a screen', async () => {
  const { asked } = await tocsin('verify --seal 17');
  expect(asked.map(({ path, query }) => ({ path, ...query }))).toEqual([
    { path: '/api/v1/verify', budgetSeconds: '3600', seal: '17' },
  ]);
});

test('a moment without an offset is of the local zone, also in the night that has an hour twice', async () => {
  const at = async (text: string) => (await tocsin(`who --at ${text}`)).asked[0]?.query['at'];
  expect(await at('2026-10-23T03:00')).toBe('2026-10-23T02:00:00Z');
  expect(await at('2026-10-25T01:30')).toBe('2026-10-25T00:30:00Z');
  expect(await at('2026-10-25T03:00:00+01:00')).toBe('2026-10-25T02:00:00Z');
  expect((await tocsin('who --at tomorrow')).exit).toBe(2);
});

test('labels are read with quotes, and either they or an id are asked for', async () => {
  const { asked } = await tocsin('explain --labels service=checkout,path="/a,b"');
  expect(asked[0]?.body).toEqual({ labels: { service: 'checkout', path: '/a,b' } });
  for (const line of ['explain', `explain ${ALERT} --labels a=b`, 'explain --labels nonsense'])
    expect((await tocsin(line)).exit).toBe(2);
});

test('exit codes come from the error registry; what failed and what to do next is said', async () => {
  const notFound = refused(404, 'PAGE_NOT_FOUND', 'There is no such page.', 'Check the id or number.');
  const missing = await tocsin(`ack ${PAGE}`, { replies: { [`POST /api/v1/pages/${PAGE}/acknowledge`]: notFound } });
  expect(missing).toMatchObject({
    exit: 4,
    out: '',
    err: 'tocsin: There is no such page. [PAGE_NOT_FOUND]\n  Check the id or number.\n',
  });
  const stranger = await tocsin('pages --json', { key: 'tocsin_wrong' });
  expect([stranger.exit, JSON.parse(stranger.out).problem.code]).toEqual([3, 'UNAUTHENTICATED']);
  expect((await tocsin('pages --url http://127.0.0.1:9')).exit).toBe(75);
  expect((await tocsin('pages --state never')).exit).toBe(2);
  expect((await tocsin('pages --url nonsense')).exit).toBe(2);
  expect((await tocsin('serve --server /no/such/file')).err).toContain('There is no server at /no/such/file.');
});

test('login remembers address and key for its owner alone, and the key is sent to no other server', async () => {
  const fake = await startFakeServer();
  stops.push(fake.stop);
  const { out } = await tocsin(`login --url ${fake.url} --api-key ${KEY}`, { fake });
  expect(out).toContain('as Maya Lindqvist (responder)');
  const file = join(home, '.config/tocsin/config.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: fake.url, apiKey: KEY });
  expect((await tocsin('pages', { fake, key: null })).exit).toBe(0);
  expect((await tocsin('pages', { key: null })).exit).toBe(3);
  chmodSync(file, 0o644);
  expect((await tocsin('pages', { fake, key: null })).err).toContain('may be read by others');
});

test('a key that the server refuses is not remembered', async () => {
  expect((await tocsin('login --api-key tocsin_wrong')).exit).toBe(3);
  expect(() => statSync(join(home, '.config/tocsin/config.json'))).toThrow();
});
