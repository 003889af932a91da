-- Generated from the migrated schema by `npm run db:schema`; do not edit.

CREATE TABLE alert_events (
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  at timestamp with time zone NOT NULL,
  subject uuid NOT NULL,
  kind text NOT NULL,
  payload json,
  salt uuid DEFAULT gen_random_uuid(),
  erased_hash bytea,
  CONSTRAINT alert_events_pkey PRIMARY KEY (xid, id, at)
) PARTITION BY RANGE (at);
CREATE INDEX alert_events_subject ON public.alert_events USING btree (subject, at);

CREATE TABLE alert_group_members (
  group_id uuid NOT NULL,
  alert_id uuid NOT NULL,
  CONSTRAINT alert_group_members_pkey PRIMARY KEY (group_id, alert_id)
);

CREATE TABLE alert_groups (
  id uuid NOT NULL,
  number bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  route_id uuid NOT NULL,
  group_hash bytea NOT NULL,
  labels json NOT NULL,
  open boolean DEFAULT true NOT NULL,
  options json NOT NULL,
  reason json NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL,
  kinds json DEFAULT '{}'::json NOT NULL,
  service_id uuid,
  team_id uuid,
  integration_id uuid NOT NULL,
  firing_count integer DEFAULT 0 NOT NULL,
  total_count integer DEFAULT 0 NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  last_joined_at timestamp with time zone NOT NULL,
  last_event_at timestamp with time zone NOT NULL,
  resolved_at timestamp with time zone,
  closed_at timestamp with time zone,
  decided_at timestamp with time zone,
  decision json,
  flush_at timestamp with time zone,
  run_at timestamp with time zone,
  wake_at timestamp with time zone GENERATED ALWAYS AS (LEAST(flush_at, run_at)) STORED,
  failures smallint DEFAULT 0 NOT NULL,
  config_version bigint NOT NULL,
  version bigint DEFAULT 1 NOT NULL,
  muted json,
  CONSTRAINT alert_groups_pkey PRIMARY KEY (id),
  CONSTRAINT alert_groups_severity_check CHECK (((severity >= 1) AND (severity <= 5)))
) WITH (fillfactor=50);
CREATE UNIQUE INDEX alert_groups_number_key ON public.alert_groups USING btree (number);
CREATE UNIQUE INDEX alert_groups_open_key ON public.alert_groups USING btree (route_id, group_hash) WHERE open;
CREATE INDEX alert_groups_opened ON public.alert_groups USING btree (opened_at DESC, id DESC);
CREATE INDEX alert_groups_wake ON public.alert_groups USING btree (wake_at) WHERE (wake_at IS NOT NULL);

CREATE TABLE alerts (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  identity bytea NOT NULL,
  status text NOT NULL,
  current boolean NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL,
  labels json NOT NULL,
  annotations json NOT NULL,
  generator_url text,
  service_id uuid,
  team_id uuid,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  ends_at_is_timeout boolean NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  resolved_at timestamp with time zone,
  resolved_by text,
  last_seen_at timestamp with time zone NOT NULL,
  count bigint DEFAULT 1 NOT NULL,
  group_ids uuid[] NOT NULL,
  routing json NOT NULL,
  wake_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  payload_id uuid,
  CONSTRAINT alerts_pkey PRIMARY KEY (id),
  CONSTRAINT alerts_severity_check CHECK (((severity >= 1) AND (severity <= 5))),
  CONSTRAINT alerts_status_check CHECK ((status = ANY (ARRAY['firing'::text, 'resolved'::text])))
) WITH (fillfactor=90);
CREATE UNIQUE INDEX alerts_current_identity_key ON public.alerts USING btree (integration_id, identity) WHERE current;
CREATE INDEX alerts_resolved ON public.alerts USING btree (resolved_at) WHERE (status = 'resolved'::text);
CREATE INDEX alerts_wake ON public.alerts USING btree (wake_at) WHERE (wake_at IS NOT NULL);

CREATE TABLE alerts_past (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  identity bytea NOT NULL,
  status text NOT NULL,
  current boolean NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL,
  labels json NOT NULL,
  annotations json NOT NULL,
  generator_url text,
  service_id uuid,
  team_id uuid,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  ends_at_is_timeout boolean NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  resolved_at timestamp with time zone,
  resolved_by text,
  last_seen_at timestamp with time zone NOT NULL,
  count bigint DEFAULT 1 NOT NULL,
  group_ids uuid[] NOT NULL,
  routing json NOT NULL,
  wake_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  payload_id uuid,
  CONSTRAINT alerts_past_pkey PRIMARY KEY (id),
  CONSTRAINT alerts_severity_check CHECK (((severity >= 1) AND (severity <= 5))),
  CONSTRAINT alerts_status_check CHECK ((status = ANY (ARRAY['firing'::text, 'resolved'::text])))
);
CREATE INDEX alerts_past_resolved ON public.alerts_past USING btree (resolved_at);

