-- What came in and was not understood, deliveries that are taken once, and threads of mail.

-- When a request was read again after its integration's mapping was mended. What is `refused` and was not: a dead letter.
ALTER TABLE event_payloads ADD COLUMN replayed_at timestamptz;
CREATE INDEX event_payloads_refused ON event_payloads (integration_id, at) WHERE refused IS NOT NULL;

-- Signed deliveries that were taken, until their date is too old to be taken again.
CREATE TABLE taken_deliveries (
  integration_id uuid NOT NULL,
  digest bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (integration_id, digest)
);
CREATE INDEX taken_deliveries_expires ON taken_deliveries (expires_at);

-- Which alert a mail belongs to, by its Message-ID: an answer in its thread is about the same alert.
CREATE TABLE mail_threads (
  integration_id uuid NOT NULL,
  message_hash bytea NOT NULL,
  identity bytea NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (integration_id, message_hash)
);
CREATE INDEX mail_threads_at ON mail_threads (at);
