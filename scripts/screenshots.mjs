// `npm run docs:screenshots`: starts the demo on a fresh data directory, makes a few pages, and photographs the screens
// into docs/images. Drives Chromium by its DevTools protocol; CHROMIUM names the browser when it is not on the path.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const IMAGES = join(ROOT, 'docs/images');
const MOST_BYTES = 300_000;
const WIDE = { width: 1280, height: 800, deviceScaleFactor: 1, mobile: false };
const TALL = { ...WIDE, height: 1100 };
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, mobile: true };

const dir = mkdtempSync(join(tmpdir(), 'tocsin-screenshots-'));
const children = [];
try {
  const demo = await startDemo();
  const seen = await furnish(demo);
  await photograph(demo, seen);
} finally {
  for (const child of children.toReversed()) await ended(child);
  rmSync(dir, { recursive: true, force: true });
}

async function startDemo() {
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts/build-web.mjs')], { stdio: 'inherit' });
  if (built.status !== 0) process.exit(built.status ?? 1);
  const ready = join(dir, 'ready.json');
  const main = join(ROOT, 'apps/server/src/main.ts');
  const args = [main, 'demo', '--quiet', '--data-dir', join(dir, 'data'), '--port', '0', '--ready-file', ready];
  children.push(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
  await until('the demo is ready', () => existsSync(ready));
  return JSON.parse(readFileSync(ready, 'utf8'));
}

/** Three pages: one in the hands of a person, one that still calls, one that calls quietly. */
async function furnish(demo) {
  await fire(
    demo,
    { alertname: 'ImageErrors', service: 'image-cdn', severity: 'error' },
    'Images fail for 4 % of requests',
  );
  const taken = await linkOn(demo, 'ImageErrors');
  const once = /name="once" value="([^"]*)"/.exec(await (await fetch(taken)).text())?.[1] ?? '';
  await fetch(taken, { method: 'POST', body: new URLSearchParams({ do: 'ack', once }) });
  await fire(demo, { alertname: 'SlowSearch', service: 'search', severity: 'warning' }, 'Search answers in 2.1 s');
  const checkout = { alertname: 'CheckoutErrors', service: 'checkout-api', severity: 'critical', region: 'eu-north' };
  await fire(demo, checkout, 'Checkout errors 12.4 %');
  const link = await linkOn(demo, 'CheckoutErrors');
  const answer = await fetch(`${demo.url}/api/v1/pages`, { headers: { authorization: `Bearer ${demo.apiKey}` } });
  const { items } = await answer.json();
  return { link, pageId: items.find(({ title }) => title.startsWith('CheckoutErrors')).id };
}

async function fire(demo, labels, summary) {
  const generatorURL = 'https://prometheus.example.org/graph';
  const alerts = [{ labels, annotations: { summary }, startsAt: new Date().toISOString(), generatorURL }];
  const answer = await fetch(`${demo.integrations.alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  if (!answer.ok) throw new Error(`the demo refused an alert: ${answer.status} ${await answer.text()}`);
}

/** The link of the first message on any demo phone that names this alert. */
async function linkOn(demo, name) {
  let path;
  await until(`a message about ${name}`, async () => {
    const { phones } = await (await fetch(`${demo.phonesUrl}/messages.json`)).json();
    const texts = phones.flatMap(({ messages }) => messages.map(({ text }) => text));
    path = texts.filter((text) => text.includes(name)).flatMap((text) => /\/a\/[A-Za-z0-9]{14}/.exec(text) ?? [])[0];
    return path !== undefined;
  });
  return demo.url + path;
}

async function photograph(demo, { link, pageId }) {
  mkdirSync(IMAGES, { recursive: true });
  const tab = await openTab();
  const signedIn = await fetch(`${demo.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(demo.login),
  });
  const [name, value] = (signedIn.headers.get('set-cookie') ?? '').split(';')[0].split('=');
  await tab.send('Network.setCookie', { name, value, url: demo.url, httpOnly: true });
  const shot = (file, url, options) => takeShot(tab, file, { url, ...options });
  for (const scheme of ['light', 'dark']) {
    await shot(`pages-${scheme}`, demo.url, { scheme, shows: 'CheckoutErrors' });
    await shot(`page-${scheme}`, `${demo.url}/pages/${pageId}`, { scheme, shows: 'Accepted', metrics: TALL });
    await shot(`phones-${scheme}`, demo.phonesUrl, { scheme, shows: 'CheckoutErrors' });
  }
  // The 3 a.m. page has one appearance, the dark one, whatever the device prefers.
  await shot('acknowledge', link, { scheme: 'dark', shows: 'CheckoutErrors', metrics: PHONE });
}

async function takeShot(tab, file, { url, scheme, shows, metrics = WIDE }) {
  await tab.send('Emulation.setDeviceMetricsOverride', metrics);
  await tab.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  await tab.send('Page.navigate', { url });
  await until(`${url} shows ${shows}`, async () => {
    const expression = `document.body.innerText.toLowerCase().includes(${JSON.stringify(shows.toLowerCase())})`;
    return (await tab.send('Runtime.evaluate', { expression })).result.value === true;
  });
  await sleep(500);
  const { data } = await tab.send('Page.captureScreenshot', { format: 'png' });
  const path = join(IMAGES, `${file}.png`);
  writeFileSync(path, Buffer.from(data, 'base64'));
  const { size } = statSync(path);
  process.stderr.write(`${file}.png ${Math.round(size / 1000)} kB\n`);
  if (size > MOST_BYTES) throw new Error(`${file}.png is larger than ${MOST_BYTES} bytes`);
}

/** A fresh Chromium with one tab; `send` calls a method of its protocol. */
async function openTab() {
  const profile = join(dir, 'chromium');
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--hide-scrollbars',
  ];
  const still = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--lang=en'];
  const where = [`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'];
  children.push(spawn(process.env.CHROMIUM ?? 'chromium', [...flags, ...still, ...where], { stdio: 'ignore' }));
  const portFile = join(profile, 'DevToolsActivePort');
  await until('Chromium is there', () => existsSync(portFile) && readFileSync(portFile, 'utf8').includes('\n'));
  const port = readFileSync(portFile, 'utf8').split('\n')[0];
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const socket = new WebSocket(targets.find(({ type }) => type === 'page').webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const waiting = new Map();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    if (id === undefined) return;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  });
  let last = 0;
  const send = (method, params = {}) => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  };
  await send('Page.enable');
  await send('Network.enable');
  return { send };
}

async function until(what, holds) {
  for (let i = 0; i < 300; i += 1) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`waited 30 s in vain until ${what}`);
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return gone;
}
