import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** A mail as it came over the wire. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
  /** The plain text part, decoded. */
  readonly text: string;
}

/**
 * What the server does to a try: `accept` with 250; `busy`, 451 after the final dot; `refuse`, 550 to the recipient;
 * `cut`, the connection goes in the middle of DATA; `silent`, no word after the final dot.
 */
export type Behaviour = 'accept' | 'busy' | 'refuse' | 'cut' | 'silent';

/** One try to hand over a mail. */
export interface Try {
  readonly to: string;
  readonly behaviour: Behaviour;
  /** Null where it did not come to the message. */
  readonly messageId: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A real SMTP server on a port of its own. */
export interface MailServer {
  /** For TOCSIN_SMTP_URL. */
  readonly url: string;
  /** Mails that were accepted, oldest first. */
  mailsTo(address: string): readonly Mail[];
  /** Tries that ended here, oldest first; a silent one counts from its final dot. */
  triesTo(address: string): readonly Try[];
  /** How the next tries for an address go, the last one for ever; `accept` unless said otherwise. */
  behave(address: string, ...next: readonly Behaviour[]): void;
  /** From now on takes connections and says nothing, not even a greeting. */
  fallSilent(): void;
  /** Connections taken since it fell silent. */
  unanswered(): number;
  stop(): Promise<void>;
}

/** Starts the server on the loopback address. */
export async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = [];
  const tries: Try[] = [];
  const plans = new Map<string, Behaviour[]>();
  const sockets = new Map<number, Socket>();
  let silent = false;
  let unanswered = 0;
  const addressOf = (session: SMTPServerSession) => session.envelope.rcptTo[0]?.address ?? '';
  const planned = (to: string) => plans.get(to)?.[0] ?? 'accept';
  const note = (to: string, messageId: string | null): Behaviour => {
    const behaviour = planned(to);
    const plan = plans.get(to) ?? [];
    if (plan.length > 1) plan.shift();
    tries.push({ to, behaviour, messageId, at: Date.now() });
    return behaviour;
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 50,
    onConnect(_session, greet) {
      if (!silent) return greet();
      unanswered += 1;
    },
    onRcptTo({ address }, _session, answer) {
      if (planned(address) !== 'refuse') return answer();
      note(address, null);
      answer(smtpError(550, '5.1.1 no such mailbox'));
    },
    onData(stream, session, answer) {
      const to = addressOf(session);
      const chunks: Buffer[] = [];
      let cut = false;
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (cut || planned(to) !== 'cut') return;
        cut = true;
        note(to, messageIdOf(Buffer.concat(chunks)));
        sockets.get(session.remotePort)?.resetAndDestroy();
      });
      stream.on('end', () => {
        if (cut) return;
        const raw = Buffer.concat(chunks);
        const behaviour = note(to, messageIdOf(raw));
        if (behaviour === 'silent') return;
        if (behaviour === 'busy') return answer(smtpError(451, '4.3.0 try again later'));
        mails.push(readMail(to, raw));
        answer(null, 'taken');
      });
    },
  });
  server.on('error', () => {}); // a connection that broke; the tries tell
  server.server.on('connection', (socket) => sockets.set(socket.remotePort as number, socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mailsTo: (address) => mails.filter((mail) => mail.to === address),
    triesTo: (address) => tries.filter((one) => one.to === address),
    behave: (address, ...next) => void plans.set(address, [...next]),
    fallSilent() {
      silent = true;
    },
    unanswered: () => unanswered,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function messageIdOf(raw: Buffer): string | null {
  return /^message-id: *(\S+)/im.exec(raw.toString('latin1'))?.[1] ?? null;
}

function readMail(to: string, raw: Buffer): Mail {
  const { headers, body } = partOf(raw.toString('latin1'));
  const boundary = /boundary="?([^";\r\n]+)/i.exec(headers)?.[1];
  const parts =
    boundary === undefined ? [{ headers, body }] : body.split(`--${boundary}`).map((part) => partOf(part.trimStart()));
  const plain = parts.find((part) => /^content-type: text\/plain/im.test(part.headers));
  const subject = /^subject: ([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/im.exec(headers)?.[1] ?? '';
  return {
    to,
    subject: decodeWords(subject.replaceAll(/\r\n[ \t]/g, ' ')),
    messageId: messageIdOf(raw) ?? '',
    text: plain ? decodeBody(plain) : '',
  };
}

interface Part {
  readonly headers: string;
  readonly body: string;
}

function partOf(text: string): Part {
  const end = text.indexOf('\r\n\r\n');
  return { headers: text.slice(0, end), body: text.slice(end + 4) };
}

function decodeBody({ headers, body }: Part): string {
  const encoding = /^content-transfer-encoding: *(\S+)/im.exec(headers)?.[1]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  const bytes = encoding === 'quoted-printable' ? unquote(body.replaceAll(/=\r\n/g, '')) : body;
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function unquote(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** RFC 2047: `=?UTF-8?Q?…?=`; blanks between two encoded words are none. */
function decodeWords(text: string): string {
  return text.replaceAll(/\?=\s+=\?/g, '?==?').replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, how, word) => {
    if (how.toUpperCase() === 'B') return Buffer.from(word, 'base64').toString('utf8');
    return Buffer.from(unquote(word.replaceAll('_', ' ')), 'latin1').toString('utf8');
  });
}
