import type { Egress } from '#platform/egress';
import type { Channel } from './channel.ts';
import { createDiscordChannel } from './discord.ts';
import { createGoogleChatChannel } from './google-chat.ts';
import { createGotifyChannel } from './gotify.ts';
import { createMattermostChannel } from './mattermost.ts';
import { createNtfyChannel } from './ntfy.ts';
import { createPushoverChannel } from './pushover.ts';
import { createSlackChannel } from './slack.ts';
import { createTeamsChannel } from './teams.ts';
import { createTelegramChannel } from './telegram.ts';

/** What an operator says of push and chat: the rest stands in each person's own address. */
export interface NoteSettings {
  readonly ntfyUrl: string;
  readonly ntfyToken?: string | undefined;
  readonly telegramApiUrl: string;
  /** Without it there is no Telegram. */
  readonly telegramBotToken?: string | undefined;
  readonly pushoverApiUrl: string;
  /** Without it there is no Pushover. */
  readonly pushoverAppToken?: string | undefined;
}

/** The push and chat channels. `guarded` for what people aim, `operators` for the servers of the settings. */
export function createNoteChannels(
  settings: NoteSettings,
  ways: { readonly guarded: Egress; readonly operators: Egress },
): readonly Channel[] {
  const { ntfyUrl, ntfyToken, telegramApiUrl, telegramBotToken, pushoverApiUrl, pushoverAppToken } = settings;
  const guarded = { egress: ways.guarded };
  const operators = { egress: ways.operators };
  return [
    createNtfyChannel({ ...guarded, server: ntfyUrl, token: ntfyToken, serverEgress: ways.operators }),
    createGotifyChannel(guarded),
    ...(pushoverAppToken
      ? [createPushoverChannel({ ...operators, apiUrl: pushoverApiUrl, appToken: pushoverAppToken })]
      : []),
    ...(telegramBotToken
      ? [createTelegramChannel({ ...operators, apiUrl: telegramApiUrl, botToken: telegramBotToken })]
      : []),
    createSlackChannel(guarded),
    createMattermostChannel(guarded),
    createDiscordChannel(guarded),
    createGoogleChatChannel(guarded),
    createTeamsChannel(guarded),
  ];
}
