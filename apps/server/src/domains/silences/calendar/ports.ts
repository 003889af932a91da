import type { Databases } from '#platform/db';
import type { GuardedEgress } from '#platform/egress';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import type { SilencesDeps } from '../ports.ts';

/** What calendars need from outside. */
export interface CalendarDeps extends Pick<SilencesDeps, 'demand' | 'clock'> {
  readonly db: Databases;
  readonly newId: NewId;
  readonly egress: GuardedEgress;
  readonly sealing: Sealing;
  /** A calendar is due at this moment: wakes the loop that reads it. */
  readonly wake: (at: Temporal.Instant) => void;
  /** A calendar could not be read: must reach whoever runs this. */
  readonly onTrouble: (calendar: { readonly id: string; readonly name: string }, message: string) => void;
}
