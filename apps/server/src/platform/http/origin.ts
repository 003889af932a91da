/** Why a state-changing request passes, or does not, where a browser may have been tricked into sending it. */
export type OriginVerdict =
  | { readonly allowed: true; readonly reason: 'no-cookie' | 'same-origin' | 'not-a-browser' }
  | { readonly allowed: false; readonly reason: 'other-origin' | 'no-origin' };

/** What the verdict stands on. */
export interface OriginFacts {
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** The Host header. */
  readonly host: string | undefined;
  readonly publicUrl: string | null;
  /** Signed in by a cookie, which a browser adds by itself; a bearer token it never does. */
  readonly byCookie: boolean;
}

/**
 * Decides whether a write may have been forged by another site. SameSite=Lax alone would let sibling subdomains write.
 * A write by cookie must come from our own origin; one without a credential (sign-in, set-up) may come from a tool that
 * names none, but from no other site. Browsers send `Origin: null` for a form of a page without referrer: then what they
 * say about the site decides, which no page can change.
 */
export function judgeOrigin(facts: OriginFacts): OriginVerdict {
  const { origin, fetchSite } = facts;
  const sameSite = fetchSite === 'same-origin' || fetchSite === 'none';
  if (fetchSite !== undefined && !sameSite) return { allowed: false, reason: 'other-origin' };
  if (origin !== undefined && !(origin === 'null' && sameSite)) {
    return isOurs(origin, facts)
      ? { allowed: true, reason: 'same-origin' }
      : { allowed: false, reason: 'other-origin' };
  }
  if (sameSite) return { allowed: true, reason: 'same-origin' };
  return facts.byCookie ? { allowed: false, reason: 'no-origin' } : { allowed: true, reason: 'not-a-browser' };
}

/**
 * Ours is the public address, and the very host that was asked when that is no name that a stranger's name server
 * could point at us: an address in digits, or this machine (DNS rebinding).
 */
function isOurs(origin: string, facts: OriginFacts): boolean {
  if (!URL.canParse(origin)) return false;
  const asked = new URL(origin);
  const published = facts.publicUrl ? new URL(facts.publicUrl) : null;
  if (published?.origin === asked.origin) return true;
  // The public host by another scheme is somebody between us and the browser.
  if (published?.host === asked.host) return false;
  return facts.host !== undefined && asked.host === facts.host && isOwnMachineOrDigits(asked.hostname);
}

function isOwnMachineOrDigits(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname.startsWith('[') ||
    /^\d+\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
