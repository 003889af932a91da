/** Errors of schedules and overrides. */
export const oncallErrors = {
  SCHEDULE_NOT_FOUND: {
    status: 404,
    message: 'There is no such schedule.',
    next: 'List the schedules; it may have been archived.',
    exit: 4,
  },
  SCHEDULE_IN_USE: {
    status: 409,
    message: 'The schedule is used by {uses}.',
    next: 'Name somebody else in them first; a step whose schedule is gone calls nobody.',
    exit: 5,
  },
  SCHEDULE_BROKEN: {
    status: 409,
    message: 'The stored schedule cannot be calculated ({why}).',
    next: 'Save it again with the named field mended; until then it is a gap.',
    exit: 5,
  },
  OVERRIDE_NOT_FOUND: {
    status: 404,
    message: 'There is no such override in this schedule.',
    next: 'Read the schedule; it may have been removed before it began.',
    exit: 4,
  },
  OVERRIDES_FULL: {
    status: 409,
    message: 'The schedule has {most} overrides that have not ended.',
    next: 'Remove some, or change its layers.',
    exit: 5,
  },
} as const;
