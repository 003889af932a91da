import net, { type AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import type { MailMessage } from './channel.ts';
import { type Behaviour, channelConformance, type Peer, TEST_TIMEOUT_MS } from './conformance.ts';
import { createEmailChannel } from './email.ts';

const now = Temporal.Instant.from('2026-11-21T03:07:48Z');
const mail: MailMessage = {
  format: 'mail',
  subject: 'SEV1 Checkout errors',
  text: 'Checkout errors\n.\nsecond line',
  html: '<p>Checkout errors</p>',
  thread: 'page-1',
  urgent: true,
};

type Verb = 'connect' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | '.' | 'QUIT';
type Script = (verb: Verb, socket: net.Socket) => string | null;

const usual: Record<Verb, string> = {
  connect: '220 ready',
  EHLO: '250 hello',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  '.': '250 taken as 42',
  QUIT: '221 bye',
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** An SMTP server that says what the script tells it to; null: nothing. */
async function smtp(script: Script) {
  const sockets = new Set<net.Socket>();
  const received: string[] = [];
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let lines = '';
    let data: string | null = null;
    const say = (verb: Verb) => {
      const answer = script(verb, socket);
      if (answer !== null && socket.writable) socket.write(`${answer}\r\n`);
    };
    say('connect');
    socket.setEncoding('utf8').on('data', (chunk) => {
      lines += chunk;
      for (let end = lines.indexOf('\r\n'); end >= 0; end = lines.indexOf('\r\n')) {
        const line = lines.slice(0, end);
        lines = lines.slice(end + 2);
        if (data !== null && line !== '.') data += `${line}\r\n`;
        else if (data !== null) {
          received.push(data);
          data = null;
          say('.');
        } else {
          const verb = line.slice(0, 4).toUpperCase() as Verb;
          say(verb);
          if (verb === 'DATA') data = '';
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closers.push(stop);
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    open: () => sockets.size,
    stop,
  };
}

const channel = (url: string) => createEmailChannel({ url, from: 'tocsin@example.org', timeoutMs: TEST_TIMEOUT_MS });
const context = { key: 'n-1', now, signal: new AbortController().signal };
const maya = { to: 'maya@example.org', name: 'Maya Lindqvist' };

function scriptOf(behaviour: Behaviour): Script {
  const at = (where: Verb, act: (socket: net.Socket) => string | null) => (verb: Verb, socket: net.Socket) =>
    verb === where ? act(socket) : (usual[verb] ?? '500 what');
  switch (behaviour) {
    case 'accepts':
      return at('connect', () => usual.connect);
    case 'busy':
      return at('RCPT', () => '451 greylisted');
    case 'server-error':
      return at('.', () => '452 no room');
    case 'refuses':
      return at('.', () => '554 refused');
    case 'cut':
      return at('MAIL', (socket) => (socket.destroy(), null));
    case 'accepts-and-drops':
      return at('.', (socket) => (socket.destroy(), null));
    case 'silent':
      return () => null;
    case 'garbage':
      return at('connect', () => 'HTTP/1.1 400 Bad Request');
    case 'drips':
      return at('connect', (socket) => {
        const drip = setInterval(() => socket.write('2'), 20);
        socket.on('close', () => clearInterval(drip));
        return null;
      });
    case 'floods':
      return at('connect', (socket) => {
        const pour = () => {
          while (!socket.destroyed && socket.write('220-more and more\r\n'.repeat(1000))) {}
        };
        socket.on('drain', pour);
        pour();
        return null;
      });
  }
}

channelConformance('email', async (behaviour): Promise<Peer> => {
  const peer = await smtp(scriptOf(behaviour));
  return {
    get keys() {
      return peer.received.map((raw) => /^message-id: <(.*)@example\.org>/im.exec(raw)?.[1] ?? '');
    },
    open: peer.open,
    send: (call) => channel(peer.url).send(mail, maya, { ...context, ...call }),
    stop: peer.stop,
  };
});

test.each([
  ['connect', '421 closing', true, 'busy'],
  ['connect', '554 no', false, 'refused-message'],
  ['MAIL', '451 later', true, 'busy'],
  ['MAIL', '550 not you', false, 'refused-message'],
  ['RCPT', '450 mailbox busy', true, 'busy'],
  ['RCPT', '550 no such user', false, 'refused-address'],
  ['DATA', '451 later', true, 'busy'],
  ['DATA', '554 no', false, 'refused-message'],
  ['.', '451 later', true, 'busy'],
  ['.', '552 too big', false, 'refused-message'],
] as const)('at %s the answer "%s" is retryable: %s', async (verb, answer, retryable, reason) => {
  const peer = await smtp((asked) => (asked === verb ? answer : usual[asked]));
  expect(await channel(peer.url).send(mail, maya, context)).toMatchObject({ ok: false, retryable, reason });
});

test.each(['MAIL', 'DATA', '.'] as const)('a connection reset at %s was lost: there had been one', async (where) => {
  const peer = await smtp((verb, socket) => (verb === where ? (socket.resetAndDestroy(), null) : usual[verb]));
  const result = await channel(peer.url).send(mail, maya, context);
  expect(result).toMatchObject({ ok: false, retryable: true, reason: 'connection-lost' });
});

test('a fault after the last word changes nothing', async () => {
  const peer = await smtp((verb, socket) => (verb === 'QUIT' ? (socket.resetAndDestroy(), null) : usual[verb]));
  expect(await channel(peer.url).send(mail, maya, context)).toEqual({ ok: true, detail: '250 taken as 42' });
});

test('the connection is closed after the send', async () => {
  const peer = await smtp((verb) => usual[verb]);
  await channel(peer.url).send(mail, maya, context);
  await expect.poll(peer.open).toBe(0);
});

test('a mail has a text part and an html part, its thread, its date and its key', async () => {
  const peer = await smtp((verb) => usual[verb]);
  await channel(peer.url).send(mail, maya, context);
  const raw = peer.received[0] as string;
  for (const line of [
    'From: Tocsin <tocsin@example.org>',
    'To: Maya Lindqvist <maya@example.org>',
    'Subject: SEV1 Checkout errors',
    'Message-ID: <n-1@example.org>',
    'References: <page-1@example.org>',
    'Date: Sat, 21 Nov 2026 03:07:48 +0000',
    'Auto-Submitted: auto-generated',
    'Importance: high',
  ])
    expect(raw).toContain(`${line}\r\n`);
  expect(raw).toContain('multipart/alternative');
  expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
});

test('no header can be made by a subject, a name, an address or a key', async () => {
  const peer = await smtp((verb) => usual[verb]);
  const evil = 'x\r\nBcc: eve@example.org\r\n\r\nbody';
  await channel(peer.url).send(
    { ...mail, subject: evil, thread: evil },
    { to: maya.to, name: evil },
    { ...context, key: evil },
  );
  const head = (peer.received[0] as string).split('\r\n\r\n')[0] as string;
  expect(head).not.toMatch(/^bcc:/im);
  expect(head.match(/^subject:/gim)).toHaveLength(1);
  const result = await channel(peer.url).send(mail, { to: 'maya@example.org>\r\nRCPT TO:<eve@example.org' }, context);
  expect(result).toMatchObject({ ok: false, retryable: false });
});

test('a password is never sent in the clear unless the settings say so', async () => {
  const said: string[] = [];
  const peer = await smtp((verb) => {
    said.push(verb);
    return verb === 'EHLO' ? '250-hello\r\n250 AUTH PLAIN' : verb === ('AUTH' as Verb) ? '535 wrong' : usual[verb];
  });
  const withPassword = peer.url.replace('smtp://', 'smtp://me:secret@');
  expect(await channel(withPassword).send(mail, maya, context)).toMatchObject({ ok: false, reason: 'tls-failed' });
  expect(said).not.toContain('AUTH');
  const lifted = await channel(`${withPassword}?requireTLS=false`).send(mail, maya, context);
  expect(lifted).toMatchObject({ ok: false, retryable: false, reason: 'authentication' });
});

test('a real SMTP server whose certificate nobody vouches for gets neither password nor mail', async () => {
  const seen: { user?: string; to: string[]; raw: string }[] = [];
  const server = new SMTPServer({
    onAuth: ({ username, password }, _session, done) =>
      password === 'p@ss' ? done(null, { user: username }) : done(new Error('wrong')),
    onData(stream, session, done) {
      let raw = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        raw += chunk;
      });
      stream.on('end', () => {
        seen.push({ user: String(session.user), to: session.envelope.rcptTo.map((one) => one.address), raw });
        done();
      });
    },
    allowInsecureAuth: true,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close(() => {}));
  const { port } = server.server.address() as AddressInfo;
  const url = `smtp://me:p%40ss@127.0.0.1:${port}`;
  expect(await channel(url).send(mail, maya, context)).toMatchObject({
    ok: false,
    retryable: true,
    reason: 'tls-failed',
  });
  expect(seen).toEqual([]);
});

test('a real SMTP server without TLS takes it with a password when the settings say so', async () => {
  const seen: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) =>
      password === 'p@ss' ? done(null, { user: 'me' }) : done(new Error('wrong')),
    onData(stream, session, done) {
      stream.resume().on('end', () => {
        seen.push(...session.envelope.rcptTo.map((one) => one.address));
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close(() => {}));
  const { port } = server.server.address() as AddressInfo;
  expect(await channel(`smtp://me:p%40ss@127.0.0.1:${port}?requireTLS=false`).send(mail, maya, context)).toMatchObject({
    ok: true,
  });
  expect(await channel(`smtp://me:no@127.0.0.1:${port}?requireTLS=false`).send(mail, maya, context)).toMatchObject({
    ok: false,
    retryable: false,
    reason: 'authentication',
  });
  expect(seen).toEqual(['maya@example.org']);
});

test('nobody listening is something to try again', async () => {
  const peer = await smtp(() => null);
  peer.stop();
  expect(await channel(peer.url).send(mail, maya, context)).toMatchObject({
    ok: false,
    retryable: true,
    reason: 'connection-failed',
  });
});

test('takes only mail', async () => {
  const result = await channel('smtp://127.0.0.1:9').send({ format: 'text', text: 'x' }, maya, context);
  expect(result).toMatchObject({ ok: false, retryable: false, reason: 'not-supported' });
});
