-- What every domain stands on: settings, the configuration version, recurring jobs, live-update hints, idempotency.

-- The number that every change of configuration raises, so that each process knows when its cached copy is old.
CREATE TABLE config_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);
INSERT INTO config_version (version) VALUES (1);

-- Organisation-wide settings, one JSON value a key; the schema of each key lives with the domain that reads it.
CREATE TABLE settings (
  key text PRIMARY KEY,
  value json NOT NULL,
  updated_at timestamptz NOT NULL
);

-- Recurring background work: the row's lock makes it run in one process at a time, last_finished_at is its age in health.
CREATE TABLE jobs (
  name text PRIMARY KEY,
  wake_at timestamptz NOT NULL,
  last_started_at timestamptz,
  last_finished_at timestamptz,
  last_error text,
  failures integer NOT NULL DEFAULT 0
);
CREATE INDEX jobs_due ON jobs (wake_at);

-- What changed, for open screens: hints only, lost at a crash (a client then re-reads), swept after 15 minutes.
CREATE UNLOGGED TABLE hints (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  ref uuid,
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (xid, id)
);

-- Answers already given to a write that carried an idempotency key; kept 24 hours.
CREATE TABLE idempotency_keys (
  actor text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  status smallint NOT NULL,
  answer json,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (actor, key)
);
