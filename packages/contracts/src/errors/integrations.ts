/** Errors of integrations and of what they send. */
export const integrationErrors = {
  INTEGRATION_NOT_FOUND: {
    status: 404,
    message: 'There is no such integration.',
    next: 'List integrations to find its id.',
    exit: 4,
  },
} as const;
