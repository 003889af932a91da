import { AppError } from '#platform/errors';
import type { Matcher } from '#routing';
import { compileInhibitRules } from '../inhibition.ts';
import { nextChange } from '../interval.ts';
import { nextWindow, validateWindow, windowAt } from '../maintenance.ts';
import type { InhibitRule, IntervalSpec, Recurrence, WindowSpan } from '../model.ts';
import type { By, SilencesDeps } from '../ports.ts';
import type { Change } from '../service.ts';
import type { SilenceFault } from '../silence.ts';
import { countWindows, readIntervalUses } from './search.ts';
import {
  archive,
  insertInterval,
  insertRule,
  insertWindow,
  loadIntervals,
  loadRules,
  lockBegun,
  lockWindow,
  type StoredInterval,
  type StoredRule,
  type StoredWindow,
  updateInterval,
  updateRule,
  updateWindow,
} from './store.ts';

/** Most of each kind. */
const MOST_RULES = 500;
const MOST_INTERVALS = 500;
const MOST_WINDOWS = 2_000;

/** What a person says of a rule. */
export type RuleWish = Omit<InhibitRule, 'id'>;

/** What a person says of a window. */
export interface WindowWish {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly zone: string;
  readonly recurrence: Recurrence;
  readonly comment: string;
}

/** What a CI job says when it begins. */
export interface BeginWish {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly durationMinutes: number;
  readonly comment: string;
  readonly teamId: string | null;
}

/** Inhibition rules, time intervals and maintenance windows: what mutes by plan. */
export interface Planning {
  rules(): Promise<readonly StoredRule[]>;
  createRule(wish: RuleWish, by: By): Promise<StoredRule>;
  updateRule(id: string, change: Partial<RuleWish> & { readonly version: number }, by: By): Promise<StoredRule>;
  archiveRule(id: string, by: By): Promise<void>;
  intervals(): Promise<readonly StoredInterval[]>;
  createInterval(
    wish: { readonly name: string; readonly specs: readonly IntervalSpec[] },
    by: By,
  ): Promise<StoredInterval>;
  updateInterval(
    id: string,
    change: { readonly version: number; readonly specs: readonly IntervalSpec[] },
    by: By,
  ): Promise<StoredInterval>;
  /** TIME_INTERVAL_IN_USE while a route names it. */
  archiveInterval(id: string, by: By): Promise<void>;
  createWindow(wish: WindowWish & { readonly teamId: string | null }, by: By): Promise<string>;
  updateWindow(id: string, change: Partial<WindowWish> & { readonly version: number }, by: By): Promise<void>;
  archiveWindow(id: string, by: By): Promise<void>;
  /** Begins a job's window, or prolongs the one of that name. Answers its id. */
  begin(wish: BeginWish, by: By): Promise<string>;
  /** Ends the window of a name; one that is over stays as it is. Answers its id. */
  end(name: string, by: By): Promise<string>;
}

/** Builds it; `change` commits with the note that pages are to be looked at again. */
export function createPlanning(deps: SilencesDeps, { change }: { readonly change: Change }): Planning {
  return {
    ...ruleEditing(deps, change),
    ...intervalEditing(deps, change),
    ...windowEditing(deps, change),
  };
}

type Rules = Pick<Planning, 'rules' | 'createRule' | 'updateRule' | 'archiveRule'>;

function ruleEditing(deps: SilencesDeps, change: Change): Rules {
  const rules = () => loadRules(deps.db.paging);
  const get = async (id: string) => {
    const rule = (await rules()).find((one) => one.id === id);
    if (!rule) throw new AppError('INHIBIT_RULE_NOT_FOUND');
    return rule;
  };
  return {
    rules,
    async createRule(wish, by) {
      deps.demand(by.actor, 'routing:write', null);
      const rule = { ...wish, id: deps.newId() };
      refuse(ruleFaults(rule));
      await change({ ...by, kind: 'inhibit-rule.created', id: rule.id, payload: wish, rules: true }, async (trx) => {
        if ((await loadRules(trx)).length >= MOST_RULES) throw tooMany(MOST_RULES, 'inhibition rules');
        await insertRule(trx, rule, by.now);
      });
      return get(rule.id);
    },
    async updateRule(id, { version, ...wish }, by) {
      deps.demand(by.actor, 'routing:write', null);
      const rule = { ...(await get(id)), ...defined(wish), version };
      refuse(ruleFaults(rule));
      await change({ ...by, kind: 'inhibit-rule.changed', id, payload: wish, rules: true }, async (trx) => {
        if (!(await updateRule(trx, rule, by.now))) throw new AppError('VERSION_CONFLICT');
      });
      return get(id);
    },
    async archiveRule(id, by) {
      deps.demand(by.actor, 'routing:write', null);
      await change({ ...by, kind: 'inhibit-rule.archived', id, payload: {}, rules: true }, async (trx) => {
        if (!(await archive(trx, 'inhibit_rules', { id, now: by.now }))) throw new AppError('INHIBIT_RULE_NOT_FOUND');
      });
    },
  };
}

