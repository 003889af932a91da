-- What became of the requests of Opsgenie's protocol, which is asked for after the 202; kept for a day.
-- Unlogged: an answer to "did it work" is worth no wait for the disk beside the alert's own commit. After a crash of
-- PostgreSQL the statuses are gone and the alerts are not.
CREATE UNLOGGED TABLE opsgenie_requests (
  id uuid PRIMARY KEY,
  integration_id uuid NOT NULL,
  at timestamptz NOT NULL,
  action text NOT NULL,
  success boolean NOT NULL,
  status text NOT NULL,
  alert_id uuid,
  alias text
);
CREATE INDEX opsgenie_requests_at ON opsgenie_requests (at);
