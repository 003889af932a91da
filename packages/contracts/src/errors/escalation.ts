/** Errors of policies, runs and what people do with a page. */
export const escalationErrors = {
  POLICY_NOT_FOUND: {
    status: 404,
    message: 'There is no such escalation policy.',
    next: 'List the policies; it may have been archived.',
    exit: 4,
  },
  POLICY_INVALID: {
    status: 422,
    message: 'The escalation policy cannot be saved.',
    next: 'Mend the fields named in `faults` and save again.',
    exit: 2,
  },
  POLICY_IN_USE: {
    status: 409,
    message: 'The policy is used by {uses}.',
    next: 'Point them to another policy first; a page without a policy goes to the last resort.',
    exit: 5,
  },
  LAST_RESORT_INVALID: {
    status: 422,
    message: 'The last resort cannot be saved.',
    next: 'Mend the fields named in `faults` and save again.',
    exit: 2,
  },
  PAGE_NOT_FOUND: { status: 404, message: 'There is no such page.', next: 'Check the id or number.', exit: 4 },
  PAGE_NOT_CALLING: {
    status: 409,
    message: 'This page calls nobody ({why}).',
    next: 'Look at the page: it has ended, or its route does not page.',
    exit: 5,
  },
  PERSON_UNREACHABLE: {
    status: 422,
    message: 'This person cannot be called now ({why}). The page stays as it was.',
    next: 'Choose somebody else, or have them add and verify a contact method.',
    exit: 5,
  },
  SNOOZE_INVALID: {
    status: 422,
    message: 'A snooze ends in the future, at most {maximumSeconds} seconds ahead.',
    next: 'Choose another time; for a longer quiet make a silence.',
    exit: 2,
  },
  ACTOR_NOT_A_PERSON: {
    status: 403,
    message: 'Only a person can do this to a page.',
    next: 'Use the API key or session of a person.',
    exit: 3,
  },
} as const;
