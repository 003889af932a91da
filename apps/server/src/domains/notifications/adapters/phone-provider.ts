import { type CountryOrder, providerOrder } from '../phone/provider-order.ts';
import {
  type Channel,
  SEND_TIMEOUT_MS,
  type SendContext,
  type SendResult,
  type SmsMessage,
  type SpokenMessage,
} from './channel.ts';

/** What providers carry. */
export type PhoneChannel = 'sms' | 'voice';

/** One provider: a way to the phone network. `send` never throws and ends within its time. */
export interface PhoneProvider {
  readonly id: string;
  readonly carries: readonly PhoneChannel[];
  send(
    message: SmsMessage | SpokenMessage,
    to: string,
    call: { readonly context: SendContext; readonly timeoutMs: number },
  ): Promise<SendResult>;
}

/** The providers as they are set up now, in order. */
export interface PhoneLines {
  readonly providers: readonly PhoneProvider[];
  readonly countries: readonly CountryOrder[];
}

/** Providers asked in one send: each has its share of the time, and a share too small helps nobody. */
const MOST_ASKED = 3;
/** A provider that failed is asked last for so long. */
const FAILING_SECONDS = 30;

/** What both channels of the phone have in common. */
export interface PhoneChannelOptions {
  readonly lines: () => PhoneLines;
  /** An address as it is stored; null when it is none. */
  readonly readAddress: (text: string) => string | null;
  readonly timeoutMs?: number;
}

/**
 * A channel over an ordered list of providers. When one fails the next is asked within the same send, so that a provider
 * that is down costs seconds, not the page. One that was thought dead may have sent all the same: then a text comes twice,
 * which is better than not at all.
 */
export function overProviders(
  kind: Pick<Channel, 'format'> & { readonly name: PhoneChannel; readonly rings?: boolean },
  { lines, readAddress, timeoutMs = SEND_TIMEOUT_MS }: PhoneChannelOptions,
): Channel {
  const { name, format } = kind;
  const failingUntilMs = new Map<string, number>();
  const carriers = () => lines().providers.filter((provider) => provider.carries.includes(name));
  return {
    ...kind,
    needs: [],
    readAddress,
    isReady: () => carriers().length > 0,
    async send(message, { to }, context) {
      if (message.format !== format || (message.format !== 'sms' && message.format !== 'spoken'))
        return { ok: false, retryable: false, reason: 'not-supported', detail: message.format };
      const byId = new Map(carriers().map((provider) => [provider.id, provider]));
      const order = providerOrder(to, {
        listed: [...byId.keys()],
        countries: lines().countries,
        failing: (id) => (failingUntilMs.get(id) ?? 0) > context.now.epochMilliseconds,
      }).slice(0, MOST_ASKED);
      const failures: Failure[] = [];
      for (const id of order) {
        const share = Math.floor(timeoutMs / order.length);
        const result = await (byId.get(id) as PhoneProvider).send(message, to, { context, timeoutMs: share });
        if (result.ok) {
          failingUntilMs.delete(id);
          return { ...result, detail: [...failures.map(inWords), `${id}: ${result.detail ?? 'taken'}`].join('; ') };
        }
        if (result.reason === 'aborted') return result;
        if (isItsOwnFault(result))
          failingUntilMs.set(id, context.now.add({ seconds: FAILING_SECONDS }).epochMilliseconds);
        failures.push({ id, result });
        if (result.reason === 'gone') break;
      }
      return summed(failures);
    },
  };
}

type Refusal = Extract<SendResult, { ok: false }>;
interface Failure {
  readonly id: string;
  readonly result: Refusal;
}

/** A number that is refused says nothing about the provider. */
function isItsOwnFault({ retryable, reason }: Refusal): boolean {
  return retryable || reason === 'authentication';
}

function inWords({ id, result }: Failure): string {
  return `${id}: ${result.detail ?? result.reason}`;
}

/** Worth another try when it is for one of them; the reason is that one's. */
function summed(failures: readonly Failure[]): SendResult {
  const chosen = (failures.find(({ result }) => result.retryable) ?? failures[0])?.result;
  if (chosen === undefined)
    return { ok: false, retryable: false, reason: 'not-supported', detail: 'no provider is set up for this' };
  return { ...chosen, detail: failures.map(inWords).join('; ') };
}
