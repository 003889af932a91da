import { createEgress } from '#platform/egress';
import { type CalendarDeps, type Calendars, createCalendars, type Silences } from '#silences';
import type { Base } from './compose-domains.ts';

/** Calendars, with a way out of their own: feeds that hang take no connection from what calls people. */
export function composeCalendars(
  base: Base,
  { change, demand }: Pick<Silences, 'change'> & Pick<CalendarDeps, 'demand'>,
): Calendars {
  const { db, newId, clock } = base;
  return createCalendars(
    {
      db,
      newId,
      clock,
      demand,
      egress: createEgress({ allow: base.config.egressAllow }),
      sealing: base.secrets,
      wake: (at) => base.wake('calendars', at),
      onTrouble: ({ id, name }, reason) =>
        base.log.warn({ calendar: id, name, reason }, 'a calendar could not be read; what it planned stays'),
    },
    change,
  );
}
