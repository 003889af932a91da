import type { RouteOptions } from './model.ts';

/** Longest wait or interval of a route, in seconds: one year. */
const MAX_SECONDS = 31_536_000;

/**
 * Options of a child: its own where set, else its parent's. `policy: null` and `severity: null` count as set. Time
 * intervals are a node's own, as in Alertmanager: a parent's say nothing about its children.
 */
export function inheritOptions(parent: RouteOptions, own: Partial<RouteOptions>): RouteOptions {
  return {
    mode: own.mode ?? parent.mode,
    policy: own.policy === undefined ? parent.policy : own.policy,
    urgency: own.urgency ?? parent.urgency,
    severity: own.severity === undefined ? parent.severity : own.severity,
    groupBy: own.groupBy ?? parent.groupBy,
    groupWaitSeconds: own.groupWaitSeconds ?? parent.groupWaitSeconds,
    groupIntervalSeconds: own.groupIntervalSeconds ?? parent.groupIntervalSeconds,
    repeatIntervalSeconds: own.repeatIntervalSeconds ?? parent.repeatIntervalSeconds,
    muteTimeIntervals: own.muteTimeIntervals ?? [],
    activeTimeIntervals: own.activeTimeIntervals ?? [],
  };
}

/** What is wrong with a node's own options, as texts; empty when nothing is. The wait may be 0, intervals may not. */
export function optionFaults(own: Partial<RouteOptions>): readonly string[] {
  const faults: string[] = [];
  const seconds = (name: string, value: number | undefined, least: number) => {
    if (value === undefined || (value >= least && value <= MAX_SECONDS)) return;
    faults.push(`${name} must be ${least} to ${MAX_SECONDS} seconds, not ${value}`);
  };
  seconds('groupWaitSeconds', own.groupWaitSeconds, 0);
  seconds('groupIntervalSeconds', own.groupIntervalSeconds, 1);
  seconds('repeatIntervalSeconds', own.repeatIntervalSeconds, 1);
  const { severity, groupBy } = own;
  if (severity !== undefined && severity !== null && ![1, 2, 3, 4, 5].includes(severity)) {
    faults.push(`severity must be 1 to 5, not ${severity}`);
  }
  if (Array.isArray(groupBy) && groupBy.includes('')) faults.push('groupBy holds an empty label name');
  return faults;
}
