import type { ShippedSeal } from '../ports.ts';
import type { CallOutward, OutwardResult } from './outward-call.ts';

/**
 * Tells the outside that all is well, and ships the newest seal with it: who keeps what was received can prove that a
 * tail was cut off. POST carries both as JSON, GET as query fields `seal` and `hash`.
 */
export function sendHeartbeat(
  call: CallOutward,
  { url, method }: { readonly url: string; readonly method: 'GET' | 'POST' },
  { at, seal }: { readonly at: string; readonly seal: ShippedSeal | null },
): Promise<OutwardResult> {
  if (method === 'POST')
    return call({ url, method, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ at, seal }) });
  const address = new URL(url);
  if (seal !== null) {
    address.searchParams.set('seal', String(seal.n));
    address.searchParams.set('hash', seal.hash);
  }
  return call({ url: address.href, method });
}
