-- People, teams, sessions, keys; services and what they stand on; the audit log and its seals.

-- A person. Referenced everywhere by id; the name lives here alone so that it can be blanked.
CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'responder', 'viewer')),
  password_hash text,
  time_zone text NOT NULL DEFAULT 'UTC',
  active boolean NOT NULL DEFAULT true,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE teams (
  id uuid PRIMARY KEY,
  key text NOT NULL,
  name text NOT NULL,
  policy_id uuid,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);
CREATE UNIQUE INDEX teams_key_key ON teams (key) WHERE archived_at IS NULL;

CREATE TABLE team_members (
  team_id uuid NOT NULL REFERENCES teams,
  user_id uuid NOT NULL REFERENCES users,
  lead boolean NOT NULL DEFAULT false,
  added_at timestamptz NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user ON team_members (user_id);

-- A signed-in browser; the cookie holds the token, this row only its SHA-256.
CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  address text,
  user_agent text
);
CREATE INDEX sessions_user ON sessions (user_id);

-- A key for scripts, acting as its owner within its scopes (empty: all that the owner may).
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  name text NOT NULL,
  prefix text NOT NULL,
  key_hash bytea NOT NULL CONSTRAINT api_keys_key_hash_key UNIQUE,
  scopes text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- Failed sign-ins and wrong link tokens by address or account, for back-off.
CREATE TABLE sign_in_failures (
  subject text PRIMARY KEY,
  failures integer NOT NULL,
  blocked_until timestamptz NOT NULL,
  last_at timestamptz NOT NULL
);

-- What can break and who owns it.
CREATE TABLE services (
  id uuid PRIMARY KEY,
  key text NOT NULL,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  team_id uuid REFERENCES teams,
  tier smallint NOT NULL DEFAULT 3 CHECK (tier BETWEEN 1 AND 4),
  policy_id uuid,
  runbook_url text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  archived_at timestamptz
);
CREATE UNIQUE INDEX services_key_key ON services (key) WHERE archived_at IS NULL;

CREATE TABLE service_dependencies (
  service_id uuid NOT NULL REFERENCES services,
  depends_on_id uuid NOT NULL REFERENCES services,
  PRIMARY KEY (service_id, depends_on_id),
  CHECK (service_id <> depends_on_id)
);

-- Sealed log: every change that a person, key or process made. The shape (xid, id, at, subject, kind, payload,
-- salt, erased_hash) is shared by all sealed logs; audit/seal.ts reads them alike.
CREATE TABLE audit_entries (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  subject uuid,
  kind text NOT NULL,
  payload json,
  salt uuid DEFAULT gen_random_uuid(),
  erased_hash bytea,
  PRIMARY KEY (xid, id, at)
) PARTITION BY RANGE (at);
CREATE TABLE audit_entries_default PARTITION OF audit_entries DEFAULT;
CREATE INDEX audit_entries_subject ON audit_entries (subject, at);

-- One link of the seal chain: a Merkle root for each log over what was committed since the seal before.
CREATE TABLE seals (
  n bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  logs json NOT NULL,
  previous bytea NOT NULL,
  hash bytea NOT NULL,
  shipped_at timestamptz
);
