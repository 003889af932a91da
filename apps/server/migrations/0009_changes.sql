-- What people and machines have changed: deploys, merges, configuration, flags. Changes never page; they stand beside
-- alerts as what may have caused them, for 90 days.
CREATE TABLE changes (
  id uuid PRIMARY KEY,
  integration_id uuid NOT NULL,
  -- SHA-256 of the sender's own id: a delivery that comes again, or a later state of a deploy, is the same change.
  source_hash bytea NOT NULL,
  kind text NOT NULL CHECK (kind IN ('deploy', 'code', 'release', 'config', 'flag', 'infrastructure', 'pipeline', 'other')),
  summary text NOT NULL,
  -- The key of a service as its sender names it; the catalogue may not know it.
  service text,
  environment text,
  author text,
  deploy_id text,
  revision text,
  status text,
  links json NOT NULL,
  details json NOT NULL,
  at timestamptz NOT NULL,
  -- When the status became so: an older one that comes later changes nothing.
  status_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX changes_source_key ON changes (integration_id, source_hash);
CREATE INDEX changes_at ON changes (at DESC, id DESC);
CREATE INDEX changes_service ON changes (service, at DESC, id DESC) WHERE service IS NOT NULL;
CREATE INDEX changes_received ON changes (received_at);
