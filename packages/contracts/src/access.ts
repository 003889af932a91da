import { z } from 'zod';
import { permissions } from './permissions.ts';
import { id, instant } from './problem.ts';

/** What a person may do at most; each may all that the one before may. */
export const role = z.enum(['viewer', 'responder', 'manager', 'admin', 'owner']);

/** An IANA time zone that this system knows. */
export const timeZone = z.string().max(64).refine(isTimeZone, 'is not a time zone like Europe/Berlin');

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** A short name for labels and addresses. */
export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'is 1 to 64 of a–z, 0–9 and - (not at the ends)');

const name = z.string().trim().min(1).max(120);
const email = z.string().trim().max(254).pipe(z.email());
const password = z.string().min(12, 'has at least 12 characters').max(200);
const version = z.int().min(1).describe('The version that was read; another one now answers 409.');

/** A person with an account. */
export const user = z
  .strictObject({
    id,
    email: z.string(),
    name: z.string(),
    role,
    timeZone: z.string(),
    active: z.boolean(),
    hasPassword: z.boolean(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'User' });

/** All people. */
export const userList = z.strictObject({ users: z.array(user) });

/** A new person. Without a password they cannot sign in until one is set. */
export const userDraft = z.strictObject({
  email,
  name,
  role,
  timeZone: timeZone.default('UTC'),
  password: password.optional(),
});

/** A change of a person; fields left out stay. A new password or role, and deactivating, ends their sessions. */
export const userUpdate = z.strictObject({
  version,
  email: email.optional(),
  name: name.optional(),
  role: role.optional(),
  timeZone: timeZone.optional(),
  active: z.boolean().optional(),
  password: password.optional(),
});

/** A person's place in a team. */
export const teamMember = z.strictObject({ userId: id, lead: z.boolean() }).meta({ id: 'TeamMember' });

/** People who own services and take turns. */
export const team = z
  .strictObject({
    id,
    key: z.string(),
    name: z.string(),
    policyId: id.nullable(),
    members: z.array(teamMember),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Team' });

/** All teams. */
export const teamList = z.strictObject({ teams: z.array(team) });

/** A new team. */
export const teamDraft = z.strictObject({ key: slug, name, policyId: id.nullable().default(null) });

/** A change of a team; fields left out stay. */
export const teamUpdate = z.strictObject({
  version,
  key: slug.optional(),
  name: name.optional(),
  policyId: id.nullable().optional(),
});

/** How a person is in a team. */
export const teamMemberBody = z.strictObject({ lead: z.boolean().default(false) });

/** A key for scripts. Null scopes: all that its owner may. */
export const apiKey = z
  .strictObject({
    id,
    userId: id,
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.string()).nullable(),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: 'ApiKey' });

/** API keys. */
export const apiKeyList = z.strictObject({ keys: z.array(apiKey) });

/** A new API key; without scopes it may all that its owner may. */
export const apiKeyDraft = z.strictObject({
  name,
  scopes: z.array(z.enum(permissions)).max(permissions.length).default([]),
  expiresInDays: z.int().min(1).max(3_650).optional(),
});

/** A new API key with its text, shown this once. */
export const apiKeyCreated = z.strictObject({ key: apiKey, text: z.string() });

/** Whether the first-run set-up is still open, and whether it asks for the token printed at start. */
export const setupState = z.strictObject({ open: z.boolean(), tokenNeeded: z.boolean() });

/** The first person: the owner. */
export const setupBody = z.strictObject({
  name,
  email,
  password,
  timeZone: timeZone.default('UTC'),
  token: z.string().max(200).optional(),
});

/** Signing in. */
export const signInBody = z.strictObject({
  email: z.string().trim().min(1).max(254),
  password: z.string().min(1).max(200),
});

/** Who asks, and what they may. */
export const me = z
  .strictObject({
    user,
    teamIds: z.array(id),
    permissions: z.array(z.string()),
    via: z.enum(['session', 'api-key']),
  })
  .meta({ id: 'Me' });

/** A change of oneself. */
export const meUpdate = z.strictObject({ version, name: name.optional(), timeZone: timeZone.optional() });

/** A new password of oneself; ends the other sessions. */
export const passwordChange = z.strictObject({ currentPassword: z.string().min(1).max(200), newPassword: password });

/** A signed-in browser. */
export const session = z
  .strictObject({
    createdAt: instant,
    expiresAt: instant,
    lastSeenAt: instant,
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

/** The signed-in browsers of oneself. */
export const sessionList = z.strictObject({ sessions: z.array(session) });
