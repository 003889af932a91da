import type { Egress } from '#platform/egress';
import type { Channel, NoteMessage } from './channel.ts';
import { TEST_TIMEOUT_MS } from './conformance.ts';
import { createDiscordChannel } from './discord.ts';
import { createGoogleChatChannel } from './google-chat.ts';
import { createGotifyChannel } from './gotify.ts';
import { createMattermostChannel } from './mattermost.ts';
import { createNtfyChannel } from './ntfy.ts';
import { createPushoverChannel } from './pushover.ts';
import { createSlackChannel } from './slack.ts';
import { createTeamsChannel } from './teams.ts';
import { createTelegramChannel } from './telegram.ts';

/** For tests only: each push and chat channel, aimed at a server of the test, and how its provider says yes. */

export const USER_KEY = 'uQiRzpo4DXghDmr9QzzfQu27cmVRsG';
export const APP_TOKEN = 'azGDORePK8gMaC0QOYAMyEEuzJnyUi';
export const BOT_TOKEN = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';

/** One provider under test. */
export interface ProviderUnderTest {
  readonly name: string;
  readonly build: (origin: string, egress: Egress) => Channel;
  readonly address: (origin: string) => string;
  readonly yes: { readonly status: number; readonly body: string };
  /** Whether it confirms in its body; Teams' workflows answer by their status alone. */
  readonly confirms: boolean;
}

const limit = { timeoutMs: TEST_TIMEOUT_MS };

export const PROVIDERS: readonly ProviderUnderTest[] = [
  {
    name: 'ntfy',
    build: (origin, egress) =>
      createNtfyChannel({ ...limit, egress, serverEgress: egress, server: origin, token: 'tk_op' }),
    address: () => 'maya-pages_7f3a',
    yes: { status: 200, body: '{"id":"sPs71M8A2T","time":1643935928,"event":"message","topic":"maya-pages_7f3a"}' },
    confirms: true,
  },
  {
    name: 'gotify',
    build: (_, egress) => createGotifyChannel({ ...limit, egress }),
    address: (origin) => `${origin}/push/message?token=AzyoeNS.D4iJLVa`,
    yes: { status: 200, body: '{"id":25,"appid":5,"message":"m","priority":10,"date":"2026-11-21T03:07:48Z"}' },
    confirms: true,
  },
  {
    name: 'pushover',
    build: (apiUrl, egress) => createPushoverChannel({ ...limit, egress, apiUrl, appToken: APP_TOKEN }),
    address: () => USER_KEY,
    yes: {
      status: 200,
      body: '{"receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy","status":1,"request":"647d2300-702c-4b38-8b2f-d56326ae460b"}',
    },
    confirms: true,
  },
  {
    name: 'telegram',
    build: (apiUrl, egress) => createTelegramChannel({ ...limit, egress, apiUrl, botToken: BOT_TOKEN }),
    address: () => '-1001234567890',
    yes: { status: 200, body: '{"ok":true,"result":{"message_id":4711,"chat":{"id":-1001234567890}}}' },
    confirms: true,
  },
  {
    name: 'slack',
    build: (_, egress) => createSlackChannel({ ...limit, egress }),
    address: (origin) => `${origin}/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX`,
    yes: { status: 200, body: 'ok' },
    confirms: true,
  },
  {
    name: 'mattermost',
    build: (_, egress) => createMattermostChannel({ ...limit, egress }),
    address: (origin) => `${origin}/hooks/9yp1b7xuupbgf8ehkezzgqrwdr`,
    yes: { status: 200, body: 'ok' },
    confirms: true,
  },
  {
    name: 'discord',
    build: (_, egress) => createDiscordChannel({ ...limit, egress }),
    address: (origin) => `${origin}/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a`,
    yes: { status: 200, body: '{"id":"1044628000000000000","type":0,"content":"c"}' },
    confirms: true,
  },
  {
    name: 'google-chat',
    build: (_, egress) => createGoogleChatChannel({ ...limit, egress }),
    address: (origin) => `${origin}/v1/spaces/AAAABBBB/messages?key=AIzaSyExample&token=vJ-example_token`,
    yes: {
      status: 200,
      body: '{"name":"spaces/AAAABBBB/messages/CCCC.CCCC","thread":{"name":"spaces/AAAABBBB/threads/CCCC"}}',
    },
    confirms: true,
  },
  {
    name: 'teams',
    build: (_, egress) => createTeamsChannel({ ...limit, egress }),
    address: (origin) => `${origin}/workflows/0a1b2c3d/triggers/manual/paths/invoke?api-version=1&sig=s3cr3tSignature`,
    yes: { status: 202, body: '' },
    confirms: false,
  },
];

/** A note as short as one can be. */
export const note: NoteMessage = {
  format: 'note',
  kind: 'page',
  severity: 1,
  title: 'SEV1 Checkout errors',
  lead: null,
  rows: [],
  sections: [],
  action: { label: 'Acknowledge or escalate', url: 'https://tocsin.example/a/Tq8mZ2kV0xYb4L' },
  links: [{ label: 'Page 123', url: 'https://tocsin.example/pages/123' }],
  thread: 'page-g123',
};
