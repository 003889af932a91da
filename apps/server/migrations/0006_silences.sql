-- What mutes (silences, inhibition, time intervals, maintenance), and what each of them held back.

-- Made by a person (user_id) or through an integration's key (integration_id: it mutes only alerts of that one).
-- created_by is what the sender of the key said; a person's name stands with the person alone.
CREATE TABLE silences (
  id uuid PRIMARY KEY,
  matchers json NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  comment text NOT NULL,
  created_by text NOT NULL,
  user_id uuid REFERENCES users,
  team_id uuid REFERENCES teams,
  integration_id uuid REFERENCES integrations,
  annotations json NOT NULL DEFAULT '{}',
  -- The silence that it took the place of, when an edit could not be made in place.
  replaces uuid,
  -- Ended by hand before its time, and by whom.
  expired_at timestamptz,
  expired_by text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- When it begins, as long as it has not; then every page that calls is looked at again.
  wake_at timestamptz
);
CREATE INDEX silences_ends ON silences (ends_at);
CREATE INDEX silences_created ON silences (created_at DESC, id DESC);
CREATE INDEX silences_wake ON silences (wake_at) WHERE wake_at IS NOT NULL;

-- Alerts that match the source mute those that match the target while the `equal` labels are the same.
CREATE TABLE inhibit_rules (
  id uuid PRIMARY KEY,
  name text,
  source_matchers json NOT NULL,
  target_matchers json NOT NULL,
  equal json NOT NULL DEFAULT '[]',
  position integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);

-- Firing alerts that are a source of a rule, by the SHA-256 of their `equal` values. Kept by the transactions that open
-- and resolve alerts, so that every process decides by the same sources.
CREATE TABLE inhibit_sources (
  rule_id uuid NOT NULL,
  key bytea NOT NULL,
  alert_id uuid NOT NULL,
  -- It is a target of its own rule too: then it mutes only what is not a source.
  two_sided boolean NOT NULL,
  PRIMARY KEY (rule_id, key, two_sided, alert_id)
);
CREATE INDEX inhibit_sources_alert ON inhibit_sources (alert_id);

-- Times that routes name: mute in them, or call only in them.
CREATE TABLE time_intervals (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  specs json NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  wake_at timestamptz
);
CREATE UNIQUE INDEX time_intervals_name_key ON time_intervals (name) WHERE archived_at IS NULL;

-- Planned work, once or again and again by a local clock. made_by: user, api (a CI job), calendar.
CREATE TABLE maintenance_windows (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  matchers json NOT NULL,
  zone text NOT NULL,
  recurrence json NOT NULL,
  comment text NOT NULL,
  made_by text NOT NULL CHECK (made_by IN ('user', 'api', 'calendar')),
  user_id uuid REFERENCES users,
  team_id uuid REFERENCES teams,
  -- Ended before its time.
  ended_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  wake_at timestamptz
);
-- A job that begins one twice has one: begin and end go by the name.
CREATE UNIQUE INDEX maintenance_windows_begun_key ON maintenance_windows (name) WHERE made_by = 'api' AND ended_at IS NULL AND archived_at IS NULL;

-- A mute or a source of inhibition has changed: which pages are to be decided again. The row is written with the
-- change; the groups' loop takes it, so that a change holds no group and an intake no foreign one.
-- kind: pages (all that call or are muted), sources (those that the named keys may mute), rules (sources anew, then pages).
CREATE TABLE mute_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  due_at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('pages', 'sources', 'rules')),
  keys json NOT NULL DEFAULT '[]'
);
CREATE INDEX mute_changes_due ON mute_changes (due_at);

-- Why a page calls nobody, or not for all its alerts, and since when; null when nothing of it is muted. While all of it
-- is muted, run_at is when that is asked again.
ALTER TABLE alert_groups ADD COLUMN muted json;

-- Suppressed is not lost: one stretch of time in which a page was muted, with what would have been called.
CREATE TABLE suppressions (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  route_id uuid NOT NULL,
  title text NOT NULL,
  severity smallint NOT NULL,
  service_id uuid,
  team_id uuid,
  -- Most alerts that fired and were muted at one look.
  alerts integer NOT NULL,
  -- What muted, each with its sentence; would_page: whom its first moment would have called.
  reasons json NOT NULL,
  would_page json NOT NULL,
  -- True when a run was under way and was ended.
  stopped_run boolean NOT NULL,
  began_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by text CHECK (ended_by IN ('unmuted', 'resolved'))
);
CREATE UNIQUE INDEX suppressions_open_key ON suppressions (group_id) WHERE ended_at IS NULL;
CREATE INDEX suppressions_began ON suppressions (began_at DESC, id DESC);
CREATE INDEX suppressions_group ON suppressions (group_id);

-- Which mute held back how much of it: what a silence or a window shows of itself.
CREATE TABLE suppressed_by (
  suppression_id uuid NOT NULL REFERENCES suppressions ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('silence', 'maintenance', 'inhibition', 'time-interval')),
  ref text NOT NULL,
  alerts integer NOT NULL,
  PRIMARY KEY (suppression_id, kind, ref)
);
CREATE INDEX suppressed_by_ref ON suppressed_by (kind, ref);
