import type { Channel, NoteMessage } from './channel.ts';
import { hostOf, maskUrl, readHook, secretsOf } from './http-address.ts';
import type { HttpOptions } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { bytes, cut, isUrgent, noteBody, refOf } from './note-text.ts';

/** A message may have 28 KB. */
const TITLE = 250;
const BODY_BYTES = 6_000;

/**
 * Microsoft Teams by a workflow that begins with "When a Teams webhook request is received"; its address is the secret.
 * The workflow answers 202 as soon as it has the card: its status is its last word.
 */
export function createTeamsChannel(options: HttpOptions): Channel {
  return createNoteChannel(
    {
      name: 'teams',
      readAddress: (text) => readHook(text, /^\/[^/]+/),
      maskAddress: maskUrl,
      providerOf: (to) => `teams ${hostOf(to)}`,
      compose: (note, { to }, { key }) => ({
        url: to,
        body: JSON.stringify({
          type: 'message',
          attachments: [
            {
              contentType: 'application/vnd.microsoft.card.adaptive',
              contentUrl: null,
              content: cardOf(note, key),
            },
          ],
        }),
        secrets: secretsOf(to),
      }),
    },
    options,
  );
}

/** An Adaptive Card of rich text blocks: their runs know no Markdown and no mention, so text stays text. */
function cardOf(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  const body = noteBody(note, { room: BODY_BYTES, measure: bytes, tail: [] });
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: cut(note.title, TITLE),
    msteams: { width: 'Full' },
    body: [
      block({ text: cut(note.title, TITLE), weight: 'Bolder', size: 'Large', color: colourOf(note) }),
      ...body.split('\n').map((text) => block({ text: text || ' ' })),
      block({ text: refOf(key), size: 'Small', isSubtle: true }),
    ],
    actions: links.map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
  };
}

function block(run: Readonly<Record<string, unknown>>) {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', ...run }] };
}

function colourOf(note: NoteMessage): string {
  if (note.kind === 'resolved') return 'Good';
  if (!isUrgent(note)) return 'Default';
  return note.severity <= 2 ? 'Attention' : 'Warning';
}