function ruleFaults(rule: InhibitRule): readonly SilenceFault[] {
  const faults: SilenceFault[] = [];
  if (rule.sourceMatchers.length === 0) faults.push({ path: 'sourceMatchers', message: 'there must be at least one' });
  if (rule.targetMatchers.length === 0) faults.push({ path: 'targetMatchers', message: 'there must be at least one' });
  return [...faults, ...compileInhibitRules([rule]).faults.map(({ message }) => ({ path: 'matchers', message }))];
}

type Intervals = Pick<Planning, 'intervals' | 'createInterval' | 'updateInterval' | 'archiveInterval'>;

function intervalEditing(deps: SilencesDeps, change: Change): Intervals {
  const intervals = () => loadIntervals(deps.db.paging);
  const get = async (id: string) => {
    const interval = (await intervals()).find((one) => one.id === id);
    if (!interval) throw new AppError('TIME_INTERVAL_NOT_FOUND');
    return interval;
  };
  return {
    intervals,
    async createInterval(wish, by) {
      deps.demand(by.actor, 'routing:write', null);
      const id = deps.newId();
      const wakeAt = nextChange(wish, by.now);
      await change({ ...by, kind: 'time-interval.created', id, payload: wish }, async (trx) => {
        if ((await loadIntervals(trx)).length >= MOST_INTERVALS) throw tooMany(MOST_INTERVALS, 'time intervals');
        await insertInterval(trx, { ...wish, id }, { now: by.now, wakeAt });
      });
      return get(id);
    },
    async updateInterval(id, { version, specs }, by) {
      deps.demand(by.actor, 'routing:write', null);
      const interval = { ...(await get(id)), specs, version };
      const wakeAt = nextChange(interval, by.now);
      await change({ ...by, kind: 'time-interval.changed', id, payload: { specs } }, async (trx) => {
        if (!(await updateInterval(trx, interval, { now: by.now, wakeAt }))) throw new AppError('VERSION_CONFLICT');
      });
      return get(id);
    },
    async archiveInterval(id, by) {
      deps.demand(by.actor, 'routing:write', null);
      const { name } = await get(id);
      await change({ ...by, kind: 'time-interval.archived', id, payload: { name } }, async (trx) => {
        const uses = await readIntervalUses(trx, name);
        if (uses.length > 0)
          throw new AppError('TIME_INTERVAL_IN_USE', { uses: uses.map((route) => `route ${route}`).join(', ') });
        if (!(await archive(trx, 'time_intervals', { id, now: by.now }))) throw new AppError('TIME_INTERVAL_NOT_FOUND');
      });
    },
  };
}

type Windows = Pick<Planning, 'createWindow' | 'updateWindow' | 'archiveWindow' | 'begin' | 'end'>;

const auditOf = ({ name, matchers, zone, recurrence, comment }: WindowWish) => ({
  name,
  matchers,
  zone,
  recurrence: JSON.parse(JSON.stringify(recurrence)) as unknown,
  comment,
});

function windowEditing(deps: SilencesDeps, change: Change): Windows {
  const add = async (window: StoredWindow, by: By) => {
    refuse(windowFaults(window, by.now));
    await change({ ...by, kind: 'maintenance.created', id: window.id, payload: auditOf(window) }, async (trx) => {
      if ((await countWindows(trx)) >= MOST_WINDOWS) throw tooMany(MOST_WINDOWS, 'maintenance windows');
      await insertWindow(trx, window, { now: by.now, wakeAt: opensAt(window, by.now) });
    });
    return window.id;
  };
  return {
    async createWindow({ teamId, ...wish }, by) {
      deps.demand(by.actor, 'silences:write', teamId);
      return add({ ...wish, ...ownerOf(by), id: deps.newId(), teamId, madeBy: 'user' }, by);
    },
    async updateWindow(id, { version, ...wish }, by) {
      await change({ ...by, kind: 'maintenance.changed', id, payload: wish }, async (trx) => {
        const stored = await lockWindow(trx, id);
        if (!stored) throw new AppError('MAINTENANCE_NOT_FOUND');
        deps.demand(by.actor, 'silences:write', stored.teamId);
        if (stored.madeBy === 'calendar') throw new AppError('MAINTENANCE_OF_CALENDAR');
        if (stored.version !== version) throw new AppError('VERSION_CONFLICT');
        const window = { ...stored, ...defined(wish) };
        refuse(windowFaults(window, by.now));
        await updateWindow(trx, window, { now: by.now, wakeAt: opensAt(window, by.now) });
      });
    },
    async archiveWindow(id, by) {
      await change({ ...by, kind: 'maintenance.archived', id, payload: {} }, async (trx) => {
        const stored = await lockWindow(trx, id);
        if (!stored) throw new AppError('MAINTENANCE_NOT_FOUND');
        deps.demand(by.actor, 'silences:write', stored.teamId);
        await archive(trx, 'maintenance_windows', { id, now: by.now });
      });
    },
    begin: (wish, by) => begin(deps, change, wish, by),
    end: (name, by) => end(deps, change, name, by),
  };
}

