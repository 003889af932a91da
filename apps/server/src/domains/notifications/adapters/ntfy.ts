import type { Egress } from '#platform/egress';
import type { Channel, NoteMessage } from './channel.ts';
import { hostOf, inMarkup, maskUrl, readUrl, secretsOf } from './http-address.ts';
import { type AnswerForm, type HttpOptions, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { bytes, cut, isUrgent, noteBody, refOf } from './note-text.ts';

/** The server for addresses that are a topic alone: the operator's choice, so it need not be on the open internet. */
export interface NtfySettings extends HttpOptions {
  readonly server: string;
  readonly token?: string | undefined;
  readonly serverEgress: Egress;
}

const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
/** The server takes 4,096 bytes and makes a file of what is longer; Apple and Google carry no more for all fields together. */
const MESSAGE_BYTES = 2_000;
const TITLE_BYTES = 250;

/**
 * ntfy, ntfy.sh or one's own: JSON to the server's root, as https://docs.ntfy.sh/publish/#publish-as-json has it. The
 * address is a topic, or `https://[user:password@|:tk_token@]server/topic`. `sequence_id` is the key: a newer server
 * shows a repeat in the place of the first, an older one ignores it.
 */
export function createNtfyChannel(settings: NtfySettings): Channel {
  return createNoteChannel(
    {
      name: 'ntfy',
      readAddress,
      maskAddress: (to) => maskUrl(TOPIC.test(to) ? `${root(settings.server)}${to}` : to),
      providerOf: (to) => `ntfy ${hostOf(TOPIC.test(to) ? settings.server : to)}`,
      compose(note, { to }, { key }) {
        const { server, topic, authorization, egress } = target(to, settings);
        return {
          url: server,
          headers: authorization === null ? {} : { authorization },
          body: JSON.stringify({ topic, sequence_id: key, ...publication(note, key) }),
          secrets: [topic, settings.token ?? '', ...secretsOf(to)],
          ...(egress ? { egress } : {}),
        };
      },
      form: FORM,
    },
    settings,
  );
}

const FORM: AnswerForm = {
  yes(body) {
    const { id, event } = readJson(body) ?? {};
    return typeof id === 'string' && event === 'message' ? { providerId: id.slice(0, 64) } : null;
  },
};

function readAddress(text: string): string | null {
  const trimmed = text.trim();
  if (TOPIC.test(trimmed)) return trimmed;
  const url = readUrl(trimmed);
  const topic = url?.pathname.split('/').at(-1) ?? '';
  if (url === null || !TOPIC.test(topic)) return null;
  url.search = '';
  url.hash = '';
  return url.href;
}

function target(to: string, { server, token, serverEgress }: NtfySettings) {
  if (TOPIC.test(to)) {
    const authorization = token ? `Bearer ${token}` : null;
    return { server: root(server), topic: to, authorization, egress: serverEgress };
  }
  const url = new URL(to);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const at = url.pathname.lastIndexOf('/') + 1;
  const topic = url.pathname.slice(at);
  return { server: `${url.origin}${url.pathname.slice(0, at)}`, topic, authorization: authorize(user, password) };
}

/** A token stands where a password does; a user and a password are sent as Basic. */
function authorize(user: string, password: string): string | null {
  if (password === '') return null;
  if (user === '' || password.startsWith('tk_')) return `Bearer ${password}`;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function root(server: string): string {
  return `${server.replace(/\/+$/, '')}/`;
}

function publication(note: NoteMessage, key: string) {
  const links = [...(note.action ? [note.action] : []), ...note.links];
  return {
    title: cut(note.title, TITLE_BYTES, bytes),
    message: noteBody(note, { room: MESSAGE_BYTES, measure: bytes, tail: [refOf(key)] }),
    priority: priorityOf(note),
    tags: [TAG[note.kind]],
    click: (note.action ?? note.links[0])?.url,
    // Three buttons are what it shows.
    actions: links.slice(0, 3).map(({ label, url }) => ({ action: 'view', label, url: inMarkup(url), clear: false })),
  };
}

/** 5 rings through what a phone's owner allowed it to; 2 makes no sound. */
function priorityOf(note: NoteMessage): number {
  if (isUrgent(note)) return note.severity <= 2 ? 5 : 4;
  return note.kind === 'resolved' ? 2 : 3;
}

/** Names of emoji, which stand before the title. */
const TAG: Readonly<Record<NoteMessage['kind'], string>> = {
  page: 'rotating_light',
  alarm: 'rotating_light',
  update: 'arrows_counterclockwise',
  resolved: 'white_check_mark',
  test: 'wrench',
};
