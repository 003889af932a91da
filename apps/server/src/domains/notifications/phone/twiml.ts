import type { SpokenMessage } from '../adapters/channel.ts';

/** Seconds that the voice waits for a key after its last word. */
const WAIT = 8;

/** Text inside an element or attribute; what XML cannot carry is left out. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

const document = (content: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>`;
const say = (text: string) => `<Say>${escapeXml(text)}</Say>`;
const PAUSE = '<Pause length="1"/>';

/** Digits and letters one by one, slowly: `4. 8. 1.` */
function spelled(code: string): string {
  return Array.from(code.toUpperCase())
    .map((letter) => `${letter}.`)
    .join(' ');
}

function sentencesOf({ sentences }: SpokenMessage): string {
  return sentences.map((one) => say(typeof one === 'string' ? one : spelled(one.spell))).join('');
}

/** A call: the message twice, then the keys. `action` is where a pressed key is posted. */
export function callTwiml(message: SpokenMessage, action: string): string {
  const once = sentencesOf(message);
  if (message.keys === null) return document(`${once}${PAUSE}${say('Once more.')}${once}${say('Goodbye.')}`);
  const keys = say(message.keys);
  return document(
    `${gather(`${once}${keys}${PAUSE}${say('Once more.')}${once}${keys}`, action)}${say('No key was pressed. Goodbye.')}`,
  );
}

function gather(content: string, action: string): string {
  return `<Gather input="dtmf" numDigits="1" timeout="${WAIT}" method="POST" action="${escapeXml(action)}">${content}</Gather>`;
}

/** What is said after a key; with `action`, another key may follow. */
export function spokenAnswer(sentences: readonly string[], action: string | null): string {
  const said = sentences.map(say).join('');
  return action === null
    ? document(`${said}${say('Goodbye.')}<Hangup/>`)
    : document(`${gather(said, action)}${say('Goodbye.')}`);
}

/** The answer to a text message; none is no answer. */
export function messageAnswer(text: string | null): string {
  return document(text === null ? '' : `<Message>${escapeXml(text)}</Message>`);
}
