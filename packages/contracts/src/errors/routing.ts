/** Errors of the routing tree. */
export const routingErrors = {
  ROUTE_NOT_FOUND: { status: 404, message: 'There is no such route.', next: 'Read the tree to find its id.', exit: 4 },
  ROUTING_INVALID: {
    status: 422,
    message: 'The routing tree cannot be saved like this.',
    next: 'Mend what `faults` names and save again; the tree in use goes on as it was.',
    exit: 2,
  },
  MATCHERS_INVALID: {
    status: 400,
    message: 'These are no matchers: {why}',
    next: 'Write them as a="b", c=~"d.*" and mend what is named.',
    exit: 2,
  },
  ALERTMANAGER_CONFIG_INVALID: {
    status: 400,
    message: 'The Alertmanager configuration is refused at line {line}, column {column}: {why}',
    next: 'Mend what `faults` names, each with its line and column, and send it again.',
    exit: 2,
  },
  PREVIEW_TOO_LARGE: {
    status: 400,
    message: 'This preview is too large: {why}.',
    next: 'Send fewer alerts at once.',
    exit: 2,
  },
} as const;
