import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { ApiKey, People, Person, Session, TeamOfPeople } from './model.ts';
import { listTeams, listUsers } from './store.ts';

/** The people and teams for the configuration cache. */
export async function loadPeople(db: Db): Promise<People> {
  const users = await listUsers(db);
  const teams = await listTeams(db);
  const person = ({ id, name, role, timeZone, active }: Person): [string, Person] => [
    id,
    { id, name, role, timeZone, active },
  ];
  const ofPeople = ({ id, key, name, policyId, members }: TeamOfPeople): TeamOfPeople => ({
    id,
    key,
    name,
    policyId,
    members,
  });
  const kept = teams.map(ofPeople);
  return {
    users: new Map(users.map(person)),
    teams: new Map(kept.map((team) => [team.id, team])),
    teamsByKey: new Map(kept.map((team) => [team.key, team])),
  };
}

/** API keys of one person, or of all, newest first. */
export async function listApiKeys(db: Db, userId: string | null): Promise<readonly ApiKey[]> {
  const { rows } = await sql<ApiKey & { scopes: string[] }>`
    SELECT id, user_id AS "userId", name, prefix, scopes, created_at AS "createdAt", expires_at AS "expiresAt",
           revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"
      FROM api_keys WHERE ${userId}::uuid IS NULL OR user_id = ${userId}::uuid ORDER BY created_at DESC, id DESC LIMIT 1000`.execute(
    db,
  );
  return rows.map((key) => ({ ...key, scopes: key.scopes.length === 0 ? null : key.scopes }));
}

/** The live sessions of a person, last seen first. */
export async function listSessions(db: Db, userId: string, current: Buffer | null): Promise<readonly Session[]> {
  const { rows } = await sql<Session>`
    SELECT user_id AS "userId", created_at AS "createdAt", expires_at AS "expiresAt", last_seen_at AS "lastSeenAt", address,
           user_agent AS "userAgent", coalesce(token_hash = ${current}::bytea, false) AS current
      FROM sessions WHERE user_id = ${userId} ORDER BY last_seen_at DESC`.execute(db);
  return rows;
}