CREATE TABLE api_keys (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL,
  key_hash bytea NOT NULL,
  scopes text[] DEFAULT '{}'::text[] NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash)
);

CREATE TABLE audit_entries (
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  at timestamp with time zone NOT NULL,
  subject uuid,
  kind text NOT NULL,
  payload json,
  salt uuid DEFAULT gen_random_uuid(),
  erased_hash bytea,
  CONSTRAINT audit_entries_pkey PRIMARY KEY (xid, id, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_entries_subject ON public.audit_entries USING btree (subject, at);

CREATE TABLE changes (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  source_hash bytea NOT NULL,
  kind text NOT NULL,
  summary text NOT NULL,
  service text,
  environment text,
  author text,
  deploy_id text,
  revision text,
  status text,
  links json NOT NULL,
  details json NOT NULL,
  at timestamp with time zone NOT NULL,
  status_at timestamp with time zone NOT NULL,
  received_at timestamp with time zone NOT NULL,
  CONSTRAINT changes_pkey PRIMARY KEY (id),
  CONSTRAINT changes_kind_check CHECK ((kind = ANY (ARRAY['deploy'::text, 'code'::text, 'release'::text, 'config'::text, 'flag'::text, 'infrastructure'::text, 'pipeline'::text, 'other'::text])))
);
CREATE INDEX changes_at ON public.changes USING btree (at DESC, id DESC);
CREATE INDEX changes_received ON public.changes USING btree (received_at);
CREATE INDEX changes_service ON public.changes USING btree (service, at DESC, id DESC) WHERE (service IS NOT NULL);
CREATE UNIQUE INDEX changes_source_key ON public.changes USING btree (integration_id, source_hash);

CREATE TABLE config_version (
  one boolean DEFAULT true NOT NULL,
  version bigint NOT NULL,
  CONSTRAINT config_version_pkey PRIMARY KEY (one),
  CONSTRAINT config_version_one_check CHECK (one)
);

CREATE TABLE contact_methods (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  channel text NOT NULL,
  label text NOT NULL,
  address text NOT NULL,
  secret bytea,
  verified_at timestamp with time zone,
  disabled_at timestamp with time zone,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT contact_methods_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX contact_methods_address_key ON public.contact_methods USING btree (user_id, channel, address) WHERE (disabled_at IS NULL);

CREATE TABLE escalation_policies (
  id uuid NOT NULL,
  name text NOT NULL,
  team_id uuid,
  steps json NOT NULL,
  rounds integer DEFAULT 3 NOT NULL,
  repeat_interval_seconds integer DEFAULT 1800 NOT NULL,
  ack_timeout_seconds integer DEFAULT 1800 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT escalation_policies_pkey PRIMARY KEY (id),
  CONSTRAINT escalation_policies_ack_timeout_seconds_check CHECK (((ack_timeout_seconds >= 60) AND (ack_timeout_seconds <= 86400))),
  CONSTRAINT escalation_policies_repeat_interval_seconds_check CHECK (((repeat_interval_seconds >= 60) AND (repeat_interval_seconds <= 86400))),
  CONSTRAINT escalation_policies_rounds_check CHECK (((rounds >= 1) AND (rounds <= 20)))
);

CREATE TABLE escalation_runs (
  id uuid NOT NULL,
  group_id uuid NOT NULL,
  policy_id uuid,
  live boolean NOT NULL,
  phase text NOT NULL,
  snapshot json NOT NULL,
  round integer NOT NULL,
  step integer NOT NULL,
  urgency text NOT NULL,
  severity smallint NOT NULL,
  holder_id uuid,
  acknowledged_by uuid,
  acknowledged_at timestamp with time zone,
  quiet_until timestamp with time zone,
  started_at timestamp with time zone NOT NULL,
  start_reason json NOT NULL,
  ended_at timestamp with time zone,
  end_reason json,
  config_version bigint NOT NULL,
  version bigint DEFAULT 1 NOT NULL,
  CONSTRAINT escalation_runs_pkey PRIMARY KEY (id),
  CONSTRAINT escalation_runs_phase_check CHECK ((phase = ANY (ARRAY['escalating'::text, 'last-resort'::text, 'repeating'::text, 'acknowledged'::text, 'snoozed'::text, 'ended'::text]))),
  CONSTRAINT escalation_runs_urgency_check CHECK ((urgency = ANY (ARRAY['high'::text, 'low'::text])))
);
CREATE INDEX escalation_runs_group ON public.escalation_runs USING btree (group_id, started_at);
CREATE UNIQUE INDEX escalation_runs_live_key ON public.escalation_runs USING btree (group_id) WHERE live;

CREATE TABLE event_payloads (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  content_type text,
  body bytea NOT NULL,
  refused json,
  replayed_at timestamp with time zone,
  CONSTRAINT event_payloads_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER TABLE event_payloads ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX event_payloads_integration ON public.event_payloads USING btree (integration_id, at);
CREATE INDEX event_payloads_refused ON public.event_payloads USING btree (integration_id, at) WHERE (refused IS NOT NULL);

CREATE TABLE heartbeats (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  interval_seconds integer NOT NULL,
  grace_seconds integer NOT NULL,
  severity smallint NOT NULL,
  labels json DEFAULT '{}'::json NOT NULL,
  matchers text,
  paused boolean DEFAULT false NOT NULL,
  state text DEFAULT 'waiting'::text NOT NULL,
  since timestamp with time zone NOT NULL,
  reason text,
  last_ping_at timestamp with time zone,
  run_began_at timestamp with time zone,
  last_run_seconds integer,
  last_message text,
  wake_at timestamp with time zone,
  tell_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT heartbeats_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX heartbeats_slug_key ON public.heartbeats USING btree (integration_id, slug) WHERE (archived_at IS NULL);
CREATE INDEX heartbeats_tell ON public.heartbeats USING btree (tell_at) WHERE (tell_at IS NOT NULL);
CREATE INDEX heartbeats_wake ON public.heartbeats USING btree (wake_at) WHERE (wake_at IS NOT NULL);

CREATE UNLOGGED TABLE hints (
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  at timestamp with time zone NOT NULL,
  kind text NOT NULL,
  ref uuid,
  version bigint DEFAULT 0 NOT NULL,
  CONSTRAINT hints_pkey PRIMARY KEY (xid, id)
);

CREATE TABLE idempotency_keys (
  actor text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  status smallint NOT NULL,
  answer json,
  created_at timestamp with time zone NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor, key)
);

CREATE TABLE inhibit_rules (
  id uuid NOT NULL,
  name text,
  source_matchers json NOT NULL,
  target_matchers json NOT NULL,
  equal json DEFAULT '[]'::json NOT NULL,
  "position" integer DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT inhibit_rules_pkey PRIMARY KEY (id)
);

CREATE TABLE inhibit_sources (
  rule_id uuid NOT NULL,
  key bytea NOT NULL,
  alert_id uuid NOT NULL,
  two_sided boolean NOT NULL,
  CONSTRAINT inhibit_sources_pkey PRIMARY KEY (rule_id, key, two_sided, alert_id)
);
CREATE INDEX inhibit_sources_alert ON public.inhibit_sources USING btree (alert_id);

CREATE TABLE integrations (
  id uuid NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  team_id uuid,
  key_hash bytea NOT NULL,
  key_prefix text NOT NULL,
  previous_key_hash bytea,
  previous_key_expires_at timestamp with time zone,
  resolve_timeout_seconds integer DEFAULT 300 NOT NULL,
  enabled boolean DEFAULT true NOT NULL,
  last_event_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  settings json DEFAULT '{}'::json NOT NULL,
  sealed_secret bytea,
  CONSTRAINT integrations_pkey PRIMARY KEY (id),
  CONSTRAINT integrations_key_hash_key UNIQUE (key_hash),
  CONSTRAINT integrations_resolve_timeout_seconds_check CHECK (((resolve_timeout_seconds >= 30) AND (resolve_timeout_seconds <= 604800)))
);

CREATE TABLE interruptions (
  user_id uuid NOT NULL,
  last_at timestamp with time zone,
  marks smallint DEFAULT 0 NOT NULL,
  CONSTRAINT interruptions_pkey PRIMARY KEY (user_id)
);

CREATE TABLE jobs (
  name text NOT NULL,
  wake_at timestamp with time zone NOT NULL,
  last_started_at timestamp with time zone,
  last_finished_at timestamp with time zone,
  last_error text,
  failures integer DEFAULT 0 NOT NULL,
  CONSTRAINT jobs_pkey PRIMARY KEY (name)
);
CREATE INDEX jobs_due ON public.jobs USING btree (wake_at);

CREATE TABLE mail_threads (
  integration_id uuid NOT NULL,
  message_hash bytea NOT NULL,
  identity bytea NOT NULL,
  at timestamp with time zone NOT NULL,
  CONSTRAINT mail_threads_pkey PRIMARY KEY (integration_id, message_hash)
);
CREATE INDEX mail_threads_at ON public.mail_threads USING btree (at);

CREATE TABLE maintenance_calendars (
  id uuid NOT NULL,
  name text NOT NULL,
  sealed_url bytea NOT NULL,
  shown_url text NOT NULL,
  matchers json,
  event_matchers json NOT NULL,
  zone text NOT NULL,
  refresh_seconds integer NOT NULL,
  user_id uuid,
  team_id uuid,
  enabled boolean DEFAULT true NOT NULL,
  etag text,
  read_at timestamp with time zone,
  checked_at timestamp with time zone,
  events integer DEFAULT 0 NOT NULL,
  faults json DEFAULT '[]'::json NOT NULL,
  last_error text,
  failing_since timestamp with time zone,
  failures integer DEFAULT 0 NOT NULL,
  lease uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  wake_at timestamp with time zone,
  CONSTRAINT maintenance_calendars_pkey PRIMARY KEY (id)
);
CREATE INDEX maintenance_calendars_wake ON public.maintenance_calendars USING btree (wake_at) WHERE (wake_at IS NOT NULL);

CREATE TABLE maintenance_windows (
  id uuid NOT NULL,
  name text NOT NULL,
  matchers json NOT NULL,
  zone text NOT NULL,
  recurrence json NOT NULL,
  comment text NOT NULL,
  made_by text NOT NULL,
  user_id uuid,
  team_id uuid,
  ended_at timestamp with time zone,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  wake_at timestamp with time zone,
  calendar_id uuid,
  event_uid text,
  event_key text,
  CONSTRAINT maintenance_windows_pkey PRIMARY KEY (id),
  CONSTRAINT maintenance_windows_made_by_check CHECK ((made_by = ANY (ARRAY['user'::text, 'api'::text, 'calendar'::text])))
);
CREATE UNIQUE INDEX maintenance_windows_begun_key ON public.maintenance_windows USING btree (name) WHERE ((made_by = 'api'::text) AND (ended_at IS NULL) AND (archived_at IS NULL));
CREATE UNIQUE INDEX maintenance_windows_event_key ON public.maintenance_windows USING btree (calendar_id, event_uid, event_key) WHERE ((calendar_id IS NOT NULL) AND (ended_at IS NULL));

CREATE TABLE mute_changes (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  due_at timestamp with time zone NOT NULL,
  kind text NOT NULL,
  keys json DEFAULT '[]'::json NOT NULL,
  CONSTRAINT mute_changes_pkey PRIMARY KEY (id),
  CONSTRAINT mute_changes_kind_check CHECK ((kind = ANY (ARRAY['pages'::text, 'sources'::text, 'rules'::text])))
);
CREATE INDEX mute_changes_due ON public.mute_changes USING btree (due_at);

CREATE TABLE notification_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  notification_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  attempt smallint NOT NULL,
  kind text NOT NULL,
  reason text,
  detail text,
  duration_ms integer,
  CONSTRAINT notification_attempts_pkey PRIMARY KEY (id, at),
  CONSTRAINT notification_attempts_kind_check CHECK ((kind = ANY (ARRAY['begun'::text, 'accepted'::text, 'retry'::text, 'refused'::text, 'receipt'::text])))
) PARTITION BY RANGE (at);
CREATE INDEX notification_attempts_notification ON public.notification_attempts USING btree (notification_id, at);

CREATE TABLE notification_rules (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  urgency text NOT NULL,
  delay_seconds integer NOT NULL,
  method_id uuid NOT NULL,
  CONSTRAINT notification_rules_pkey PRIMARY KEY (id),
  CONSTRAINT notification_rules_method_key UNIQUE (user_id, urgency, method_id),
  CONSTRAINT notification_rules_delay_seconds_check CHECK (((delay_seconds >= 0) AND (delay_seconds <= 86400))),
  CONSTRAINT notification_rules_urgency_check CHECK ((urgency = ANY (ARRAY['high'::text, 'low'::text])))
);

CREATE TABLE notifications (
  id uuid NOT NULL,
  group_id uuid,
  run_id uuid,
  round integer DEFAULT 0 NOT NULL,
  step integer DEFAULT 0 NOT NULL,
  kind text NOT NULL,
  user_id uuid,
  endpoint_id uuid,
  method_id uuid,
  channel text NOT NULL,
  urgency text NOT NULL,
  severity smallint NOT NULL,
  state text NOT NULL,
  reason json NOT NULL,
  due_at timestamp with time zone NOT NULL,
  wake_at timestamp with time zone,
  lease uuid,
  attempts smallint DEFAULT 0 NOT NULL,
  carrier_id uuid,
  message json,
  facts_version bigint,
  provider_id text,
  created_at timestamp with time zone NOT NULL,
  sent_at timestamp with time zone,
  receipt_at timestamp with time zone,
  receipt text,
  ended_at timestamp with time zone,
  end_reason json,
  CONSTRAINT notifications_pkey PRIMARY KEY (id),
  CONSTRAINT notifications_check CHECK (((state = ANY (ARRAY['queued'::text, 'leased'::text])) = (wake_at IS NOT NULL))),
  CONSTRAINT notifications_kind_check CHECK ((kind = ANY (ARRAY['page'::text, 'update'::text, 'resolved'::text, 'alarm'::text, 'test'::text]))),
  CONSTRAINT notifications_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'leased'::text, 'sent'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX notifications_by_phone ON public.notifications USING btree (sent_at) WHERE ((channel = ANY (ARRAY['sms'::text, 'voice'::text])) AND (sent_at IS NOT NULL));
CREATE INDEX notifications_due ON public.notifications USING btree (wake_at) WHERE (wake_at IS NOT NULL);
CREATE INDEX notifications_group ON public.notifications USING btree (group_id);
CREATE UNIQUE INDEX notifications_once_key ON public.notifications USING btree (run_id, round, step, COALESCE(user_id, endpoint_id), COALESCE(method_id, endpoint_id)) WHERE ((kind = 'page'::text) AND (state <> 'cancelled'::text));
CREATE INDEX notifications_run ON public.notifications USING btree (run_id);
CREATE INDEX notifications_tests ON public.notifications USING btree (created_at) WHERE (kind = 'test'::text);
CREATE INDEX notifications_user ON public.notifications USING btree (user_id, created_at);
CREATE INDEX notifications_waiting_user ON public.notifications USING btree (user_id) WHERE (wake_at IS NOT NULL);

CREATE UNLOGGED TABLE opsgenie_requests (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  action text NOT NULL,
  success boolean NOT NULL,
  status text NOT NULL,
  alert_id uuid,
  alias text,
  CONSTRAINT opsgenie_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX opsgenie_requests_at ON public.opsgenie_requests USING btree (at);

CREATE TABLE page_events (
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  at timestamp with time zone NOT NULL,
  subject uuid NOT NULL,
  kind text NOT NULL,
  payload json,
  salt uuid DEFAULT gen_random_uuid(),
  erased_hash bytea,
  CONSTRAINT page_events_pkey PRIMARY KEY (xid, id, at)
) PARTITION BY RANGE (at);
CREATE INDEX page_events_subject ON public.page_events USING btree (subject, at);

CREATE TABLE phone_receipts (
  provider text NOT NULL,
  sid text NOT NULL,
  status text NOT NULL,
  notification_id uuid NOT NULL,
  detail text,
  at timestamp with time zone NOT NULL,
  wake_at timestamp with time zone,
  CONSTRAINT phone_receipts_pkey PRIMARY KEY (provider, sid, status)
);
CREATE INDEX phone_receipts_at ON public.phone_receipts USING btree (at);
CREATE INDEX phone_receipts_due ON public.phone_receipts USING btree (wake_at) WHERE (wake_at IS NOT NULL);

CREATE TABLE phone_replies (
  provider text NOT NULL,
  sid text NOT NULL,
  notification_id uuid,
  user_id uuid,
  wish text,
  answer text,
  at timestamp with time zone NOT NULL,
  CONSTRAINT phone_replies_pkey PRIMARY KEY (provider, sid)
);
CREATE INDEX phone_replies_at ON public.phone_replies USING btree (at);
CREATE INDEX phone_replies_notification ON public.phone_replies USING btree (notification_id) WHERE (notification_id IS NOT NULL);

CREATE TABLE reply_tokens (
  token_hash bytea NOT NULL,
  notification_id uuid NOT NULL,
  group_id uuid NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL,
  dead_at timestamp with time zone,
  CONSTRAINT reply_tokens_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX reply_tokens_group ON public.reply_tokens USING btree (group_id);

CREATE TABLE routes (
  id uuid NOT NULL,
  parent_id uuid,
  "position" integer NOT NULL,
  name text NOT NULL,
  matchers json DEFAULT '[]'::json NOT NULL,
  continue boolean DEFAULT false NOT NULL,
  options json DEFAULT '{}'::json NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT routes_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX routes_one_root ON public.routes USING btree (((parent_id IS NULL))) WHERE ((parent_id IS NULL) AND (archived_at IS NULL));

CREATE TABLE schedule_layers (
  id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  name text NOT NULL,
  "position" integer NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone,
  rotation json NOT NULL,
  restrictions json DEFAULT '[]'::json NOT NULL,
  CONSTRAINT schedule_layers_pkey PRIMARY KEY (id)
);
CREATE INDEX schedule_layers_schedule ON public.schedule_layers USING btree (schedule_id);

CREATE TABLE schedule_overrides (
  id uuid NOT NULL,
  schedule_id uuid NOT NULL,
  user_id uuid NOT NULL,
  replaces_user_id uuid,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone NOT NULL,
  created_by text NOT NULL,
  CONSTRAINT schedule_overrides_pkey PRIMARY KEY (id),
  CONSTRAINT schedule_overrides_check CHECK ((starts_at < ends_at))
);
CREATE INDEX schedule_overrides_schedule ON public.schedule_overrides USING btree (schedule_id, ends_at);

CREATE TABLE schedules (
  id uuid NOT NULL,
  name text NOT NULL,
  team_id uuid,
  zone text NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT schedules_pkey PRIMARY KEY (id)
);

CREATE TABLE schema_migrations (
  number integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  breaking boolean NOT NULL,
  applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (number)
);

CREATE TABLE seals (
  n bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  logs json NOT NULL,
  previous bytea NOT NULL,
  hash bytea NOT NULL,
  shipped_at timestamp with time zone,
  CONSTRAINT seals_pkey PRIMARY KEY (n)
);

CREATE TABLE service_dependencies (
  service_id uuid NOT NULL,
  depends_on_id uuid NOT NULL,
  CONSTRAINT service_dependencies_pkey PRIMARY KEY (service_id, depends_on_id),
  CONSTRAINT service_dependencies_check CHECK ((service_id <> depends_on_id))
);

CREATE TABLE services (
  id uuid NOT NULL,
  key text NOT NULL,
  name text NOT NULL,
  description text DEFAULT ''::text NOT NULL,
  team_id uuid,
  tier smallint DEFAULT 3 NOT NULL,
  policy_id uuid,
  runbook_url text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT services_pkey PRIMARY KEY (id),
  CONSTRAINT services_tier_check CHECK (((tier >= 1) AND (tier <= 4)))
);
CREATE UNIQUE INDEX services_key_key ON public.services USING btree (key) WHERE (archived_at IS NULL);

CREATE TABLE sessions (
  token_hash bytea NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  last_seen_at timestamp with time zone NOT NULL,
  address text,
  user_agent text,
  CONSTRAINT sessions_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX sessions_user ON public.sessions USING btree (user_id);

CREATE TABLE settings (
  key text NOT NULL,
  value json NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT settings_pkey PRIMARY KEY (key)
);

CREATE TABLE sign_in_failures (
  subject text NOT NULL,
  failures integer NOT NULL,
  blocked_until timestamp with time zone NOT NULL,
  last_at timestamp with time zone NOT NULL,
  CONSTRAINT sign_in_failures_pkey PRIMARY KEY (subject)
);

CREATE TABLE silences (
  id uuid NOT NULL,
  matchers json NOT NULL,
  starts_at timestamp with time zone NOT NULL,
  ends_at timestamp with time zone NOT NULL,
  comment text NOT NULL,
  created_by text NOT NULL,
  user_id uuid,
  team_id uuid,
  integration_id uuid,
  annotations json DEFAULT '{}'::json NOT NULL,
  replaces uuid,
  expired_at timestamp with time zone,
  expired_by text,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  wake_at timestamp with time zone,
  CONSTRAINT silences_pkey PRIMARY KEY (id)
);
CREATE INDEX silences_created ON public.silences USING btree (created_at DESC, id DESC);
CREATE INDEX silences_ends ON public.silences USING btree (ends_at);
CREATE INDEX silences_wake ON public.silences USING btree (wake_at) WHERE (wake_at IS NOT NULL);

CREATE TABLE suppressed_by (
  suppression_id uuid NOT NULL,
  kind text NOT NULL,
  ref text NOT NULL,
  alerts integer NOT NULL,
  CONSTRAINT suppressed_by_pkey PRIMARY KEY (suppression_id, kind, ref),
  CONSTRAINT suppressed_by_kind_check CHECK ((kind = ANY (ARRAY['silence'::text, 'maintenance'::text, 'inhibition'::text, 'time-interval'::text])))
);
CREATE INDEX suppressed_by_ref ON public.suppressed_by USING btree (kind, ref);

CREATE TABLE suppressions (
  id uuid NOT NULL,
  group_id uuid NOT NULL,
  route_id uuid NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL,
  service_id uuid,
  team_id uuid,
  alerts integer NOT NULL,
  reasons json NOT NULL,
  would_page json NOT NULL,
  stopped_run boolean NOT NULL,
  began_at timestamp with time zone NOT NULL,
  last_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  ended_by text,
  CONSTRAINT suppressions_pkey PRIMARY KEY (id),
  CONSTRAINT suppressions_ended_by_check CHECK ((ended_by = ANY (ARRAY['unmuted'::text, 'resolved'::text])))
);
CREATE INDEX suppressions_began ON public.suppressions USING btree (began_at DESC, id DESC);
CREATE INDEX suppressions_group ON public.suppressions USING btree (group_id);
CREATE UNIQUE INDEX suppressions_open_key ON public.suppressions USING btree (group_id) WHERE (ended_at IS NULL);

CREATE TABLE taken_deliveries (
  integration_id uuid NOT NULL,
  digest bytea NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT taken_deliveries_pkey PRIMARY KEY (integration_id, digest)
);
CREATE INDEX taken_deliveries_expires ON public.taken_deliveries USING btree (expires_at);

CREATE TABLE team_members (
  team_id uuid NOT NULL,
  user_id uuid NOT NULL,
  lead boolean DEFAULT false NOT NULL,
  added_at timestamp with time zone NOT NULL,
  CONSTRAINT team_members_pkey PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON public.team_members USING btree (user_id);

CREATE TABLE teams (
  id uuid NOT NULL,
  key text NOT NULL,
  name text NOT NULL,
  policy_id uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT teams_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX teams_key_key ON public.teams USING btree (key) WHERE (archived_at IS NULL);

CREATE TABLE time_intervals (
  id uuid NOT NULL,
  name text NOT NULL,
  specs json NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  wake_at timestamp with time zone,
  CONSTRAINT time_intervals_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX time_intervals_name_key ON public.time_intervals USING btree (name) WHERE (archived_at IS NULL);

CREATE TABLE users (
  id uuid NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  password_hash text,
  time_zone text DEFAULT 'UTC'::text NOT NULL,
  active boolean DEFAULT true NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'manager'::text, 'responder'::text, 'viewer'::text])))
);
CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower(email));

CREATE TABLE webhook_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  delivery_id bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  attempt integer NOT NULL,
  duration_ms integer NOT NULL,
  status smallint,
  reason text,
  detail text,
  answer text,
  CONSTRAINT webhook_attempts_pkey PRIMARY KEY (id)
);
CREATE INDEX webhook_attempts_delivery ON public.webhook_attempts USING btree (delivery_id, id);

CREATE TABLE webhook_deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  subscription_id uuid NOT NULL,
  event_id uuid NOT NULL,
  state text DEFAULT 'waiting'::text NOT NULL,
  queued_at timestamp with time zone NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  ended_at timestamp with time zone,
  reason text,
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_deliveries_once_key UNIQUE (event_id, subscription_id),
  CONSTRAINT webhook_deliveries_check CHECK (((state = 'waiting'::text) = (ended_at IS NULL))),
  CONSTRAINT webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text])))
);
CREATE INDEX webhook_deliveries_overdue ON public.webhook_deliveries USING btree (queued_at) WHERE (state = 'waiting'::text);
CREATE INDEX webhook_deliveries_subscription ON public.webhook_deliveries USING btree (subscription_id, id);
CREATE INDEX webhook_deliveries_waiting ON public.webhook_deliveries USING btree (subscription_id, id) WHERE (state = 'waiting'::text);

