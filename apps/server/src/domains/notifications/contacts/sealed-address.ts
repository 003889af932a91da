import type { Id } from '../model.ts';

/** Parts what may be shown of a stored address from what is sealed; no address has a blank. */
const MARK = ' sealed:';

/** How an address is stored that is itself a secret: what may be shown of it, and the whole of it sealed. */
export function writeSealed(shown: string, sealed: Buffer): string {
  return `${shown}${MARK}${sealed.toString('base64')}`;
}

/** Reads a stored address; `sealed` is null for one that is no secret. */
export function readSealed(stored: string): { readonly shown: string; readonly sealed: Buffer | null } {
  const at = stored.lastIndexOf(MARK);
  if (at < 0) return { shown: stored, sealed: null };
  return { shown: stored.slice(0, at), sealed: Buffer.from(stored.slice(at + MARK.length), 'base64') };
}

/** What a sealed secret is about, so that none can be put in another's place. */
export const aboutEndpoint = (id: Id) => `webhook_endpoints/${id}/secret`;
export const aboutMethod = (id: Id) => `contact_methods/${id}/secret`;
export const aboutAddress = (id: Id) => `contact_methods/${id}/address`;
