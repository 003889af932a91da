/** Errors of the service catalogue. */
export const catalogErrors = {
  SERVICE_NOT_FOUND: {
    status: 404,
    message: 'There is no such service.',
    next: 'List services to find its id.',
    exit: 4,
  },
  SERVICE_KEY_TAKEN: {
    status: 409,
    message: 'Another service has the key {key}.',
    next: 'Choose another key.',
    exit: 5,
  },
} as const;
