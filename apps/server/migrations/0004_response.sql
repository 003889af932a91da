-- Who is called and how: schedules, policies, runs, contact methods, notifications and what became of them.

CREATE TABLE schedules (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  team_id uuid REFERENCES teams,
  zone text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);

CREATE TABLE schedule_layers (
  id uuid PRIMARY KEY,
  schedule_id uuid NOT NULL REFERENCES schedules,
  name text NOT NULL,
  position integer NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz,
  rotation json NOT NULL,
  restrictions json NOT NULL DEFAULT '[]'
);
CREATE INDEX schedule_layers_schedule ON schedule_layers (schedule_id);

CREATE TABLE schedule_overrides (
  id uuid PRIMARY KEY,
  schedule_id uuid NOT NULL REFERENCES schedules,
  user_id uuid NOT NULL REFERENCES users,
  replaces_user_id uuid REFERENCES users,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  CHECK (starts_at < ends_at)
);
CREATE INDEX schedule_overrides_schedule ON schedule_overrides (schedule_id, ends_at);

-- The plan: steps with delays and targets, rounds, what follows the last round. A run freezes a copy.
CREATE TABLE escalation_policies (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  team_id uuid REFERENCES teams,
  steps json NOT NULL,
  rounds integer NOT NULL DEFAULT 3 CHECK (rounds BETWEEN 1 AND 20),
  repeat_interval_seconds integer NOT NULL DEFAULT 1800 CHECK (repeat_interval_seconds BETWEEN 60 AND 86400),
  ack_timeout_seconds integer NOT NULL DEFAULT 1800 CHECK (ack_timeout_seconds BETWEEN 60 AND 86400),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);

-- One snapshotted execution of a policy for one group. At most one is live a group; while it lives,
-- alert_groups.run_at is its only wake-up.
CREATE TABLE escalation_runs (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  policy_id uuid,
  live boolean NOT NULL,
  phase text NOT NULL CHECK (phase IN ('escalating', 'last-resort', 'repeating', 'acknowledged', 'snoozed', 'ended')),
  snapshot json NOT NULL,
  round integer NOT NULL,
  step integer NOT NULL,
  urgency text NOT NULL CHECK (urgency IN ('high', 'low')),
  severity smallint NOT NULL,
  holder_id uuid,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  quiet_until timestamptz,
  started_at timestamptz NOT NULL,
  start_reason json NOT NULL,
  ended_at timestamptz,
  end_reason json,
  config_version bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX escalation_runs_live_key ON escalation_runs (group_id) WHERE live;
CREATE INDEX escalation_runs_group ON escalation_runs (group_id, started_at);

-- Sealed log: each page's chain as facts (subject: the group).
CREATE TABLE page_events (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  subject uuid NOT NULL,
  kind text NOT NULL,
  payload json,
  salt uuid DEFAULT gen_random_uuid(),
  erased_hash bytea,
  PRIMARY KEY (xid, id, at)
) PARTITION BY RANGE (at);
CREATE TABLE page_events_default PARTITION OF page_events DEFAULT;
CREATE INDEX page_events_subject ON page_events (subject, at);

-- An address of a person on one channel.
CREATE TABLE contact_methods (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  channel text NOT NULL,
  label text NOT NULL,
  address text NOT NULL,
  secret bytea,
  verified_at timestamptz,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX contact_methods_address_key ON contact_methods (user_id, channel, address) WHERE disabled_at IS NULL;

-- A person's wish: after this delay, by this method, for pages of this urgency.
CREATE TABLE notification_rules (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  urgency text NOT NULL CHECK (urgency IN ('high', 'low')),
  delay_seconds integer NOT NULL CHECK (delay_seconds BETWEEN 0 AND 86400),
  method_id uuid NOT NULL REFERENCES contact_methods,
  CONSTRAINT notification_rules_method_key UNIQUE (user_id, urgency, method_id)
);

-- A signed outgoing webhook that a step can name as target. Secrets are sealed (platform/secrets).
CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  url text NOT NULL,
  secret bytea NOT NULL,
  previous_secret bytea,
  previous_secret_expires_at timestamptz,
  team_id uuid REFERENCES teams,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);

-- What to tell one person or endpoint by one method. wake_at is when it is due; once leased, when the lease ends.
-- A folded row is `sent` when its carrier is (carrier_id).
CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  group_id uuid,
  run_id uuid,
  round integer NOT NULL DEFAULT 0,
  step integer NOT NULL DEFAULT 0,
  kind text NOT NULL CHECK (kind IN ('page', 'update', 'resolved', 'alarm', 'test')),
  user_id uuid,
  endpoint_id uuid,
  method_id uuid,
  channel text NOT NULL,
  urgency text NOT NULL,
  severity smallint NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'leased', 'sent', 'failed', 'cancelled')),
  reason json NOT NULL,
  due_at timestamptz NOT NULL,
  wake_at timestamptz,
  lease uuid,
  attempts smallint NOT NULL DEFAULT 0,
  carrier_id uuid,
  message json,
  facts_version bigint,
  provider_id text,
  created_at timestamptz NOT NULL,
  sent_at timestamptz,
  receipt_at timestamptz,
  receipt text,
  ended_at timestamptz,
  end_reason json,
  CHECK ((state IN ('queued', 'leased')) = (wake_at IS NOT NULL))
);
CREATE UNIQUE INDEX notifications_once_key ON notifications (run_id, round, step, coalesce(user_id, endpoint_id), coalesce(method_id, endpoint_id)) WHERE kind = 'page' AND state <> 'cancelled';
CREATE INDEX notifications_due ON notifications (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX notifications_waiting_user ON notifications (user_id) WHERE wake_at IS NOT NULL;
CREATE INDEX notifications_run ON notifications (run_id);
CREATE INDEX notifications_group ON notifications (group_id);
CREATE INDEX notifications_user ON notifications (user_id, created_at);

-- One try, receipt or refusal of a notification.
CREATE TABLE notification_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY,
  notification_id uuid NOT NULL,
  at timestamptz NOT NULL,
  attempt smallint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('begun', 'accepted', 'retry', 'refused', 'receipt')),
  reason text,
  detail text,
  duration_ms integer,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE notification_attempts_default PARTITION OF notification_attempts DEFAULT;
CREATE INDEX notification_attempts_notification ON notification_attempts (notification_id, at);

-- When a person was last interrupted and how many marks this storm has had; its row lock orders the senders of one person.
CREATE TABLE interruptions (
  user_id uuid PRIMARY KEY REFERENCES users,
  last_at timestamptz,
  marks smallint NOT NULL DEFAULT 0
);

-- The secret of a link in a message: one person, one page; dead when the page resolves.
CREATE TABLE reply_tokens (
  token_hash bytea PRIMARY KEY,
  notification_id uuid NOT NULL,
  group_id uuid NOT NULL,
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  dead_at timestamptz
);
CREATE INDEX reply_tokens_group ON reply_tokens (group_id);
