-- Outgoing webhooks: who wants to be told what happens to pages, what waits to be told, what became of it.

-- A receiver. wake_at is when it may be called next; once leased, when the lease ends: at most one call is under way.
-- The paging path never touches this row, so a slow receiver holds up no page.
CREATE TABLE webhook_subscriptions (
  id uuid PRIMARY KEY,
  url text NOT NULL,
  description text NOT NULL,
  event_types json NOT NULL,
  team_id uuid REFERENCES teams,
  owner_id uuid REFERENCES users,
  enabled boolean NOT NULL DEFAULT true,
  disabled_reason text CHECK (disabled_reason IN ('by-hand', 'gone', 'failing')),
  disabled_at timestamptz,
  secret bytea NOT NULL,
  previous_secret bytea,
  previous_secret_expires_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  last_delivered_at timestamptz,
  wake_at timestamptz NOT NULL,
  lease uuid,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz,
  CHECK (enabled = (disabled_reason IS NULL)),
  CHECK (enabled = (disabled_at IS NULL))
);

-- The outbox: what happened, written with the fact itself. People stand in it by id; names are put in when it is sent.
CREATE TABLE webhook_events (
  id uuid PRIMARY KEY,
  type text NOT NULL,
  at timestamptz NOT NULL,
  page_id uuid,
  agent json NOT NULL,
  data json NOT NULL
);
CREATE INDEX webhook_events_at ON webhook_events (at);

-- One event for one receiver. Sent in the order of id; sent again, it keeps its place.
CREATE TABLE webhook_deliveries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id uuid NOT NULL,
  event_id uuid NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  queued_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  ended_at timestamptz,
  reason text,
  CONSTRAINT webhook_deliveries_once_key UNIQUE (event_id, subscription_id),
  CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (subscription_id, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_overdue ON webhook_deliveries (queued_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_subscription ON webhook_deliveries (subscription_id, id);

-- One try of a delivery, with the beginning of the answer.
CREATE TABLE webhook_attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id bigint NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  at timestamptz NOT NULL,
  attempt integer NOT NULL,
  duration_ms integer NOT NULL,
  status smallint,
  reason text,
  detail text,
  answer text
);
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id, id);
