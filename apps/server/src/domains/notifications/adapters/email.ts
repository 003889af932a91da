import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type Channel, type ChannelFailure, SEND_TIMEOUT_MS, type SendResult } from './channel.ts';
import { composeMail, oneLine } from './mime.ts';

/** Where mail leaves from. */
export interface EmailSettings {
  /** `smtp://[user:password@]host[:port]` or `smtps://…`; STARTTLS is used when offered, demanded with a password. `?requireTLS=false` lifts that. */
  readonly url: string;
  /** The sender, `tocsin@example.org` or `Tocsin <tocsin@example.org>`. */
  readonly from: string;
  /** For the whole send, milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Mail by any SMTP server. A connection a send: an idle one in a pool may be dead at the only moment that counts, and
 * a handshake costs less than finding that out. Sent is what the server answered with 2xx to the final dot.
 */
export function createEmailChannel(settings: EmailSettings): Channel {
  const server = readServer(settings);
  const from = readSender(settings.from);
  const timeoutMs = settings.timeoutMs ?? SEND_TIMEOUT_MS;
  return {
    name: 'email',
    format: 'mail',
    needs: [
      { name: 'smtpUrl', secret: true, means: 'the SMTP server, smtp://user:password@host:587' },
      { name: 'mailFrom', secret: false, means: 'the address that mails come from' },
    ],
    async send(message, to, context) {
      if (message.format !== 'mail')
        return { ok: false, retryable: false, reason: 'not-supported', detail: message.format };
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
      const connection = new SMTPConnection({ ...server.options, ...phaseLimits(timeoutMs) });
      try {
        const mime = await composeMail(message, to, { from, context });
        const envelope = { from: from.address, to: [to.to] };
        const info = await converse(connection, signal, { auth: server.auth, envelope, mime });
        return {
          ok: true,
          detail: oneLine(info.response),
          ...(info.serverMessageId ? { providerId: info.serverMessageId } : {}),
        };
      } catch (error) {
        connection.close();
        return failed(error, signal);
      }
    },
  };
}

/** The whole dialogue: greeting, TLS, login, message. Resolves with the answer to the final dot. */
function converse(
  connection: SMTPConnection,
  signal: AbortSignal,
  mail: {
    readonly auth: SMTPConnection.AuthenticationType | null;
    readonly envelope: SMTPConnection.Envelope;
    readonly mime: Buffer;
  },
): Promise<SMTPConnection.SentMessageInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<SMTPConnection.SentMessageInfo>();
  // Stays for the life of the connection: a fault after the last word must not end the process.
  connection.on('error', reject);
  connection.on('end', () => reject(Object.assign(new Error('closed without its last word'), { code: 'ECONNECTION' })));
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  const send = () =>
    connection.send(mail.envelope, mail.mime, (error, info) => {
      if (error || !info) return reject(error);
      resolve(info);
      connection.quit();
    });
  connection.connect((error) => {
    if (error) return reject(error);
    if (!mail.auth) return send();
    connection.login(mail.auth, (refused) => (refused ? reject(refused) : send()));
  });
  return promise;
}

function readSender(text: string): { readonly name: string; readonly address: string } {
  const [, name, address] = /^\s*(.*?)\s*<([^<>\s]+@[^<>\s]+)>\s*$/.exec(text) ?? [];
  return address === undefined ? { name: 'Tocsin', address: text.trim() } : { name: name || 'Tocsin', address };
}

function readServer({ url }: EmailSettings) {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  if (protocol !== 'smtp:' && protocol !== 'smtps:')
    throw new Error('the SMTP address must begin with smtp:// or smtps://');
  const secure = protocol === 'smtps:';
  const requireTLS = !secure && username !== '' && searchParams.get('requireTLS') !== 'false';
  return {
    options: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (secure ? 465 : 587)), secure, requireTLS },
    auth: username ? { credentials: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : null,
  };
}

function phaseLimits(ms: number): SMTPConnection.Options {
  const limits = { connectionTimeout: ms, greetingTimeout: ms, socketTimeout: ms, dnsTimeout: ms };
  return { ...limits, socketCloseTimeout: 0, maxResponseSize: 65_536, allowInternalNetworkInterfaces: true };
}

const REASON_OF_CODE: Readonly<Record<string, ChannelFailure>> = {
  ETIMEDOUT: 'timeout',
  EDNS: 'connection-failed',
  ESOCKET: 'connection-failed',
  ECONNECTION: 'connection-lost',
  ETLS: 'tls-failed',
  EREQUIRETLS: 'tls-failed',
  EPROTOCOL: 'answer-invalid',
};

/** What the system says of a connection that stood and then went; the library calls that a socket fault like any other. */
const LOST: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

function failed(error: unknown, signal: AbortSignal): SendResult {
  const {
    code = '',
    originalCode = '',
    responseCode = 0,
    command = '',
    message = '',
    name = '',
  } = (error ?? {}) as Partial<Record<string, string>> & {
    responseCode?: number;
  };
  const detail = oneLine(message).slice(0, 300);
  if (signal.aborted)
    return { ok: false, retryable: true, reason: name === 'TimeoutError' ? 'timeout' : 'aborted', detail };
  if (responseCode >= 400 && responseCode < 500) return { ok: false, retryable: true, reason: 'busy', detail };
  if (responseCode >= 500) return { ok: false, retryable: false, reason: refusal(code, command), detail };
  if (code === 'EENVELOPE') return { ok: false, retryable: false, reason: 'refused-address', detail };
  if (code === 'EAUTH' || code === 'ENOAUTH') return { ok: false, retryable: false, reason: 'authentication', detail };
  if (code === 'ESOCKET' && /certificate|self.signed|\b(tls|ssl)\b/i.test(message))
    return { ok: false, retryable: true, reason: 'tls-failed', detail };
  if (LOST.has(originalCode)) return { ok: false, retryable: true, reason: 'connection-lost', detail };
  return { ok: false, retryable: true, reason: REASON_OF_CODE[code] ?? 'connection-failed', detail };
}

function refusal(code: string, command: string): ChannelFailure {
  if (code === 'EAUTH' || command.startsWith('AUTH')) return 'authentication';
  return command === 'RCPT TO' ? 'refused-address' : 'refused-message';
}