CREATE TABLE webhook_endpoints (
  id uuid NOT NULL,
  name text NOT NULL,
  url text NOT NULL,
  secret bytea NOT NULL,
  previous_secret bytea,
  previous_secret_expires_at timestamp with time zone,
  team_id uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id)
);

CREATE TABLE webhook_events (
  id uuid NOT NULL,
  type text NOT NULL,
  at timestamp with time zone NOT NULL,
  page_id uuid,
  agent json NOT NULL,
  data json NOT NULL,
  CONSTRAINT webhook_events_pkey PRIMARY KEY (id)
);
CREATE INDEX webhook_events_at ON public.webhook_events USING btree (at);

CREATE TABLE webhook_subscriptions (
  id uuid NOT NULL,
  url text NOT NULL,
  description text NOT NULL,
  event_types json NOT NULL,
  team_id uuid,
  owner_id uuid,
  enabled boolean DEFAULT true NOT NULL,
  disabled_reason text,
  disabled_at timestamp with time zone,
  secret bytea NOT NULL,
  previous_secret bytea,
  previous_secret_expires_at timestamp with time zone,
  failures integer DEFAULT 0 NOT NULL,
  failing_since timestamp with time zone,
  last_delivered_at timestamp with time zone,
  wake_at timestamp with time zone NOT NULL,
  lease uuid,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  archived_at timestamp with time zone,
  CONSTRAINT webhook_subscriptions_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_subscriptions_check CHECK ((enabled = (disabled_reason IS NULL))),
  CONSTRAINT webhook_subscriptions_check1 CHECK ((enabled = (disabled_at IS NULL))),
  CONSTRAINT webhook_subscriptions_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['by-hand'::text, 'gone'::text, 'failing'::text])))
);

