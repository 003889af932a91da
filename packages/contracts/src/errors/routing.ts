/** Errors of the routing tree. */
export const routingErrors = {
  ROUTE_NOT_FOUND: { status: 404, message: 'There is no such route.', next: 'Read the tree to find its id.', exit: 4 },
  ROUTING_INVALID: {
    status: 422,
    message: 'The routing tree cannot be saved like this.',
    next: 'Mend what `faults` names and save again; the tree in use goes on as it was.',
    exit: 2,
  },
} as const;