function ownerOf({ actor, now }: By) {
  const userId = actor.kind === 'user' ? actor.userId : null;
  return { userId, createdBy: '', endedAt: null, version: 1, createdAt: now };
}

/** Two jobs that begin at once under one name meet at a unique index: the later one is refused and may try again. */
async function begin(deps: SilencesDeps, change: Change, wish: BeginWish, by: By): Promise<string> {
  const { actor, now } = by;
  deps.demand(actor, 'silences:write', wish.teamId);
  const { name, matchers, durationMinutes, comment, teamId } = wish;
  const recurrence: Recurrence = { kind: 'once', startsAt: now, endsAt: now.add({ minutes: durationMinutes }) };
  const draft = { name, matchers, zone: 'UTC', recurrence, comment: comment === '' ? name : comment };
  const fresh: StoredWindow = { ...draft, ...ownerOf(by), id: deps.newId(), teamId, madeBy: 'api' };
  refuse(windowFaults(fresh, now));
  return change({ ...by, kind: 'maintenance.begun', id: fresh.id, payload: auditOf(draft) }, async (trx) => {
    const stored = await lockBegun(trx, name);
    if (stored && stored.endedAt === null) {
      deps.demand(actor, 'silences:write', stored.teamId);
      const open = windowAt(stored, now);
      if (open) {
        const kept: Recurrence = { kind: 'once', startsAt: open.startsAt, endsAt: recurrence.endsAt };
        await updateWindow(trx, { ...stored, ...draft, recurrence: kept }, { now, wakeAt: null });
        return stored.id;
      }
      await updateWindow(trx, { ...stored, endedAt: endOf(stored, now) }, { now, wakeAt: null });
    }
    await insertWindow(trx, fresh, { now, wakeAt: null });
    return fresh.id;
  });
}

async function end(deps: SilencesDeps, change: Change, name: string, by: By): Promise<string> {
  const { actor, now } = by;
  let id: string | null = null;
  await change({ ...by, kind: 'maintenance.ended', id: deps.newId(), payload: { name } }, async (trx) => {
    const stored = await lockBegun(trx, name);
    if (!stored) throw new AppError('MAINTENANCE_NOT_FOUND');
    deps.demand(actor, 'silences:write', stored.teamId);
    id = stored.id;
    if (stored.endedAt !== null) return null;
    const endedAt = endOf(stored, now);
    await updateWindow(trx, { ...stored, endedAt }, { now, wakeAt: null });
    return true;
  });
  return id as unknown as string;
}

/** A one-off window that ran out by itself ended then, not when somebody looked. */
function endOf({ recurrence }: StoredWindow, now: Temporal.Instant): Temporal.Instant {
  if (recurrence.kind !== 'once') return now;
  return Temporal.Instant.compare(recurrence.endsAt, now) < 0 ? recurrence.endsAt : now;
}

const opensAt = (window: StoredWindow, now: Temporal.Instant) => nextWindow(window, now)?.startsAt ?? null;

/** What is wrong with a window; one that is over before it is stored mutes nothing and is refused. */
function windowFaults(window: StoredWindow, now: Temporal.Instant): readonly SilenceFault[] {
  const faults = validateWindow(window);
  if (faults.length > 0 || window.recurrence.kind !== 'once') return faults;
  const isOver = Temporal.Instant.compare(window.recurrence.endsAt, now) <= 0;
  return isOver ? [{ path: 'recurrence.endsAt', message: 'it must end in the future' }] : [];
}

/** Now and next opening of a window, for people. */
export function openings(
  window: StoredWindow,
  now: Temporal.Instant,
): { readonly open: WindowSpan | null; readonly next: WindowSpan | null } {
  if (window.endedAt !== null) return { open: null, next: null };
  return { open: windowAt(window, now), next: nextWindow(window, now) };
}

/** The fields that were sent. */
function defined<T extends object>(wish: T): { [K in keyof T]-?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as never;
}

function refuse(faults: readonly SilenceFault[]): void {
  if (faults.length > 0) throw new AppError('MUTING_INVALID', { faults });
}

const tooMany = (most: number, what: string) => new AppError('MUTES_TOO_MANY', { most, what });
