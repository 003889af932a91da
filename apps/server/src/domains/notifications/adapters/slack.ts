import type { Channel, NoteLink, NoteMessage } from './channel.ts';
import { hostOf, inMarkup, maskUrl, readHook, secretsOf } from './http-address.ts';
import { type AnswerForm, type HttpOptions, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { cut, type Measure, noteBody, refOf } from './note-text.ts';

/** Limits of Block Kit: 150 for a header, 3,000 for a section, counted as it is sent. */
const HEADER = 150;
const SECTION = 2_900;

/** Slack by an incoming webhook; its address is the secret. */
export function createSlackChannel(options: HttpOptions): Channel {
  return createNoteChannel(
    {
      name: 'slack',
      readAddress: (text) => readHook(text, /^\/[^/]+/),
      maskAddress: maskUrl,
      providerOf: (to) => `slack ${hostOf(to)}`,
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

/** `ok`, or what servers that speak the same form say in JSON. */
export const SAYS_OK: AnswerForm = {
  yes(body) {
    const { ok, success } = readJson(body) ?? {};
    return body.trim() === 'ok' || ok === true || success === true ? {} : null;
  },
};

/**
 * What came from outside stands in plain text objects, where nothing is markup; the three letters that are special
 * everywhere are escaped, so `<!channel>` calls nobody. Links rather than buttons: a button asks its app for an answer.
 */
function messageOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  return {
    // What the notification on a phone shows.
    text: escape(note.title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(cut(note.title, HEADER, sent)) },
      { type: 'section', text: plain(noteBody(note, { room: SECTION, measure: sent, tail: [] }) || note.title) },
      { type: 'section', text: { type: 'mrkdwn', verbatim: true, text: links.map(link).join('  |  ') } },
      { type: 'context', elements: [plain(refOf(key))] },
    ],
  };
}

function plain(text: string) {
  return { type: 'plain_text', emoji: false, text: escape(text) };
}

function link({ label, url }: NoteLink): string {
  return `<${escape(inMarkup(url))}|${escape(label)}>`;
}

const sent: Measure = (text) => escape(text).length;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
