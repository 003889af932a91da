/** Errors of integrations and of what they send. */
export const integrationErrors = {
  INTEGRATION_NOT_FOUND: {
    status: 404,
    message: 'There is no such integration.',
    next: 'List integrations to find its id.',
    exit: 4,
  },
  PAYLOAD_NOT_FOUND: {
    status: 404,
    message: 'There is no such request of this integration.',
    next: "List the integration's payloads; they are kept for 7 days.",
    exit: 4,
  },
  INTEGRATION_KIND_UNFIT: {
    status: 409,
    message: 'An integration of the kind {kind} has no {what}.',
    next: 'Use an integration of another kind.',
    exit: 5,
  },
} as const;
