-- Expected signs of life: who should report, how often, and since when nobody did.

-- A heartbeat. `wake_at` is when it counts as missed; `tell_at` when its alert must be told that it fires or resolves
-- (a lease while somebody tells). A ping moves wake_at, so neither can be forgotten.
CREATE TABLE heartbeats (
  id uuid PRIMARY KEY,
  integration_id uuid NOT NULL REFERENCES integrations,
  slug text NOT NULL,
  name text NOT NULL,
  interval_seconds integer NOT NULL,
  grace_seconds integer NOT NULL,
  severity smallint NOT NULL,
  labels json NOT NULL DEFAULT '{}',
  -- Alerts of the integration that match are pings of it: the always-firing Watchdog.
  matchers text,
  paused boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'waiting',
  since timestamptz NOT NULL,
  reason text,
  last_ping_at timestamptz,
  run_began_at timestamptz,
  last_run_seconds integer,
  last_message text,
  wake_at timestamptz,
  tell_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);
CREATE UNIQUE INDEX heartbeats_slug_key ON heartbeats (integration_id, slug) WHERE archived_at IS NULL;
CREATE INDEX heartbeats_wake ON heartbeats (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX heartbeats_tell ON heartbeats (tell_at) WHERE tell_at IS NOT NULL;
