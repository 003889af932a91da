import type { Channel, NoteLink, NoteMessage } from './channel.ts';
import { hostOf, inMarkup, maskUrl, readHook, secretsOf } from './http-address.ts';
import type { HttpOptions } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { cut, isUrgent, type Measure, noteBody, refOf } from './note-text.ts';
import { SAYS_OK } from './slack.ts';

const TITLE = 200;
/** A post may have 16,383 letters, and older servers 8,000 for all that is attached. */
const BODY = 3_500;

/** Mattermost by an incoming webhook, `https://server/hooks/…`; its address is the secret. */
export function createMattermostChannel(options: HttpOptions): Channel {
  return createNoteChannel(
    {
      name: 'mattermost',
      readAddress: (text) => readHook(text, /\/hooks\/[^/]+$/),
      maskAddress: maskUrl,
      providerOf: (to) => `mattermost ${hostOf(to)}`,
      compose: (note, { to }, { key }) => ({
        url: to,
        body: JSON.stringify(messageOf(note, key)),
        secrets: secretsOf(to),
      }),
      form: SAYS_OK,
    },
    options,
  );
}

/** One message attachment: a coloured bar, a title that leads to the page, the rest as Markdown with all of it escaped. */
function messageOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  const title = cut(note.title, TITLE);
  return {
    attachments: [
      {
        fallback: withoutMentions(title),
        color: colourOf(note),
        title: escape(title),
        title_link: links[0]?.url,
        text: [escape(noteBody(note, { room: BODY, measure: sent, tail: [] })), links.map(link).join(' · ')].join(
          '\n\n',
        ),
        footer: refOf(key),
      },
    ],
  };
}

function link({ label, url }: NoteLink): string {
  return `[${escape(label)}](${inMarkup(url)})`;
}

/** Markdown's own letters get a backslash. Line breaks stay lines. */
function escape(text: string): string {
  return withoutMentions(text.replaceAll(/[\\`*_[\]#|~>]/g, '\\$&')).replaceAll('\n', '  \n');
}

const sent: Measure = (text) => escape(text).length;

/** An invisible letter after the sign: `@channel`, `@all` and `@somebody` are words again. */
function withoutMentions(text: string): string {
  return text.replaceAll('@', '@\u200b');
}

function colourOf(note: NoteMessage): string {
  if (note.kind === 'resolved') return '#1a7f37';
  if (!isUrgent(note)) return '#57606a';
  return note.severity <= 2 ? '#c8102e' : '#b35900';
}
