import type { Channel, NoteMessage } from './channel.ts';
import { maskUrl, readHook, secretsOf } from './http-address.ts';
import { type AnswerForm, type HttpOptions, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { bytes, cut, noteBody, refOf } from './note-text.ts';

/** A message may have 32,000 bytes. */
const TITLE = 250;
const BODY_BYTES = 8_000;

/**
 * Google Chat by a space's webhook; its address is the secret. `requestId` is the key: a repeat answers with the message
 * that is there already. Messages of one page stand in one thread.
 */
export function createGoogleChatChannel(options: HttpOptions): Channel {
  return createNoteChannel(
    {
      name: 'google-chat',
      readAddress,
      maskAddress: maskUrl,
      compose: (note, { to }, { key }) => ({
        url: addressFor(to, key),
        body: JSON.stringify(messageOf(note, key)),
        secrets: secretsOf(to),
      }),
      form: FORM,
    },
    options,
  );
}

const FORM: AnswerForm = {
  yes(body) {
    const { name } = readJson(body) ?? {};
    return typeof name === 'string' && name.startsWith('spaces/') ? { providerId: name.slice(0, 200) } : null;
  },
};

function readAddress(text: string): string | null {
  const hook = readHook(text, /\/v1\/spaces\/[^/]+\/messages$/);
  if (hook === null) return null;
  const { searchParams } = new URL(hook);
  return searchParams.has('key') && searchParams.has('token') ? hook : null;
}

function addressFor(to: string, key: string): string {
  const url = new URL(to);
  url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
  url.searchParams.set('requestId', key);
  return url.href;
}

/** A card: its text takes a little HTML, so all that comes from outside is escaped. */
function messageOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  const body = noteBody(note, { room: BODY_BYTES, measure: (text) => bytes(escape(text)), tail: [] });
  return {
    // Shown where no card can be, such as a phone's notification; plain, but a mention would be one.
    fallbackText: cut(note.title, TITLE).replaceAll('<', '‹').replaceAll('>', '›'),
    thread: { threadKey: note.thread },
    cardsV2: [
      {
        cardId: 'note',
        card: {
          sections: [
            {
              widgets: [
                paragraph(`<b>${escape(cut(note.title, TITLE))}</b>`),
                ...(body === '' ? [] : [paragraph(escape(body).replaceAll('\n', '<br>'))]),
                {
                  buttonList: {
                    buttons: links.map(({ label, url }) => ({ text: label, onClick: { openLink: { url } } })),
                  },
                },
                paragraph(`<i>${refOf(key)}</i>`),
              ],
            },
          ],
        },
      },
    ],
  };
}

function paragraph(text: string) {
  return { textParagraph: { text } };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
