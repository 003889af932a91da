/** The session cookie's name. `__Host-` (https only) ties it to this host, whole path, Secure. */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-tocsin' : 'tocsin';
}

/** The Set-Cookie value that starts a session. */
export function sessionCookie(
  token: string,
  options: { readonly secure: boolean; readonly maxAgeSeconds: number },
): string {
  const flags = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${options.maxAgeSeconds}${options.secure ? '; Secure' : ''}`;
  return `${sessionCookieName(options.secure)}=${token}; ${flags}`;
}

/** The Set-Cookie value that ends it in the browser. */
export function endedSessionCookie(secure: boolean): string {
  return sessionCookie('', { secure, maxAgeSeconds: 0 });
}

/** The value of one cookie of a Cookie header; the first when there are two of the name. */
export function readCookie(header: string | undefined, name: string): string | null {
  if (!header) return null;
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || null;
  }
  return null;
}
