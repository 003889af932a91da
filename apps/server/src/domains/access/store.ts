import { sql } from 'kysely';
import { type Db, type Trx, violatedConstraint } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Role } from '#platform/http/actor';
import type { BackOffSubject, Failures } from './back-off.ts';
import type { ApiKey, CredentialOwner, Team, User } from './model.ts';

type Instant = Temporal.Instant;

/** What of a person is written. */
export interface UserFields {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly timeZone: string;
  readonly active: boolean;
}

/** Adds a person; USER_EMAIL_TAKEN when the address is in use. */
export async function insertUser(
  trx: Trx,
  user: UserFields & { readonly id: string; readonly passwordHash: string | null },
  now: Instant,
): Promise<void> {
  const { id, email, name, role, timeZone, active, passwordHash } = user;
  await trx
    .insertInto('users')
    .values({
      id,
      email,
      name,
      role,
      time_zone: timeZone,
      active,
      password_hash: passwordHash,
      created_at: now,
      updated_at: now,
    })
    .execute()
    .catch(emailTaken);
}

/** Changes a person who still has this version; false when the version is another. */
export async function updateUser(
  trx: Trx,
  change: UserFields & { readonly id: string; readonly version: number; readonly passwordHash?: string | undefined },
  now: Instant,
): Promise<boolean> {
  const { id, version, email, name, role, timeZone, active, passwordHash } = change;
  const result = await trx
    .updateTable('users')
    .set({ email, name, role, time_zone: timeZone, active, updated_at: now, version: version + 1 })
    .$if(passwordHash !== undefined, (query) => query.set({ password_hash: passwordHash as string }))
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
    .catch(emailTaken);
  return result.numUpdatedRows === 1n;
}

function emailTaken(error: unknown): never {
  if (violatedConstraint(error) === 'users_email_key') throw new AppError('USER_EMAIL_TAKEN', {}, { cause: error });
  throw error;
}

/** Locks every active owner, so that two changes cannot each take the other for the last one; returns their ids. */
export async function lockActiveOwners(trx: Trx): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'owner')
    .where('active', '=', true)
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map(({ id }) => id);
}

const userColumns = [
  'id',
  'email',
  'name',
  'role',
  'time_zone',
  'active',
  'version',
  'created_at',
  'updated_at',
  sql<boolean>`password_hash IS NOT NULL`.as('has_password'),
] as const;

async function findUser(db: Db, id: string): Promise<User | null> {
  const row = await db.selectFrom('users').select(userColumns).where('id', '=', id).executeTakeFirst();
  return row ? toUser(row) : null;
}

/** One person, else USER_NOT_FOUND. */
export async function getUser(db: Db, id: string): Promise<User> {
  const user = await findUser(db, id);
  if (!user) throw new AppError('USER_NOT_FOUND');
  return user;
}

/** The stored password of a person, hashed; null when they have none. */
export async function passwordHashOf(db: Db, id: string): Promise<string | null> {
  const row = await db.selectFrom('users').select('password_hash').where('id', '=', id).executeTakeFirst();
  return row?.password_hash ?? null;
}

/** All people, by name. */
export async function listUsers(db: Db): Promise<readonly User[]> {
  return (await db.selectFrom('users').select(userColumns).orderBy('name').orderBy('id').execute()).map(toUser);
}

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly time_zone: string;
  readonly active: boolean;
  readonly version: number;
  readonly created_at: Instant;
  readonly updated_at: Instant;
  readonly has_password: boolean;
}