CREATE TABLE alert_events_default PARTITION OF alert_events DEFAULT;

CREATE TABLE audit_entries_default PARTITION OF audit_entries DEFAULT;

CREATE TABLE event_payloads_default PARTITION OF event_payloads DEFAULT;

CREATE TABLE notification_attempts_default PARTITION OF notification_attempts DEFAULT;

CREATE TABLE page_events_default PARTITION OF page_events DEFAULT;

ALTER TABLE api_keys ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE contact_methods ADD CONSTRAINT contact_methods_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE escalation_policies ADD CONSTRAINT escalation_policies_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE heartbeats ADD CONSTRAINT heartbeats_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integrations(id);
ALTER TABLE integrations ADD CONSTRAINT integrations_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE interruptions ADD CONSTRAINT interruptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE maintenance_calendars ADD CONSTRAINT maintenance_calendars_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE maintenance_calendars ADD CONSTRAINT maintenance_calendars_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE maintenance_windows ADD CONSTRAINT maintenance_windows_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES maintenance_calendars(id);
ALTER TABLE maintenance_windows ADD CONSTRAINT maintenance_windows_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE maintenance_windows ADD CONSTRAINT maintenance_windows_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE notification_rules ADD CONSTRAINT notification_rules_method_id_fkey FOREIGN KEY (method_id) REFERENCES contact_methods(id);
ALTER TABLE notification_rules ADD CONSTRAINT notification_rules_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE routes ADD CONSTRAINT routes_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES routes(id);
ALTER TABLE schedule_layers ADD CONSTRAINT schedule_layers_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedules(id);
ALTER TABLE schedule_overrides ADD CONSTRAINT schedule_overrides_replaces_user_id_fkey FOREIGN KEY (replaces_user_id) REFERENCES users(id);
ALTER TABLE schedule_overrides ADD CONSTRAINT schedule_overrides_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedules(id);
ALTER TABLE schedule_overrides ADD CONSTRAINT schedule_overrides_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE schedules ADD CONSTRAINT schedules_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE service_dependencies ADD CONSTRAINT service_dependencies_depends_on_id_fkey FOREIGN KEY (depends_on_id) REFERENCES services(id);
ALTER TABLE service_dependencies ADD CONSTRAINT service_dependencies_service_id_fkey FOREIGN KEY (service_id) REFERENCES services(id);
ALTER TABLE services ADD CONSTRAINT services_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE sessions ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE silences ADD CONSTRAINT silences_integration_id_fkey FOREIGN KEY (integration_id) REFERENCES integrations(id);
ALTER TABLE silences ADD CONSTRAINT silences_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE silences ADD CONSTRAINT silences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE suppressed_by ADD CONSTRAINT suppressed_by_suppression_id_fkey FOREIGN KEY (suppression_id) REFERENCES suppressions(id) ON DELETE CASCADE;
ALTER TABLE team_members ADD CONSTRAINT team_members_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE team_members ADD CONSTRAINT team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
ALTER TABLE webhook_attempts ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries(id) ON DELETE CASCADE;
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES webhook_events(id) ON DELETE CASCADE;
ALTER TABLE webhook_endpoints ADD CONSTRAINT webhook_endpoints_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);
ALTER TABLE webhook_subscriptions ADD CONSTRAINT webhook_subscriptions_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id);
ALTER TABLE webhook_subscriptions ADD CONSTRAINT webhook_subscriptions_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id);

CREATE OR REPLACE FUNCTION public.alert_facts(ids uuid[])
 RETURNS TABLE(subject uuid, xid xid8, id bigint, at timestamp with time zone, kind text, payload json)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT e.subject, e.xid, e.id, e.at, e.kind, e.payload FROM alert_events e WHERE e.subject = ANY(ids)
  UNION ALL
  SELECT a.id, e.xid, e.id, e.at, e.kind,
         json_build_object('kind', e.kind, 'startsAtMs', e.payload -> 'alerts' -> a.id::text -> 0,
                           'severity', e.payload -> 'alerts' -> a.id::text -> 1, 'payloadId', a.payload_id)
    FROM (SELECT alerts.id, payload_id FROM alerts WHERE alerts.id = ANY(ids)
          UNION ALL SELECT p.id, p.payload_id FROM alerts_past p WHERE p.id = ANY(ids)) a
    JOIN alert_events e ON e.subject = a.payload_id AND e.kind = 'opened'
   WHERE e.payload -> 'alerts' -> a.id::text IS NOT NULL
$function$;

CREATE OR REPLACE FUNCTION public.decide_again(reason text)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$BEGIN RAISE EXCEPTION USING ERRCODE = 'TC001', MESSAGE = reason; END$function$;
