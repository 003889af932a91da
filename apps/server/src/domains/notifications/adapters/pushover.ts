import type { Channel, NoteMessage } from './channel.ts';
import { type AnswerForm, type HttpOptions, postOnce, readJson } from './http-call.ts';
import { createNoteChannel } from './note-channel.ts';
import { cut, isUrgent, noteBody, refOf } from './note-text.ts';

/** The operator's application at Pushover. */
export interface PushoverSettings extends HttpOptions {
  readonly apiUrl: string;
  readonly appToken: string;
}

/** The limits of https://pushover.net/api#limits, in letters. */
const TITLE = 250;
const MESSAGE = 1_024;
const URL_LENGTH = 512;
const URL_TITLE = 100;
/** An emergency rings again every minute for five: after that escalation has long called the next person. */
const RETRY_SECONDS = 60;
const EXPIRE_SECONDS = 300;

/** Pushover: the address is a person's user key. The receipt of an emergency is kept as the provider's id, so that it can be stopped. */
export function createPushoverChannel(settings: PushoverSettings): Channel {
  const { appToken } = settings;
  const api = `${settings.apiUrl.replace(/\/$/, '')}/1`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return createNoteChannel(
    {
      name: 'pushover',
      needs: [{ name: 'pushoverAppToken', secret: true, means: 'the token of your application at pushover.net' }],
      readAddress: (text) => /^[A-Za-z0-9]{30}$/.exec(text.trim())?.[0] ?? null,
      compose: (note, { to }, { key, now }) => ({
        url: `${api}/messages.json`,
        headers,
        body: new URLSearchParams({
          token: appToken,
          user: to,
          timestamp: String(Math.floor(now.epochMilliseconds / 1000)),
          ...fieldsOf(note, key),
        }).toString(),
        secrets: [appToken, to],
      }),
      form: FORM,
      recall: {
        seconds: EXPIRE_SECONDS,
        // Anything else is the request of a message that rang once.
        ringsOn: (providerId) => /^[A-Za-z0-9]{30}$/.test(providerId),
        stop: (receipt, context) =>
          postOnce(
            settings,
            {
              url: `${api}/receipts/${receipt}/cancel.json`,
              headers,
              body: new URLSearchParams({ token: appToken }).toString(),
              secrets: [appToken],
            },
            { context, form: FORM },
          ),
      },
    },
    settings,
  );
}

const FORM: AnswerForm = {
  yes(body) {
    const { status, receipt, request } = readJson(body) ?? {};
    if (status !== 1) return null;
    const id = typeof receipt === 'string' ? receipt : request;
    return typeof id === 'string' ? { providerId: id.slice(0, 64) } : {};
  },
  no(_status, body) {
    const said = readJson(body) ?? {};
    if (said['token'] === 'invalid') return 'authentication';
    return said['user'] === 'invalid' ? 'refused-address' : null;
  },
};

function fieldsOf(note: NoteMessage, key: string): Readonly<Record<string, string>> {
  // A cut address leads nowhere: one that is too long stands in no field.
  const link = [note.action, ...note.links].find((one) => one !== null && one.url.length <= URL_LENGTH);
  const urgency = urgencyOf(note);
  return {
    title: cut(note.title, TITLE),
    message: noteBody(note, { room: MESSAGE, tail: [refOf(key)] }),
    ...(link ? { url: link.url, url_title: cut(link.label, URL_TITLE) } : {}),
    priority: String(urgency),
    ...(urgency === 2 ? { retry: String(RETRY_SECONDS), expire: String(EXPIRE_SECONDS) } : {}),
  };
}

/** 2 rings until it is answered, also through quiet hours; 1 once through quiet hours; -1 makes no sound. */
function urgencyOf(note: NoteMessage): 2 | 1 | 0 | -1 {
  if (isUrgent(note)) return note.severity <= 2 ? 2 : 1;
  return note.kind === 'resolved' ? -1 : 0;
}
