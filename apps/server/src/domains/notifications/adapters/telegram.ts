import { isIP } from 'node:net';
import type { Channel, ChannelFailure, NoteLink, NoteMessage } from './channel.ts';
import { type AnswerForm, type HttpOptions, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { cut, isUrgent, noteBody, refOf, units } from './note-text.ts';

/** The operator's bot. */
export interface TelegramSettings extends HttpOptions {
  readonly apiUrl: string;
  readonly botToken: string;
}

/** Of 4,096 UTF-16 units that a message may have; the title is one of its lines. */
const TEXT = 3_500;
const TITLE = 300;

/**
 * Telegram by a bot: the address is a chat id, which the bot may write to once its person has said /start. Sent without
 * a parse mode, so nothing in it is markup; the title is bold by an entity that counts units.
 */
export function createTelegramChannel(settings: TelegramSettings): Channel {
  return createNoteChannel(
    {
      name: 'telegram',
      needs: [{ name: 'telegramBotToken', secret: true, means: 'the token of your bot, as @BotFather gives it' }],
      readAddress: (text) => /^(-?[1-9]\d{0,14}|@[A-Za-z]\w{4,31})$/.exec(text.trim())?.[0] ?? null,
      compose: (note, { to }, { key }) => ({
        url: `${settings.apiUrl.replace(/\/$/, '')}/bot${settings.botToken}/sendMessage`,
        body: JSON.stringify({ chat_id: to.startsWith('@') ? to : Number(to), ...messageOf(note, key) }),
        secrets: [settings.botToken],
      }),
      form: FORM,
    },
    settings,
  );
}

const FORM: AnswerForm = {
  yes(body) {
    const { ok, result } = readJson(body) ?? {};
    const id = (result as { readonly message_id?: unknown } | undefined)?.message_id;
    return ok === true && typeof id === 'number' ? { providerId: String(id) } : null;
  },
  no: refusalOf,
  wish(body) {
    const after = (readJson(body)?.['parameters'] as { readonly retry_after?: unknown } | undefined)?.retry_after;
    return typeof after === 'number' && after >= 0 ? Math.ceil(after) : null;
  },
};

/** The token is in the path: an unknown one is "not found", and a chat that is unknown is a "bad request". */
function refusalOf(status: number, body: string): ChannelFailure | null {
  if (status === 401 || status === 404) return 'authentication';
  // Blocked by the person, or thrown out of the group.
  if (status === 403) return 'refused-address';
  const said = readJson(body)?.['description'];
  return typeof said === 'string' && /chat|peer|user/i.test(said) ? 'refused-address' : null;
}

function messageOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  const title = cut(note.title, TITLE, units);
  const tail = ['', ...links.map(({ label, url }) => `${label}: ${url}`), refOf(key)];
  const body = noteBody(note, { room: TEXT, measure: units, tail });
  const buttons = links.filter(isButton).map(({ label, url }) => [{ text: label, url }]);
  return {
    text: `${title}\n${body}`,
    entities: [{ type: 'bold', offset: 0, length: title.length }],
    link_preview_options: { is_disabled: true },
    disable_notification: !isUrgent(note) && note.kind !== 'test',
    ...(buttons.length > 0 ? { reply_markup: { inline_keyboard: buttons } } : {}),
  };
}

/** A button to what only a name inside knows would have the whole message refused. Its link is in the text all the same. */
function isButton({ url }: NoteLink): boolean {
  const hostname = URL.canParse(url) ? new URL(url).hostname : '';
  return hostname.includes('.') && isIP(hostname) === 0 && !/\.(local|localhost|internal|lan)$/.test(hostname);
}
