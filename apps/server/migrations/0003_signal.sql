-- From the inbound request to the alert group: integrations, raw payloads, routes, alerts, groups.

-- An inbound connection with a key of its own; rotation keeps the previous key alive for a while.
CREATE TABLE integrations (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL,
  team_id uuid REFERENCES teams,
  key_hash bytea NOT NULL CONSTRAINT integrations_key_hash_key UNIQUE,
  key_prefix text NOT NULL,
  previous_key_hash bytea,
  previous_key_expires_at timestamptz,
  resolve_timeout_seconds integer NOT NULL DEFAULT 300 CHECK (resolve_timeout_seconds BETWEEN 30 AND 604800),
  enabled boolean NOT NULL DEFAULT true,
  last_event_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);

-- Requests as received, dropped whole after 7 days. Not compressed: pglz cost more than the write it saved.
CREATE TABLE event_payloads (
  id uuid NOT NULL,
  integration_id uuid NOT NULL,
  at timestamptz NOT NULL,
  content_type text,
  body bytea NOT NULL,
  refused json,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER TABLE event_payloads ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE event_payloads_default PARTITION OF event_payloads DEFAULT;
CREATE INDEX event_payloads_integration ON event_payloads (integration_id, at);

-- One node of the routing tree; the root has no parent and catches what nothing else did.
CREATE TABLE routes (
  id uuid PRIMARY KEY,
  parent_id uuid REFERENCES routes,
  position integer NOT NULL,
  name text NOT NULL,
  matchers json NOT NULL DEFAULT '[]',
  continue boolean NOT NULL DEFAULT false,
  options json NOT NULL DEFAULT '{}',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);
CREATE UNIQUE INDEX routes_one_root ON routes ((parent_id IS NULL)) WHERE parent_id IS NULL AND archived_at IS NULL;

-- A deduplicated signal. `current` says that its source still claims it: one such row for each identity. A row
-- resolved by hand stays current until the source resolves it or sends a new startsAt.
-- last_seen_at, count and ends_at stand in no index, so that a repeat is a heap-only update; wake_at is re-armed lazily.
CREATE TABLE alerts (
  id uuid PRIMARY KEY,
  integration_id uuid NOT NULL,
  identity bytea NOT NULL,
  status text NOT NULL CHECK (status IN ('firing', 'resolved')),
  current boolean NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 5),
  labels json NOT NULL,
  annotations json NOT NULL,
  generator_url text,
  service_id uuid,
  team_id uuid,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ends_at_is_timeout boolean NOT NULL,
  opened_at timestamptz NOT NULL,
  resolved_at timestamptz,
  resolved_by text,
  last_seen_at timestamptz NOT NULL,
  count bigint NOT NULL DEFAULT 1,
  group_ids uuid[] NOT NULL,
  routing json NOT NULL,
  wake_at timestamptz,
  version integer NOT NULL DEFAULT 1
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX alerts_current_identity_key ON alerts (integration_id, identity) WHERE current;
CREATE INDEX alerts_wake ON alerts (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX alerts_opened ON alerts (opened_at DESC, id DESC);
CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE status = 'resolved';

-- Resolved alerts older than 7 days, moved out in batches so that the open table stays small.
CREATE TABLE alerts_past (LIKE alerts INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id));
CREATE INDEX alerts_past_resolved ON alerts_past (resolved_at);
CREATE INDEX alerts_past_opened ON alerts_past (opened_at DESC, id DESC);

-- Sealed log: the changes of each alert as facts; folding them gives the alert.
CREATE TABLE alert_events (
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
CREATE TABLE alert_events_default PARTITION OF alert_events DEFAULT;
CREATE INDEX alert_events_subject ON alert_events (subject, at);

-- Alerts told together under one route: the page, when its route pages. The one lock of the paging path.
-- Grouping waits in flush_at, the run in run_at; wake_at is the earlier of both, so neither can be forgotten.
CREATE TABLE alert_groups (
  id uuid PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY,
  route_id uuid NOT NULL,
  group_hash bytea NOT NULL,
  labels json NOT NULL,
  open boolean NOT NULL DEFAULT true,
  options json NOT NULL,
  reason json NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 5),
  kinds json NOT NULL DEFAULT '{}',
  service_id uuid,
  team_id uuid,
  integration_id uuid NOT NULL,
  firing_count integer NOT NULL DEFAULT 0,
  total_count integer NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL,
  last_joined_at timestamptz NOT NULL,
  last_event_at timestamptz NOT NULL,
  resolved_at timestamptz,
  closed_at timestamptz,
  decided_at timestamptz,
  decision json,
  flush_at timestamptz,
  run_at timestamptz,
  wake_at timestamptz GENERATED ALWAYS AS (LEAST(flush_at, run_at)) STORED,
  failures smallint NOT NULL DEFAULT 0,
  config_version bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX alert_groups_open_key ON alert_groups (route_id, group_hash) WHERE open;
CREATE UNIQUE INDEX alert_groups_number_key ON alert_groups (number);
CREATE INDEX alert_groups_wake ON alert_groups (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX alert_groups_opened ON alert_groups (opened_at DESC, id DESC);

CREATE TABLE alert_group_members (
  group_id uuid NOT NULL,
  alert_id uuid NOT NULL,
  PRIMARY KEY (group_id, alert_id)
);

-- The root of the routing tree: there is always one, so that every alert falls somewhere. With the default options it
-- pages the service's owner, else the last resort: a new installation calls somebody before anybody has routed anything.
INSERT INTO routes (id, parent_id, position, name, options, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', NULL, 0, 'Everything', '{}', 'epoch', 'epoch');
