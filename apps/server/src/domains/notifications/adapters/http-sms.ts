import type { Egress } from '#platform/egress';
import type { SmsMessage, SpokenMessage } from './channel.ts';
import { postOnce, readJson } from './http-call.ts';
import type { PhoneChannel, PhoneProvider } from './phone-provider.ts';

/** Any provider that takes a JSON body by POST. */
export interface HttpProviderSettings {
  readonly id: string;
  readonly carries: readonly PhoneChannel[];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly success: readonly number[];
  readonly idPointer: string | null;
}

type Words = Readonly<Record<string, string>>;

/**
 * A provider by its plain HTTP interface. Placeholders are filled in the texts of the parsed body, so no word of an
 * alert can change its shape. It reports nothing back: its yes is the last that is known.
 */
export function createHttpProvider(
  settings: HttpProviderSettings,
  { egress }: { readonly egress: Egress },
): PhoneProvider {
  const { id, carries, url, headers, body, success, idPointer } = settings;
  return {
    id,
    carries,
    send(message, to, { context, timeoutMs }) {
      const words = { to, text: wordsOf(message), key: context.key };
      return postOnce(
        { egress, timeoutMs },
        {
          url,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name.toLowerCase(), headerText(fillText(value, words))]),
          ),
          body: JSON.stringify(fill(body, words)),
          secrets: Object.values(headers),
        },
        {
          context,
          form: {
            yes(answer, status) {
              if (success.length > 0 && !success.includes(status)) return null;
              if (idPointer === null) return {};
              const found = at(readJson(answer), idPointer);
              return found === null ? null : { providerId: found };
            },
          },
        },
      );
    },
  };
}

/** What is said, in one text: the provider has a voice of its own. No keys, since none would come back. */
function wordsOf(message: SmsMessage | SpokenMessage): string {
  if (message.format === 'sms') return message.text;
  const once = message.sentences
    .map((one) => (typeof one === 'string' ? one : `${Array.from(one.spell).join('. ')}.`))
    .join(' ');
  return `${once} Once more. ${once}`;
}

function fillText(text: string, words: Words): string {
  return text.replaceAll(/\{\{(to|text|key)\}\}/g, (_, name: string) => words[name] ?? '');
}

function headerText(text: string): string {
  return text.replaceAll(/[^\t\u0020-\u007e]+/g, ' ');
}

function fill(value: unknown, words: Words): unknown {
  if (typeof value === 'string') return fillText(value, words);
  if (Array.isArray(value)) return value.map((one) => fill(one, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, words)]));
}

/** The text or number at a JSON pointer; null when there is none. */
function at(value: unknown, pointer: string): string | null {
  let found: unknown = value;
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return typeof found === 'string' || typeof found === 'number' ? String(found).slice(0, 200) : null;
}
