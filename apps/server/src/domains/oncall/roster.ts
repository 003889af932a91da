import { type WordedFault, wordedFaults } from './draft.ts';
import { HORIZON_DAYS, type OnCallAnswer, type Schedule } from './model.ts';
import { onCallAt } from './who.ts';

/** Who is on call, or nobody because the stored schedule is no longer valid (a zone that this runtime does not know). */
export type RosterAnswer =
  | OnCallAnswer
  | { readonly users: readonly []; readonly gap: true; readonly reason: 'broken-schedule'; readonly until: null };

/** A stored schedule that cannot be calculated, with why. */
export type BrokenSchedule = { readonly id: string; readonly name: string; readonly faults: readonly WordedFault[] };

/**
 * All schedules of one configuration, held in memory for the paging path. Nothing here throws for one schedule's data:
 * a broken one is a gap, so that its page goes on to the next step instead of sinking its neighbours.
 */
export type Roster = {
  readonly schedules: readonly Schedule[];
  readonly broken: readonly BrokenSchedule[];
  /** Null: no such schedule. */
  readonly answer: (scheduleId: string, at: Temporal.Instant) => RosterAnswer | null;
  /** Only the people; remembered until they change. Null: no such schedule. */
  readonly userIds: (scheduleId: string, at: Temporal.Instant) => readonly string[] | null;
};

/** People in [from, to). */
type Remembered = {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  readonly userIds: readonly string[];
};

const BROKEN: RosterAnswer = { users: [], gap: true, reason: 'broken-schedule', until: null };
const HORIZON = { hours: HORIZON_DAYS * 24 };

/** Makes the roster of one configuration; each schedule is checked once, here. */
export function rosterOf(schedules: readonly Schedule[]): Roster {
  const byId = new Map(schedules.map((schedule) => [schedule.id, schedule]));
  const broken = schedules.flatMap(({ id, name }) => {
    const faults = wordedFaults(byId.get(id) as Schedule);
    return faults.length === 0 ? [] : [{ id, name, faults }];
  });
  const brokenIds = new Set(broken.map(({ id }) => id));
  const answer = (id: string, at: Temporal.Instant): RosterAnswer | null => {
    const schedule = byId.get(id);
    if (schedule === undefined) return null;
    return brokenIds.has(id) ? BROKEN : onCallAt(schedule, at);
  };
  return { schedules, broken, answer, userIds: rememberPeople(answer) };
}

/** An answer says until when its people stay, so storms of pages ask the calculator once a shift, not once a page. */
function rememberPeople(answer: Roster['answer']): Roster['userIds'] {
  const remembered = new Map<string, Remembered>();
  return (id, at) => {
    const known = remembered.get(id);
    if (known !== undefined && isWithin(known, at)) return known.userIds;
    const found = answer(id, at);
    if (found === null) return null;
    const userIds = found.users.map(({ userId }) => userId);
    remembered.set(id, { from: at, to: found.until ?? at.add(HORIZON), userIds });
    return userIds;
  };
}

function isWithin({ from, to }: Remembered, at: Temporal.Instant): boolean {
  return Temporal.Instant.compare(from, at) <= 0 && Temporal.Instant.compare(at, to) < 0;
}
