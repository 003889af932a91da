// Generated from the migrated schema by `npm run db:schema`; do not edit.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

export interface AlertEventsTable {
  xid: Generated<string>;
  id: GeneratedAlways<number>;
  at: Temporal.Instant;
  subject: string;
  kind: string;
  payload: ColumnType<unknown, unknown, unknown>;
  salt: Generated<string | null>;
  erased_hash: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
}

export interface AlertGroupMembersTable {
  group_id: string;
  alert_id: string;
}

export interface AlertGroupsTable {
  id: string;
  number: GeneratedAlways<number>;
  route_id: string;
  group_hash: Buffer;
  labels: unknown;
  open: Generated<boolean>;
  options: unknown;
  reason: unknown;
  title: string;
  severity: number;
  kinds: Generated<unknown>;
  service_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  integration_id: string;
  firing_count: Generated<number>;
  total_count: Generated<number>;
  opened_at: Temporal.Instant;
  last_joined_at: Temporal.Instant;
  last_event_at: Temporal.Instant;
  resolved_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  closed_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  decided_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  decision: ColumnType<unknown, unknown, unknown>;
  flush_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  run_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  wake_at: GeneratedAlways<Temporal.Instant | null>;
  failures: Generated<number>;
  config_version: number;
  version: Generated<number>;
  muted: ColumnType<unknown, unknown, unknown>;
}

