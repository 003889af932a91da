import type { Channel, NoteMessage } from './channel.ts';
import { hostOf, maskUrl, readUrl, secretsOf } from './http-address.ts';
import { type AnswerForm, type HttpOptions, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { cut, isUrgent, noteBody, refOf } from './note-text.ts';

const TITLE = 200;
const MESSAGE = 3_000;

/**
 * Gotify, as https://gotify.net/docs/pushmsg has it. The address is the application's own: `https://server/message?token=…`.
 * The token travels as a header, so that no proxy writes it into its log.
 */
export function createGotifyChannel(options: HttpOptions): Channel {
  return createNoteChannel(
    {
      name: 'gotify',
      readAddress,
      maskAddress: maskUrl,
      providerOf: (to) => `gotify ${hostOf(to)}`,
      compose(note, { to }, { key }) {
        const { origin, pathname, searchParams } = new URL(to);
        return {
          url: `${origin}${pathname}`,
          headers: { 'x-gotify-key': searchParams.get('token') ?? '' },
          body: JSON.stringify(messageOf(note, key)),
          secrets: secretsOf(to),
        };
      },
      form: FORM,
    },
    options,
  );
}

const FORM: AnswerForm = {
  yes(body) {
    const { id } = readJson(body) ?? {};
    return typeof id === 'number' ? { providerId: String(id) } : null;
  },
};

/** Also without `/message`, as Gotify shows its own address. */
function readAddress(text: string): string | null {
  const url = readUrl(text);
  const token = url?.searchParams.get('token') ?? '';
  if (url === null || url.username !== '' || !/^[\w.-]{1,200}$/.test(token)) return null;
  const path = url.pathname.replace(/\/(message)?\/?$/, '');
  return `${url.origin}${path}/message?token=${token}`;
}

/** Plain text, so nothing in it is markup. A tap opens the page; the link is in the text too, where no tap is. */
function messageOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  return {
    title: cut(note.title, TITLE),
    message: noteBody(note, {
      room: MESSAGE,
      tail: ['', ...links.map(({ label, url }) => `${label}: ${url}`), refOf(key)],
    }),
    priority: priorityOf(note),
    extras: {
      'client::display': { contentType: 'text/plain' },
      'client::notification': { click: { url: links[0]?.url } },
      'tocsin::notification': { key },
    },
  };
}

/** From 8 on the phone vibrates and rings, from 4 it rings. */
function priorityOf(note: NoteMessage): number {
  if (isUrgent(note)) return note.severity <= 2 ? 10 : 8;
  return note.kind === 'resolved' ? 2 : 5;
}
