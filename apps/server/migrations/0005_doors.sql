-- What every door besides Alertmanager's needs of an integration.

-- What people set for one integration, by its kind: the mapping of a generic webhook, how a signature is shown.
ALTER TABLE integrations ADD COLUMN settings json NOT NULL DEFAULT '{}';
-- The secret that signs the sender's requests, sealed; null when none is asked for.
ALTER TABLE integrations ADD COLUMN sealed_secret bytea;
