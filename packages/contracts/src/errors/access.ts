/** Errors of signing in and of permission. */
export const accessErrors = {
  UNAUTHENTICATED: { status: 401, message: 'Sign in, or send an API key.', next: 'Send `Authorization: Bearer tocsin_…`, or sign in.', exit: 3 },
  FORBIDDEN: { status: 403, message: 'You may not do this ({permission}).', next: 'Ask an admin of your organisation.', exit: 3 },
  ORIGIN_REFUSED: { status: 403, message: 'This request came from another site ({reason}).', next: 'Send it from our own pages, or with an API key.', exit: 3 },
} as const;
