/** Errors of silences and of everything else that mutes. */
export const silenceErrors = {
  SILENCE_NOT_FOUND: {
    status: 404,
    message: 'There is no such silence.',
    next: 'List silences to find its id.',
    exit: 4,
  },
  SILENCE_INVALID: {
    status: 422,
    message: 'The silence cannot be saved like this.',
    next: 'Mend what `faults` names; whatever mutes needs matchers, a reason and an end.',
    exit: 2,
  },
  INHIBIT_RULE_NOT_FOUND: {
    status: 404,
    message: 'There is no such inhibition rule.',
    next: 'List the rules to find its id.',
    exit: 4,
  },
  TIME_INTERVAL_NOT_FOUND: {
    status: 404,
    message: 'There is no such time interval.',
    next: 'List the time intervals to find its id.',
    exit: 4,
  },
  TIME_INTERVAL_NAME_TAKEN: {
    status: 409,
    message: 'There is a time interval named {name} already.',
    next: 'Change that one, or choose another name.',
    exit: 5,
  },
  TIME_INTERVAL_IN_USE: {
    status: 409,
    message: 'The time interval is used by {uses}.',
    next: 'Take it out of them first; a route whose active time is gone calls at any time.',
    exit: 5,
  },
  MAINTENANCE_NOT_FOUND: {
    status: 404,
    message: 'There is no such maintenance window.',
    next: 'List the windows to find its id; a job ends one by the name that it began it with.',
    exit: 4,
  },
  MAINTENANCE_OF_CALENDAR: {
    status: 409,
    message: 'This window stands for an event of a calendar.',
    next: 'Change the event in the calendar; or remove the window, then the event mutes nothing.',
    exit: 5,
  },
  MAINTENANCE_CALENDAR_NOT_FOUND: {
    status: 404,
    message: 'There is no such calendar.',
    next: 'List the calendars to find its id.',
    exit: 4,
  },
  MAINTENANCE_CALENDAR_DISABLED: {
    status: 409,
    message: 'The calendar is switched off.',
    next: 'Switch it on: it is then read at once.',
    exit: 5,
  },
  MAINTENANCE_CALENDAR_UNREADABLE: {
    status: 422,
    message: 'The calendar could not be read: {why}.',
    next: 'Open the address in a browser: it must give a calendar (text/calendar) without asking who you are.',
    exit: 2,
  },
  MUTING_INVALID: {
    status: 422,
    message: 'This cannot be saved like this.',
    next: 'Mend what `faults` names and send again.',
    exit: 2,
  },
  MUTES_TOO_MANY: {
    status: 422,
    message: 'There are {most} {what} already.',
    next: 'End or remove some that are no longer needed; one with a regular expression may stand for many.',
    exit: 5,
  },
} as const;
