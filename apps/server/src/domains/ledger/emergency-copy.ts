import type { Instant } from './model.ts';
import { lateSeconds } from './model.ts';
import { duration, plural } from './words.ts';

/** Pages named in a message; the others are counted. */
const MOST_NAMED = 5;

/** Somebody of the last resort and how to reach them without Tocsin. */
export interface EmergencyContact {
  readonly name: string;
  readonly addresses: readonly { readonly channel: string; readonly address: string }[];
}

/** A page that was open when the copy was written. */
export interface EmergencyPage {
  readonly number: number;
  readonly title: string;
  readonly severity: number;
  readonly acknowledged: boolean;
}

/**
 * What a node needs to call for help without a database; `<data-dir>/emergency.json` (0600), written every minute.
 * Moments are RFC 3339 texts: people read this file.
 */
export interface EmergencyCopy {
  readonly format: 1;
  readonly writtenAt: string;
  readonly channel: { readonly webhookUrl: string | null; readonly mailTo: string | null };
  readonly contacts: readonly EmergencyContact[];
  readonly openPages: readonly EmergencyPage[];
  readonly openCount: number;
}

/** The copy in a file's text; null when it is none of ours. */
export function readCopy(text: string): EmergencyCopy | null {
  try {
    const value = JSON.parse(text) as Partial<EmergencyCopy> | null;
    const isOurs = value?.format === 1 && Array.isArray(value.contacts) && Array.isArray(value.openPages);
    return isOurs && typeof value.channel === 'object' ? (value as EmergencyCopy) : null;
  } catch {
    return null;
  }
}

/** The mail addresses of the last resort, each once. */
export function mailAddresses(copy: EmergencyCopy | null): readonly string[] {
  const addresses = (copy?.contacts ?? []).flatMap((contact) => contact.addresses);
  return [...new Set(addresses.flatMap(({ channel, address }) => (channel === 'email' ? [address] : [])))];
}

/** What a node says when it has been without a database for a minute. */
export function goneText(
  copy: EmergencyCopy | null,
  { node, since, at }: { readonly node: string; readonly since: Instant; readonly at: Instant },
): string {
  const away = duration(lateSeconds(since, at) * 1000);
  const lead = `Tocsin on ${node} has had no database for ${away}: no alert is accepted and nobody is paged until it is back.`;
  if (copy === null) return `${lead} Which pages were open is not known.`;
  const contacts = copy.contacts.map(({ name }) => name).join(', ');
  return [lead, pagesText(copy), contacts === '' ? '' : `Last resort: ${contacts}.`]
    .filter((part) => part !== '')
    .join(' ');
}

/** What it says when the database is back. */
export function backText({
  node,
  since,
  at,
}: {
  readonly node: string;
  readonly since: Instant;
  readonly at: Instant;
}): string {
  return `Tocsin on ${node} has its database back after ${duration(lateSeconds(since, at) * 1000)}. Pages travel again; what was due is decided by the present.`;
}

function pagesText({ openPages, openCount, writtenAt }: EmergencyCopy): string {
  if (openCount === 0) return `No page was open at ${writtenAt}.`;
  const named = openPages
    .slice(0, MOST_NAMED)
    .map(
      ({ number, title, severity, acknowledged }) =>
        `SEV${severity} ${title} (page ${number}${acknowledged ? ', acknowledged' : ''})`,
    );
  const rest = openCount > named.length ? `, and ${openCount - named.length} more` : '';
  return `${plural(openCount, 'page')} open at ${writtenAt}: ${named.join('; ')}${rest}.`;
}
