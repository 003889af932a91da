import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Clock } from '#platform/clock';
import { isUnavailable } from '#platform/db';
import { Overloaded } from '#platform/group-commit';
import type { Integration } from '../model.ts';
import type { Payloads } from '../payloads/service.ts';
import type { Integrations } from '../service.ts';

/** 5 MB: a mail with a picture of a graph. What is larger is refused as soon as its size is said. */
const MOST_BYTES = 5 * 1024 * 1024;
const MOST_CLIENTS = 100;
/** Integrations that one mail may be for. */
const MOST_RECIPIENTS = 10;
const SILENCE_MS = 60_000;
/** How long a mail under way may take when we stop. */
const CLOSE_MS = 5_000;

/** What the listener for mail needs. */
export interface MailInDeps {
  readonly clock: Clock;
  readonly integrations: Pick<Integrations, 'byKey'>;
  readonly payloads: Pick<Payloads, 'intake'>;
  readonly onRefused: (integrationId: string, count: number) => void;
  readonly onError: (error: unknown) => void;
}

/** Takes mail over SMTP. */
export interface MailIn {
  /** Listens; answers the port. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes no more; resolves when what is under way has ended. */
  close(): Promise<void>;
}

/**
 * An SMTP listener with one secret address for each integration, `<key>@whatever`. It relays nothing: who is not one of
 * ours is refused at RCPT. The 250 after the message comes after the commit; what is our fault is 451, so that the
 * sender's mail server keeps the mail and comes again.
 */
export function createMailIn(deps: MailInDeps): MailIn {
  const server = new SMTPServer({
    authOptional: true,
    // No certificate of ours: TLS belongs to the mail server in front. The library's own key is known to everybody.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    banner: 'Tocsin',
    size: MOST_BYTES,
    maxClients: MOST_CLIENTS,
    socketTimeout: SILENCE_MS,
    closeTimeout: CLOSE_MS,
    onRcptTo({ address }, session, answer) {
      if (session.envelope.rcptTo.length >= MOST_RECIPIENTS) return answer(reply(452, '4.5.3 too many recipients'));
      answer(integrationOf(deps, address) ? null : reply(550, '5.1.1 no such address'));
    },
    onData(stream, session, answer) {
      collect(stream)
        .then((body) => take(deps, session, body))
        .then(
          (text) => answer(null, text),
          (error: unknown) => answer(error instanceof Reply ? error : faultOf(error, deps)),
        );
    },
  });
  server.on('error', () => {}); // a connection that broke: its sender comes again
  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.server.once('error', reject);
        server.listen(port, host, () => {
          server.server.off('error', reject);
          resolve((server.server.address() as AddressInfo).port);
        });
      }),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** An answer of SMTP that is no 250, as the library wants it. */
class Reply extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

const reply = (code: number, message: string) => new Reply(code, message);

/** The integration of an address by the part before the @, in either case: some mail servers change it. */
function integrationOf({ clock, integrations }: MailInDeps, address: string): Integration | null {
  const found = integrations.byKey(address.slice(0, address.lastIndexOf('@')).toLowerCase(), clock.now());
  return found?.kind === 'email' ? found : null;
}

/** The bytes of a message; too many are read to their end, as SMTP asks, but not kept. */
async function collect(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  if (bytes > MOST_BYTES) throw reply(552, '5.3.4 the message is too big');
  return Buffer.concat(chunks);
}

/** Takes a mail for each of its recipients; resolves after the commits. */
async function take(deps: MailInDeps, session: SMTPServerSession, body: Buffer): Promise<string> {
  const now = deps.clock.now();
  let taken = 0;
  let reason = 'no such address any more';
  for (const { address } of session.envelope.rcptTo) {
    const integration = integrationOf(deps, address);
    if (!integration) continue;
    const outcome = await deps.payloads.intake(integration, { body, contentType: 'message/rfc822' }, now);
    if (outcome.refused.length > 0) deps.onRefused(integration.id, outcome.refused.length);
    if (outcome.accepted + outcome.ignored > 0) taken += 1;
    reason = outcome.refused[0]?.reason ?? reason;
  }
  if (taken === 0) throw reply(554, `5.6.0 ${reason}`);
  return '2.0.0 taken';
}

/** Ours to mend, so the sender comes again. */
function faultOf(error: unknown, deps: MailInDeps): Reply {
  if (!(error instanceof Overloaded) && !isUnavailable(error)) deps.onError(error);
  return reply(451, '4.3.0 cannot store this just now');
}
