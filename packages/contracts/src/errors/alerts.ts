/** Errors of alerts and of asking about them. */
export const alertErrors = {
  ALERT_NOT_FOUND: {
    status: 404,
    message: 'There is no such alert.',
    next: 'List alerts to find its id; resolved ones stay for ever, their events 400 days.',
    exit: 4,
  },
} as const;
