-- Calendars outside whose events are maintenance windows.

-- A feed that is read again and again. wake_at: when it is due (a lease while somebody reads it); null when switched off.
CREATE TABLE maintenance_calendars (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  -- Whoever knows the address reads the calendar: sealed, and shown without what is secret in it.
  sealed_url bytea NOT NULL,
  shown_url text NOT NULL,
  -- Which alerts an event mutes that does not say so itself; null: then it mutes none.
  matchers json,
  event_matchers json NOT NULL,
  zone text NOT NULL,
  refresh_seconds integer NOT NULL,
  user_id uuid REFERENCES users,
  team_id uuid REFERENCES teams,
  enabled boolean NOT NULL DEFAULT true,
  -- Of the answer that was read last; asked again without it once a day, since what is planned moves on with the clock.
  etag text,
  read_at timestamptz,
  -- The last good answer, also one that nothing has changed.
  checked_at timestamptz,
  events integer NOT NULL DEFAULT 0,
  -- Events that could not be used at the last reading, and where they stand.
  faults json NOT NULL DEFAULT '[]',
  last_error text,
  failing_since timestamptz,
  failures integer NOT NULL DEFAULT 0,
  lease uuid,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  wake_at timestamptz
);
CREATE INDEX maintenance_calendars_wake ON maintenance_calendars (wake_at) WHERE wake_at IS NOT NULL;

-- The event that a window stands for, and the start that the event's rule gives this occurrence ('' when it happens once).
ALTER TABLE maintenance_windows ADD COLUMN calendar_id uuid REFERENCES maintenance_calendars;
ALTER TABLE maintenance_windows ADD COLUMN event_uid text;
ALTER TABLE maintenance_windows ADD COLUMN event_key text;
CREATE UNIQUE INDEX maintenance_windows_event_key ON maintenance_windows (calendar_id, event_uid, event_key)
  WHERE calendar_id IS NOT NULL AND ended_at IS NULL;
