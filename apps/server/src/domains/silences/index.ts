export type { CalendarDeps } from './calendar/ports.ts';
export { type CalendarRoutesDeps, calendarRoutes } from './calendar/routes.ts';
export { type Calendars, createCalendars } from './calendar/service.ts';
export { resealCalendars } from './calendar/store.ts';
export { createSourceIndex, MOST_SOURCES, type SourceIndex } from './inhibition.ts';
export { isWithin, nextChange } from './interval.ts';
export { formatIntervalSpec, type IntervalText, parseIntervalSpec } from './interval-parse.ts';
export { nextWindow, windowAt } from './maintenance.ts';
export type {
  CompiledSilences,
  InhibitRule,
  IntervalSpec,
  MaintenanceWindow,
  Mute,
  MuteFault,
  Mutes,
  Recurrence,
  Silence,
  SilenceState,
  StoredMutes,
  TimeInterval,
  WindowSpan,
} from './model.ts';
export {
  compileMutes,
  type Mutable,
  type Muted,
  mutedByIntervals,
  mutesOf,
  NO_MUTES,
  type RouteIntervals,
} from './mute.ts';
export { type PreviewDeps, previewRoutes } from './preview/routes.ts';
export { decideSilenceEdit, expireSilence, silenceState, validateSilence } from './silence.ts';
export type { MuteCount, SourceKey, Subject, SuppressedPage } from './muting/model.ts';
export { keyText, type MutesInUse, type Muting } from './muting/service.ts';
export type { SilencesDeps } from './ports.ts';
export { silenceRoutes } from './routes.ts';
export { listOfIntegration } from './search.ts';
export { createSilences, type PutResult, type PutSilence, type Silences } from './service.ts';
export { findSilence, type StoredSilence } from './store.ts';
