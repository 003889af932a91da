export { LONGEST_SNOOZE_SECONDS } from './acknowledge.ts';
export type {
  EndReason,
  LedgerEntry,
  LedgerKind,
  PageReason,
  Phase,
  Policy,
  Reach,
  Reason,
  Run,
  RunEvent,
  Snapshot,
  Step,
  Target,
} from './model.ts';
export type {
  AlarmRequest,
  AuditEntry,
  AuditPort,
  EscalationPorts,
  FollowersPort,
  OnCallPort,
  OwnersPort,
  PageRequest,
  PageHappening,
  PagerPort,
  PeoplePort,
  UpdateRequest,
} from './ports.ts';
export { escalationRoutes } from './routes.ts';
export {
  type ActResult,
  createEscalation,
  type Escalation,
  type EscalationDeps,
  type FailedCall,
  type Policies,
} from './service.ts';
export { createPageActs, type PageActsDeps } from './senders/service.ts';
export { saveLastResort } from './store.ts';
