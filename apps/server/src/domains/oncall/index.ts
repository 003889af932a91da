export type { ScheduleChange } from './compare.ts';
export type { ScheduleDraft } from './draft.ts';
export type {
  Because,
  Gap,
  GapReason,
  Handoff,
  Layer,
  OnCallAnswer,
  OnCallUser,
  Override,
  Restriction,
  Rotation,
  Schedule,
  Shift,
  Shifts,
} from './model.ts';
export type { OverrideEnd, OverrideRequest } from './overrides.ts';
export type { OncallPorts, ScheduleAuditEntry } from './ports.ts';
export type { BrokenSchedule, RosterAnswer } from './roster.ts';
export { oncallRoutes } from './routes.ts';
export { createOncall, type Oncall, type OncallDeps, type Schedules } from './service.ts';
export type { StoredOverride, StoredSchedule } from './store.ts';
