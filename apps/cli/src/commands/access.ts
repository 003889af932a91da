import { type Client } from '../client.ts';
import type { Outcome } from '../io.ts';
import { clean } from '../output/clean.ts';
import { lines } from '../output/text.ts';
import { type Connection, type SettingsFile, writeSettings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

/** Remembers where to call and as whom, after the server has agreed. */
export async function login(
  client: Client,
  connection: Connection,
  file: { readonly path: string; readonly settings: SettingsFile },
): Promise<Outcome> {
  const { url, apiKey } = connection;
  if (apiKey === undefined)
    throw new UsageError('There is no API key.', 'Give one: tocsin login --url … --api-key …, or set TOCSIN_API_KEY.');
  const { user } = await client.access.me();
  writeSettings(file.path, { ...file.settings, url, apiKey });
  return {
    data: { url, user: { id: user.id, name: user.name, role: user.role }, file: file.path },
    text: () =>
      lines([
        `Signed in to ${url} as ${clean(user.name)} (${user.role}).`,
        `Remembered in ${file.path}, readable by you alone.`,
      ]),
    exit: 0,
  };
}
