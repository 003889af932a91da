/** For answers of the API: nothing may be loaded or framed. */
export const API_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** For the web app: only what we serve ourselves; no inline script or style. */
export const APP_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Headers of every answer that did not set its own. HSTS only where we are reached by https. */
export function securityHeaders(options: {
  readonly secure: boolean;
  readonly html: boolean;
}): Readonly<Record<string, string>> {
  return {
    'content-security-policy': options.html ? APP_CSP : API_CSP,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    ...(options.secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