export interface AlertsTable {
  id: string;
  integration_id: string;
  identity: Buffer;
  status: string;
  current: boolean;
  kind: string;
  title: string;
  severity: number;
  labels: unknown;
  annotations: unknown;
  generator_url: ColumnType<string | null, string | null | undefined, string | null>;
  service_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  starts_at: Temporal.Instant;
  ends_at: Temporal.Instant;
  ends_at_is_timeout: boolean;
  opened_at: Temporal.Instant;
  resolved_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  resolved_by: ColumnType<string | null, string | null | undefined, string | null>;
  last_seen_at: Temporal.Instant;
  count: Generated<number>;
  group_ids: string[];
  routing: unknown;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  version: Generated<number>;
  payload_id: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface AlertsPastTable {
  id: string;
  integration_id: string;
  identity: Buffer;
  status: string;
  current: boolean;
  kind: string;
  title: string;
  severity: number;
  labels: unknown;
  annotations: unknown;
  generator_url: ColumnType<string | null, string | null | undefined, string | null>;
  service_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  starts_at: Temporal.Instant;
  ends_at: Temporal.Instant;
  ends_at_is_timeout: boolean;
  opened_at: Temporal.Instant;
  resolved_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  resolved_by: ColumnType<string | null, string | null | undefined, string | null>;
  last_seen_at: Temporal.Instant;
  count: Generated<number>;
  group_ids: string[];
  routing: unknown;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  version: Generated<number>;
  payload_id: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface ApiKeysTable {
  id: string;
  user_id: string;
  name: string;
  prefix: string;
  key_hash: Buffer;
  scopes: Generated<string[]>;
  created_at: Temporal.Instant;
  expires_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  revoked_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  last_used_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface AuditEntriesTable {
  xid: Generated<string>;
  id: GeneratedAlways<number>;
  at: Temporal.Instant;
  subject: ColumnType<string | null, string | null | undefined, string | null>;
  kind: string;
  payload: ColumnType<unknown, unknown, unknown>;
  salt: Generated<string | null>;
  erased_hash: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
}

export interface ChangesTable {
  id: string;
  integration_id: string;
  source_hash: Buffer;
  kind: string;
  summary: string;
  service: ColumnType<string | null, string | null | undefined, string | null>;
  environment: ColumnType<string | null, string | null | undefined, string | null>;
  author: ColumnType<string | null, string | null | undefined, string | null>;
  deploy_id: ColumnType<string | null, string | null | undefined, string | null>;
  revision: ColumnType<string | null, string | null | undefined, string | null>;
  status: ColumnType<string | null, string | null | undefined, string | null>;
  links: unknown;
  details: unknown;
  at: Temporal.Instant;
  status_at: Temporal.Instant;
  received_at: Temporal.Instant;
}

export interface ConfigVersionTable {
  one: Generated<boolean>;
  version: number;
}

export interface ContactMethodsTable {
  id: string;
  user_id: string;
  channel: string;
  label: string;
  address: string;
  secret: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  verified_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  disabled_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
}

export interface EscalationPoliciesTable {
  id: string;
  name: string;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  steps: unknown;
  rounds: Generated<number>;
  repeat_interval_seconds: Generated<number>;
  ack_timeout_seconds: Generated<number>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface EscalationRunsTable {
  id: string;
  group_id: string;
  policy_id: ColumnType<string | null, string | null | undefined, string | null>;
  live: boolean;
  phase: string;
  snapshot: unknown;
  round: number;
  step: number;
  urgency: string;
  severity: number;
  holder_id: ColumnType<string | null, string | null | undefined, string | null>;
  acknowledged_by: ColumnType<string | null, string | null | undefined, string | null>;
  acknowledged_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  quiet_until: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  started_at: Temporal.Instant;
  start_reason: unknown;
  ended_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  end_reason: ColumnType<unknown, unknown, unknown>;
  config_version: number;
  version: Generated<number>;
}

export interface EventPayloadsTable {
  id: string;
  integration_id: string;
  at: Temporal.Instant;
  content_type: ColumnType<string | null, string | null | undefined, string | null>;
  body: Buffer;
  refused: ColumnType<unknown, unknown, unknown>;
  replayed_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface HeartbeatsTable {
  id: string;
  integration_id: string;
  slug: string;
  name: string;
  interval_seconds: number;
  grace_seconds: number;
  severity: number;
  labels: Generated<unknown>;
  matchers: ColumnType<string | null, string | null | undefined, string | null>;
  paused: Generated<boolean>;
  state: Generated<string>;
  since: Temporal.Instant;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  last_ping_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  run_began_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  last_run_seconds: ColumnType<number | null, number | null | undefined, number | null>;
  last_message: ColumnType<string | null, string | null | undefined, string | null>;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  tell_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface HintsTable {
  xid: Generated<string>;
  id: GeneratedAlways<number>;
  at: Temporal.Instant;
  kind: string;
  ref: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
}

export interface IdempotencyKeysTable {
  actor: string;
  key: string;
  request_hash: Buffer;
  status: number;
  answer: ColumnType<unknown, unknown, unknown>;
  created_at: Temporal.Instant;
}

export interface InhibitRulesTable {
  id: string;
  name: ColumnType<string | null, string | null | undefined, string | null>;
  source_matchers: unknown;
  target_matchers: unknown;
  equal: Generated<unknown>;
  position: Generated<number>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface InhibitSourcesTable {
  rule_id: string;
  key: Buffer;
  alert_id: string;
  two_sided: boolean;
}

export interface IntegrationsTable {
  id: string;
  name: string;
  kind: string;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  key_hash: Buffer;
  key_prefix: string;
  previous_key_hash: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  previous_key_expires_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  resolve_timeout_seconds: Generated<number>;
  enabled: Generated<boolean>;
  last_event_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  settings: Generated<unknown>;
  sealed_secret: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
}

export interface InterruptionsTable {
  user_id: string;
  last_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  marks: Generated<number>;
}

export interface JobsTable {
  name: string;
  wake_at: Temporal.Instant;
  last_started_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  last_finished_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  last_error: ColumnType<string | null, string | null | undefined, string | null>;
  failures: Generated<number>;
}

export interface MailThreadsTable {
  integration_id: string;
  message_hash: Buffer;
  identity: Buffer;
  at: Temporal.Instant;
}

export interface MaintenanceCalendarsTable {
  id: string;
  name: string;
  sealed_url: Buffer;
  shown_url: string;
  matchers: ColumnType<unknown, unknown, unknown>;
  event_matchers: unknown;
  zone: string;
  refresh_seconds: number;
  user_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  enabled: Generated<boolean>;
  etag: ColumnType<string | null, string | null | undefined, string | null>;
  read_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  checked_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  events: Generated<number>;
  faults: Generated<unknown>;
  last_error: ColumnType<string | null, string | null | undefined, string | null>;
  failing_since: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  failures: Generated<number>;
  lease: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface MaintenanceWindowsTable {
  id: string;
  name: string;
  matchers: unknown;
  zone: string;
  recurrence: unknown;
  comment: string;
  made_by: string;
  user_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  ended_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  calendar_id: ColumnType<string | null, string | null | undefined, string | null>;
  event_uid: ColumnType<string | null, string | null | undefined, string | null>;
  event_key: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface MuteChangesTable {
  id: GeneratedAlways<number>;
  due_at: Temporal.Instant;
  kind: string;
  keys: Generated<unknown>;
}

export interface NotificationAttemptsTable {
  id: GeneratedAlways<number>;
  notification_id: string;
  at: Temporal.Instant;
  attempt: number;
  kind: string;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  detail: ColumnType<string | null, string | null | undefined, string | null>;
  duration_ms: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface NotificationRulesTable {
  id: string;
  user_id: string;
  urgency: string;
  delay_seconds: number;
  method_id: string;
}

export interface NotificationsTable {
  id: string;
  group_id: ColumnType<string | null, string | null | undefined, string | null>;
  run_id: ColumnType<string | null, string | null | undefined, string | null>;
  round: Generated<number>;
  step: Generated<number>;
  kind: string;
  user_id: ColumnType<string | null, string | null | undefined, string | null>;
  endpoint_id: ColumnType<string | null, string | null | undefined, string | null>;
  method_id: ColumnType<string | null, string | null | undefined, string | null>;
  channel: string;
  urgency: string;
  severity: number;
  state: string;
  reason: unknown;
  due_at: Temporal.Instant;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  lease: ColumnType<string | null, string | null | undefined, string | null>;
  attempts: Generated<number>;
  carrier_id: ColumnType<string | null, string | null | undefined, string | null>;
  message: ColumnType<unknown, unknown, unknown>;
  facts_version: ColumnType<number | null, number | null | undefined, number | null>;
  provider_id: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: Temporal.Instant;
  sent_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  receipt_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  receipt: ColumnType<string | null, string | null | undefined, string | null>;
  ended_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  end_reason: ColumnType<unknown, unknown, unknown>;
}

export interface OpsgenieRequestsTable {
  id: string;
  integration_id: string;
  at: Temporal.Instant;
  action: string;
  success: boolean;
  status: string;
  alert_id: ColumnType<string | null, string | null | undefined, string | null>;
  alias: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface PageEventsTable {
  xid: Generated<string>;
  id: GeneratedAlways<number>;
  at: Temporal.Instant;
  subject: string;
  kind: string;
  payload: ColumnType<unknown, unknown, unknown>;
  salt: Generated<string | null>;
  erased_hash: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
}

export interface PhoneReceiptsTable {
  provider: string;
  sid: string;
  status: string;
  notification_id: string;
  detail: ColumnType<string | null, string | null | undefined, string | null>;
  at: Temporal.Instant;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface PhoneRepliesTable {
  provider: string;
  sid: string;
  notification_id: ColumnType<string | null, string | null | undefined, string | null>;
  user_id: ColumnType<string | null, string | null | undefined, string | null>;
  wish: ColumnType<string | null, string | null | undefined, string | null>;
  answer: ColumnType<string | null, string | null | undefined, string | null>;
  at: Temporal.Instant;
}

export interface ReplyTokensTable {
  token_hash: Buffer;
  notification_id: string;
  group_id: string;
  user_id: string;
  created_at: Temporal.Instant;
  dead_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface RoutesTable {
  id: string;
  parent_id: ColumnType<string | null, string | null | undefined, string | null>;
  position: number;
  name: string;
  matchers: Generated<unknown>;
  continue: Generated<boolean>;
  options: Generated<unknown>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface ScheduleLayersTable {
  id: string;
  schedule_id: string;
  name: string;
  position: number;
  starts_at: Temporal.Instant;
  ends_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  rotation: unknown;
  restrictions: Generated<unknown>;
}

export interface ScheduleOverridesTable {
  id: string;
  schedule_id: string;
  user_id: string;
  replaces_user_id: ColumnType<string | null, string | null | undefined, string | null>;
  starts_at: Temporal.Instant;
  ends_at: Temporal.Instant;
  created_at: Temporal.Instant;
  created_by: string;
}

export interface SchedulesTable {
  id: string;
  name: string;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  zone: string;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface SealsTable {
  n: number;
  at: Temporal.Instant;
  logs: unknown;
  previous: Buffer;
  hash: Buffer;
  shipped_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface ServiceDependenciesTable {
  service_id: string;
  depends_on_id: string;
}

export interface ServicesTable {
  id: string;
  key: string;
  name: string;
  description: Generated<string>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  tier: Generated<number>;
  policy_id: ColumnType<string | null, string | null | undefined, string | null>;
  runbook_url: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface SessionsTable {
  token_hash: Buffer;
  user_id: string;
  created_at: Temporal.Instant;
  expires_at: Temporal.Instant;
  last_seen_at: Temporal.Instant;
  address: ColumnType<string | null, string | null | undefined, string | null>;
  user_agent: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface SettingsTable {
  key: string;
  value: unknown;
  updated_at: Temporal.Instant;
}

export interface SignInFailuresTable {
  subject: string;
  failures: number;
  blocked_until: Temporal.Instant;
  last_at: Temporal.Instant;
}

export interface SilencesTable {
  id: string;
  matchers: unknown;
  starts_at: Temporal.Instant;
  ends_at: Temporal.Instant;
  comment: string;
  created_by: string;
  user_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  integration_id: ColumnType<string | null, string | null | undefined, string | null>;
  annotations: Generated<unknown>;
  replaces: ColumnType<string | null, string | null | undefined, string | null>;
  expired_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  expired_by: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface SuppressedByTable {
  suppression_id: string;
  kind: string;
  ref: string;
  alerts: number;
}

export interface SuppressionsTable {
  id: string;
  group_id: string;
  route_id: string;
  title: string;
  severity: number;
  service_id: ColumnType<string | null, string | null | undefined, string | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  alerts: number;
  reasons: unknown;
  would_page: unknown;
  stopped_run: boolean;
  began_at: Temporal.Instant;
  last_at: Temporal.Instant;
  ended_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  ended_by: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface TakenDeliveriesTable {
  integration_id: string;
  digest: Buffer;
  expires_at: Temporal.Instant;
}

export interface TeamMembersTable {
  team_id: string;
  user_id: string;
  lead: Generated<boolean>;
  added_at: Temporal.Instant;
}

export interface TeamsTable {
  id: string;
  key: string;
  name: string;
  policy_id: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface TimeIntervalsTable {
  id: string;
  name: string;
  specs: unknown;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  wake_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface UsersTable {
  id: string;
  email: string;
  name: string;
  role: string;
  password_hash: ColumnType<string | null, string | null | undefined, string | null>;
  time_zone: Generated<string>;
  active: Generated<boolean>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
}

export interface WebhookAttemptsTable {
  id: GeneratedAlways<number>;
  delivery_id: number;
  at: Temporal.Instant;
  attempt: number;
  duration_ms: number;
  status: ColumnType<number | null, number | null | undefined, number | null>;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
  detail: ColumnType<string | null, string | null | undefined, string | null>;
  answer: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface WebhookDeliveriesTable {
  id: GeneratedAlways<number>;
  subscription_id: string;
  event_id: string;
  state: Generated<string>;
  queued_at: Temporal.Instant;
  attempts: Generated<number>;
  ended_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  reason: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface WebhookEndpointsTable {
  id: string;
  name: string;
  url: string;
  secret: Buffer;
  previous_secret: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  previous_secret_expires_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

export interface WebhookEventsTable {
  id: string;
  type: string;
  at: Temporal.Instant;
  page_id: ColumnType<string | null, string | null | undefined, string | null>;
  agent: unknown;
  data: unknown;
}

export interface WebhookSubscriptionsTable {
  id: string;
  url: string;
  description: string;
  event_types: unknown;
  team_id: ColumnType<string | null, string | null | undefined, string | null>;
  owner_id: ColumnType<string | null, string | null | undefined, string | null>;
  enabled: Generated<boolean>;
  disabled_reason: ColumnType<string | null, string | null | undefined, string | null>;
  disabled_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  secret: Buffer;
  previous_secret: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  previous_secret_expires_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  failures: Generated<number>;
  failing_since: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  last_delivered_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
  wake_at: Temporal.Instant;
  lease: ColumnType<string | null, string | null | undefined, string | null>;
  version: Generated<number>;
  created_at: Temporal.Instant;
  updated_at: Temporal.Instant;
  archived_at: ColumnType<Temporal.Instant | null, Temporal.Instant | null | undefined, Temporal.Instant | null>;
}

/** Every table by name. */
export interface Tables {
  alert_events: AlertEventsTable;
  alert_group_members: AlertGroupMembersTable;
  alert_groups: AlertGroupsTable;
  alerts: AlertsTable;
  alerts_past: AlertsPastTable;
  api_keys: ApiKeysTable;
  audit_entries: AuditEntriesTable;
  changes: ChangesTable;
  config_version: ConfigVersionTable;
  contact_methods: ContactMethodsTable;
  escalation_policies: EscalationPoliciesTable;
  escalation_runs: EscalationRunsTable;
  event_payloads: EventPayloadsTable;
  heartbeats: HeartbeatsTable;
  hints: HintsTable;
  idempotency_keys: IdempotencyKeysTable;
  inhibit_rules: InhibitRulesTable;
  inhibit_sources: InhibitSourcesTable;
  integrations: IntegrationsTable;
  interruptions: InterruptionsTable;
  jobs: JobsTable;
  mail_threads: MailThreadsTable;
  maintenance_calendars: MaintenanceCalendarsTable;
  maintenance_windows: MaintenanceWindowsTable;
  mute_changes: MuteChangesTable;
  notification_attempts: NotificationAttemptsTable;
  notification_rules: NotificationRulesTable;
  notifications: NotificationsTable;
  opsgenie_requests: OpsgenieRequestsTable;
  page_events: PageEventsTable;
  phone_receipts: PhoneReceiptsTable;
  phone_replies: PhoneRepliesTable;
  reply_tokens: ReplyTokensTable;
  routes: RoutesTable;
  schedule_layers: ScheduleLayersTable;
  schedule_overrides: ScheduleOverridesTable;
  schedules: SchedulesTable;
  seals: SealsTable;
  service_dependencies: ServiceDependenciesTable;
  services: ServicesTable;
  sessions: SessionsTable;
  settings: SettingsTable;
  sign_in_failures: SignInFailuresTable;
  silences: SilencesTable;
  suppressed_by: SuppressedByTable;
  suppressions: SuppressionsTable;
  taken_deliveries: TakenDeliveriesTable;
  team_members: TeamMembersTable;
  teams: TeamsTable;
  time_intervals: TimeIntervalsTable;
  users: UsersTable;
  webhook_attempts: WebhookAttemptsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_events: WebhookEventsTable;
  webhook_subscriptions: WebhookSubscriptionsTable;
}
