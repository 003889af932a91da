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
 * A write by cookie must name our own origin; one without a credential (sign-in, set-up) may name none, but no other.
 */
export function judgeOrigin(facts: OriginFacts): OriginVerdict {
  if (facts.origin !== undefined) {
    return isOurs(facts.origin, facts)
      ? { allowed: true, reason: 'same-origin' }
      : { allowed: false, reason: 'other-origin' };
  }
  if (facts.fetchSite !== undefined) {
    const same = facts.fetchSite === 'same-origin' || facts.fetchSite === 'none';
    return same ? { allowed: true, reason: 'same-origin' } : { allowed: false, reason: 'other-origin' };
  }
  if (facts.byCookie) return { allowed: false, reason: 'no-origin' };
  return { allowed: true, reason: 'not-a-browser' };
}

function isOurs(origin: string, facts: OriginFacts): boolean {
  if (!URL.canParse(origin)) return false;
  const asked = new URL(origin);
  if (facts.publicUrl && new URL(facts.publicUrl).origin === asked.origin) return true;
  return facts.host !== undefined && asked.host === facts.host;
}
