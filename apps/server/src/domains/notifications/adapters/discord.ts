import type { Channel, NoteLink, NoteMessage } from './channel.ts';
import { hostOf, inMarkup, maskUrl, readHook, secretsOf } from './http-address.ts';
import { type AnswerForm, type HttpOptions, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { cut, isUrgent, type Measure, noteBody, refOf } from './note-text.ts';

/** Of 2,000 letters of a message and 4,096 of an embed's description, counted as they are sent; the links need the rest. */
const CONTENT = 500;
const DESCRIPTION = 3_000;

/** Discord by a channel's webhook; its address is the secret. */
export function createDiscordChannel(options: HttpOptions): Channel {
  return createNoteChannel(
    {
      name: 'discord',
      readAddress: (text) => readHook(text, /\/webhooks\/\d{1,20}\/[\w-]{1,200}$/),
      maskAddress: maskUrl,
      providerOf: (to) => `discord ${hostOf(to)}`,
      compose: (note, { to }, { key }) => ({
        url: confirming(to),
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
    const { id } = readJson(body) ?? {};
    return typeof id === 'string' ? { providerId: id.slice(0, 64) } : null;
  },
  // An unknown token of a webhook: the address is wrong, not a sign-in.
  no: (status) => (status === 401 ? 'refused-address' : null),
  wish(body) {
    const after = readJson(body)?.['retry_after'];
    return typeof after === 'number' && after >= 0 ? Math.ceil(after) : null;
  },
};

/** Without `wait` a message that was not saved is answered like one that was. */
function confirming(to: string): string {
  const url = new URL(to);
  url.searchParams.set('wait', 'true');
  return url.href;
}

/** The title is what a phone shows; everything else is an embed. Nobody is mentioned, whatever the text says. */
function messageOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  const body = escape(noteBody(note, { room: DESCRIPTION, measure: sent, tail: [] }));
  return {
    content: `**${escape(cut(note.title, CONTENT, sent))}**`,
    embeds: [
      {
        description: [body, links.map(link).join(' · ')].join('\n\n'),
        color: colourOf(note),
        footer: { text: refOf(key) },
      },
    ],
    allowed_mentions: { parse: [] },
  };
}

function link({ label, url }: NoteLink): string {
  return `[${escape(label)}](${inMarkup(url)})`;
}

const sent: Measure = (text) => escape(text).length;

/** Discord's Markdown letters get a backslash, `<@…>` and `<t:…>` included; `@everyone` is broken up as well. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_~|>[\]#<]/g, '\\$&').replaceAll('@', '@\u200b');
}

function colourOf(note: NoteMessage): number {
  if (note.kind === 'resolved') return 0x1a7f37;
  if (!isUrgent(note)) return 0x57606a;
  return note.severity <= 2 ? 0xc8102e : 0xb35900;
}
