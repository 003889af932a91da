/** Errors of signing in, of permission, of people, teams and keys. */
export const accessErrors = {
  UNAUTHENTICATED: {
    status: 401,
    message: 'Sign in, or send an API key.',
    next: 'Send `Authorization: Bearer tocsin_…`, or sign in.',
    exit: 3,
  },
  FORBIDDEN: {
    status: 403,
    message: 'You may not do this ({permission}).',
    next: 'Ask an admin of your organisation.',
    exit: 3,
  },
  ORIGIN_REFUSED: {
    status: 403,
    message: 'This request came from another site ({reason}).',
    next: 'Send it from our own pages, or with an API key.',
    exit: 3,
  },
  SIGN_IN_REFUSED: {
    status: 401,
    message: 'Address and password do not belong together.',
    next: 'Check both and try again; an admin can set a new password.',
    exit: 3,
  },
  SIGN_IN_BACK_OFF: {
    status: 429,
    message: 'Too many failed sign-ins from here or for this account.',
    next: 'Wait for the Retry-After time. Somebody already signed in stays so.',
    exit: 75,
  },
  PASSWORD_WRONG: { status: 422, message: 'The current password is not right.', next: 'Type it again.', exit: 2 },
  SETUP_CLOSED: {
    status: 409,
    message: 'This installation has its owner already.',
    next: 'Sign in, or ask the owner for an account.',
    exit: 5,
  },
  SETUP_TOKEN_WRONG: {
    status: 403,
    message: 'The set-up token is not the one printed at start.',
    next: 'Copy it from the log of the first start.',
    exit: 3,
  },
  USER_NOT_FOUND: { status: 404, message: 'There is no such person.', next: 'List people to find their id.', exit: 4 },
  USER_EMAIL_TAKEN: {
    status: 409,
    message: 'Another person has this address already.',
    next: 'Use another address, or change that person.',
    exit: 5,
  },
  LAST_OWNER: {
    status: 409,
    message: 'This is the last active owner.',
    next: 'Make somebody else an owner first.',
    exit: 5,
  },
  TEAM_NOT_FOUND: { status: 404, message: 'There is no such team.', next: 'List teams to find its id.', exit: 4 },
  TEAM_KEY_TAKEN: {
    status: 409,
    message: 'Another team has the key {key} already.',
    next: 'Choose another key.',
    exit: 5,
  },
  API_KEY_NOT_FOUND: {
    status: 404,
    message: 'There is no such API key.',
    next: 'List API keys to find its id.',
    exit: 4,
  },
} as const;
