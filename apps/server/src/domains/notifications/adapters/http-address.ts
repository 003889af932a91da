import { createHash } from 'node:crypto';

/** The host that an address leads to; nothing of it is secret. */
export function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : 'unknown';
}

/** Reads a web address whose path fits; null when it is none. Blanks around it are forgiven. */
export function readUrl(text: string, path: RegExp = /./): URL | null {
  const trimmed = text.trim();
  if (trimmed.length > 2048 || !URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.hostname !== '' && path.test(url.pathname) ? url : null;
}

/** The same without user, password and fragment, which the providers' webhooks do not have. */
export function readHook(text: string, path?: RegExp): string | null {
  const url = readUrl(text, path);
  if (url === null || url.username !== '' || url.password !== '') return null;
  url.hash = '';
  return url.href;
}

/** What may be shown of an address that whoever knows it can write to: the host, and a mark that tells two of them apart. */
export function maskUrl(address: string): string {
  const mark = createHash('sha256').update(address).digest('hex').slice(0, 6);
  const { protocol, host } = URL.canParse(address) ? new URL(address) : { protocol: '', host: '' };
  return host === '' ? `… (${mark})` : `${protocol}//${host}/… (${mark})`;
}

/** What of an address may not be repeated in a stored reason. */
export function secretsOf(address: string): readonly string[] {
  if (!URL.canParse(address)) return [];
  const { pathname, searchParams, username, password } = new URL(address);
  const segments = pathname.split('/').filter((segment) => segment.length >= 8);
  return [...segments, ...searchParams.values(), username, password].filter((one) => one !== '');
}

/** A web address that stands inside markup: what could end it there is percent-encoded. */
export function inMarkup(url: string): string {
  return url.replaceAll(/[\s<>()[\]|"'`\\]/g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
