/** What can go wrong with heartbeats. */
export const checkErrors = {
  HEARTBEAT_NOT_FOUND: {
    status: 404,
    message: 'There is no such heartbeat.',
    next: 'List them with GET /api/v1/heartbeats.',
    exit: 4,
  },
  HEARTBEAT_SLUG_TAKEN: {
    status: 409,
    message: 'This integration has a heartbeat at that address already.',
    next: 'Choose another slug.',
    exit: 5,
  },
} as const;