function toUser(row: UserRow): User {
  const { id, email, name, active, version } = row;
  return {
    id,
    email,
    name,
    active,
    version,
    role: row.role as Role,
    timeZone: row.time_zone,
    hasPassword: row.has_password,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Who signs in by this address: the id and the stored hash of an active person. */
export async function findByEmail(
  db: Db,
  email: string,
): Promise<{ readonly id: string; readonly passwordHash: string | null } | null> {
  const row = await db
    .selectFrom('users')
    .select(['id', 'password_hash'])
    .where(sql`lower(email)`, '=', email.toLowerCase())
    .where('active', '=', true)
    .executeTakeFirst();
  return row ? { id: row.id, passwordHash: row.password_hash } : null;
}

/** Closes the first-run set-up for ever; false when it was closed before, also by somebody at the same time. */
export async function closeSetup(trx: Trx, now: Instant): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO settings (key, value, updated_at)
    SELECT 'access.setup', '"closed"', ${now}::timestamptz WHERE NOT EXISTS (SELECT FROM users)
    ON CONFLICT (key) DO NOTHING RETURNING key`.execute(trx);
  return rows.length === 1;
}

/** True until somebody was made owner. */
export async function setupIsOpen(db: Db): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`
    SELECT NOT EXISTS (SELECT FROM settings WHERE key = 'access.setup') AND NOT EXISTS (SELECT FROM users) AS open`.execute(
    db,
  );
  return rows[0]?.open ?? false;
}

/** Adds a team; TEAM_KEY_TAKEN when a team has the key. */
export async function insertTeam(
  trx: Trx,
  team: Pick<Team, 'id' | 'key' | 'name' | 'policyId'>,
  now: Instant,
): Promise<void> {
  const { id, key, name, policyId } = team;
  await trx
    .insertInto('teams')
    .values({ id, key, name, policy_id: policyId, created_at: now, updated_at: now })
    .execute()
    .catch(teamKeyTaken(key));
}

/** Changes a team that still has this version; false when the version is another. */
export async function updateTeam(
  trx: Trx,
  change: Pick<Team, 'id' | 'key' | 'name' | 'policyId' | 'version'> & { readonly archivedAt?: Instant | null },
  now: Instant,
): Promise<boolean> {
  const { id, key, name, policyId, version, archivedAt } = change;
  const result = await trx
    .updateTable('teams')
    .set({ key, name, policy_id: policyId, updated_at: now, version: version + 1, archived_at: archivedAt ?? null })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .executeTakeFirst()
    .catch(teamKeyTaken(key));
  return result.numUpdatedRows === 1n;
}

function teamKeyTaken(key: string): (error: unknown) => never {
  return (error) => {
    if (violatedConstraint(error) === 'teams_key_key') throw new AppError('TEAM_KEY_TAKEN', { key }, { cause: error });
    throw error;
  };
}

/** All teams that are not archived, by name, with their members. */
export async function listTeams(db: Db): Promise<readonly Team[]> {
  const { rows } = await sql<
    Omit<Team, 'policyId' | 'createdAt' | 'updatedAt'> & {
      policy_id: string | null;
      created_at: Instant;
      updated_at: Instant;
    }
  >`
    SELECT t.id, t.key, t.name, t.policy_id, t.version, t.created_at, t.updated_at,
           coalesce((SELECT json_agg(json_build_object('userId', m.user_id, 'lead', m.lead) ORDER BY m.added_at, m.user_id)
                       FROM team_members m WHERE m.team_id = t.id), '[]') AS members
      FROM teams t WHERE t.archived_at IS NULL ORDER BY t.name, t.id`.execute(db);
  return rows.map(({ policy_id, created_at, updated_at, ...team }) => ({
    ...team,
    policyId: policy_id,
    createdAt: created_at,
    updatedAt: updated_at,
  }));
}

/** Puts a person into a team, or changes whether they lead it. The team's version rises. */
export async function setMember(
  trx: Trx,
  member: { readonly teamId: string; readonly userId: string; readonly lead: boolean },
  now: Instant,
): Promise<void> {
  const { teamId, userId, lead } = member;
  await trx
    .insertInto('team_members')
    .values({ team_id: teamId, user_id: userId, lead, added_at: now })
    .onConflict((conflict) => conflict.columns(['team_id', 'user_id']).doUpdateSet({ lead }))
    .execute();
  await raiseTeamVersion(trx, teamId, now);
}

/** Takes a person out of a team. */
export async function removeMember(
  trx: Trx,
  member: { readonly teamId: string; readonly userId: string },
  now: Instant,
): Promise<void> {
  await trx
    .deleteFrom('team_members')
    .where('team_id', '=', member.teamId)
    .where('user_id', '=', member.userId)
    .execute();
  await raiseTeamVersion(trx, member.teamId, now);
}

async function raiseTeamVersion(trx: Trx, teamId: string, now: Instant): Promise<void> {
  await trx.updateTable('teams').set({ version: sql`version + 1`, updated_at: now }).where('id', '=', teamId).execute();
}

/** A session to begin. */
export interface NewSession {
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly expiresAt: Instant;
  readonly address: string;
  readonly userAgent: string | null;
}

/** Begins a session. */
export async function insertSession(trx: Trx, session: NewSession, now: Instant): Promise<void> {
  const { tokenHash, userId, expiresAt, address, userAgent } = session;
  await trx
    .insertInto('sessions')
    .values({
      token_hash: tokenHash,
      user_id: userId,
      created_at: now,
      expires_at: expiresAt,
      last_seen_at: now,
      address,
      user_agent: userAgent,
    })
    .execute();
}

/** Ends a session by its token, or every session of a person but the given one. */
export async function endSessions(
  db: Db,
  which: { readonly tokenHash: Buffer } | { readonly userId: string; readonly except?: Buffer | undefined },
): Promise<void> {
  const ending = db.deleteFrom('sessions');
  if ('tokenHash' in which) await ending.where('token_hash', '=', which.tokenHash).execute();
  else if (which.except)
    await ending.where('user_id', '=', which.userId).where('token_hash', '!=', which.except).execute();
  else await ending.where('user_id', '=', which.userId).execute();
}

/** Removes sessions that ended by themselves; returns how many. */
export async function sweepSessions(db: Db, now: Instant, idleSince: Instant): Promise<number> {
  const result = await db
    .deleteFrom('sessions')
    .where((or) => or.or([or('expires_at', '<=', now), or('last_seen_at', '<=', idleSince)]))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

const ownerColumns = sql`u.id AS "userId", u.name, u.role,
  ARRAY(SELECT m.team_id FROM team_members m JOIN teams t ON t.id = m.team_id WHERE m.user_id = u.id AND t.archived_at IS NULL)::text[] AS "teamIds"`;

/** Whom a session belongs to, when both are alive; notes once a minute that it was seen. */
export async function ownerOfSession(
  db: Db,
  tokenHash: Buffer,
  now: Instant,
  idleSince: Instant,
): Promise<CredentialOwner | null> {
  const { rows } = await sql<CredentialOwner & { seen: Instant }>`
    SELECT ${ownerColumns}, s.last_seen_at AS seen FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.token_hash = ${tokenHash} AND s.expires_at > ${now} AND s.last_seen_at > ${idleSince} AND u.active`.execute(
    db,
  );
  const row = rows[0];
  if (!row) return null;
  const { seen, ...owner } = row;
  if (isAMinuteAgo(seen, now))
    await db.updateTable('sessions').set({ last_seen_at: now }).where('token_hash', '=', tokenHash).execute();
  return owner;
}

/** Whom an API key belongs to, with its scopes (null: no limit), when both are alive; notes once a minute that it was used. */
export async function ownerOfKey(
  db: Db,
  keyHash: Buffer,
  now: Instant,
): Promise<
  (CredentialOwner & { readonly scopes: readonly string[] | null; readonly expiresAt: Instant | null }) | null
> {
  const { rows } = await sql<
    CredentialOwner & { scopes: string[]; expiresAt: Instant | null; used: Instant | null; keyId: string }
  >`
    SELECT ${ownerColumns}, k.id AS "keyId", k.scopes, k.expires_at AS "expiresAt", k.last_used_at AS used FROM api_keys k JOIN users u ON u.id = k.user_id
     WHERE k.key_hash = ${keyHash} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ${now}) AND u.active`.execute(
    db,
  );
  const row = rows[0];
  if (!row) return null;
  const { used, keyId, scopes, ...owner } = row;
  if (!used || isAMinuteAgo(used, now))
    await db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', keyId).execute();
  return { ...owner, scopes: scopes.length === 0 ? null : scopes };
}

function isAMinuteAgo(at: Instant, now: Instant): boolean {
  return now.epochMilliseconds - at.epochMilliseconds >= 60_000;
}

/** Adds an API key. */
export async function insertApiKey(
  trx: Trx,
  key: Pick<ApiKey, 'id' | 'userId' | 'name' | 'prefix' | 'scopes' | 'expiresAt'> & { readonly keyHash: Buffer },
  now: Instant,
): Promise<void> {
  const { id, userId, name, prefix, scopes, expiresAt, keyHash } = key;
  await trx
    .insertInto('api_keys')
    .values({
      id,
      user_id: userId,
      name,
      prefix,
      key_hash: keyHash,
      scopes: [...(scopes ?? [])],
      expires_at: expiresAt,
      created_at: now,
    })
    .execute();
}

/** Revokes one key, or every key of a person. */
export async function revokeKeys(
  trx: Trx,
  which: { readonly id: string } | { readonly userId: string },
  now: Instant,
): Promise<void> {
  const revoking = trx.updateTable('api_keys').set({ revoked_at: now }).where('revoked_at', 'is', null);
  await ('id' in which ? revoking.where('id', '=', which.id) : revoking.where('user_id', '=', which.userId)).execute();
}

/** Locks the counts of failed sign-ins, in the order of their names so that two sign-ins never wait in a ring. */
export async function lockFailures(
  trx: Trx,
  subjects: readonly string[],
  now: Instant,
): Promise<ReadonlyMap<string, Failures>> {
  const sorted = [...new Set(subjects)].sort();
  await trx
    .insertInto('sign_in_failures')
    .values(sorted.map((subject) => ({ subject, failures: 0, blocked_until: now, last_at: now })))
    .onConflict((conflict) => conflict.column('subject').doNothing())
    .execute();
  const rows = await trx
    .selectFrom('sign_in_failures')
    .selectAll()
    .where('subject', 'in', sorted)
    .orderBy('subject')
    .forUpdate()
    .execute();
  return new Map(
    rows.map((row) => [row.subject, { failures: row.failures, lastAt: row.last_at, blockedUntil: row.blocked_until }]),
  );
}

/** Writes counts back. */
export async function saveFailures(trx: Trx, counts: ReadonlyMap<string, Failures>): Promise<void> {
  for (const [subject, { failures, lastAt, blockedUntil }] of counts) {
    await trx
      .updateTable('sign_in_failures')
      .set({ failures, last_at: lastAt, blocked_until: blockedUntil })
      .where('subject', '=', subject)
      .execute();
  }
}

/** Forgets counts: those of a successful sign-in, or those not touched since. */
export async function forgetFailures(db: Db, which: readonly string[] | { readonly before: Instant }): Promise<void> {
  const forgetting = db.deleteFrom('sign_in_failures');
  await ('before' in which
    ? forgetting.where('last_at', '<', which.before)
    : forgetting.where('subject', 'in', [...which])
  ).execute();
}

/** Takes back one failure counted in advance. */
export async function takeBackFailure(db: Db, subject: string): Promise<void> {
  await sql`UPDATE sign_in_failures SET failures = greatest(0, failures - 1) WHERE subject = ${subject}`.execute(db);
}

/** True when this person is signed in from this address, or was within the kept sessions. */
export async function hasSessionFrom(db: Db, userId: string, address: string): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .select('created_at')
    .where('user_id', '=', userId)
    .where('address', '=', address)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The stored name of a subject of back-off. */
export function failureSubject(kind: BackOffSubject, ...parts: readonly string[]): string {
  return `${kind}:${parts.join('|')}`;
}
