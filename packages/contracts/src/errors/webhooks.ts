/** Errors of outgoing webhooks. */
export const webhookErrors = {
  WEBHOOK_SUBSCRIPTION_NOT_FOUND: {
    status: 404,
    message: 'There is no such webhook subscription.',
    next: 'List the webhook subscriptions to find its id.',
    exit: 4,
  },
  WEBHOOK_DELIVERY_NOT_FOUND: {
    status: 404,
    message: 'There is no such delivery of this webhook subscription.',
    next: 'List its deliveries; they are kept for {days} days.',
    exit: 4,
  },
  WEBHOOK_SUBSCRIPTIONS_TOO_MANY: {
    status: 422,
    message: 'There are at most {most} webhook subscriptions.',
    next: 'Remove one that is no longer used.',
    exit: 5,
  },
  WEBHOOK_SUBSCRIPTION_DISABLED: {
    status: 409,
    message: 'This webhook subscription is switched off.',
    next: 'Switch it on first.',
    exit: 5,
  },
  WEBHOOK_ADDRESS_REFUSED: {
    status: 422,
    message: 'Tocsin does not call this address: {why}.',
    next: 'Use one that is public, or have whoever runs this Tocsin allow it (egressAllow).',
    exit: 2,
  },
} as const;
