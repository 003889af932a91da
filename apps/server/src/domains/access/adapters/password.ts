import { hash, timingSafeEqual } from 'node:crypto';
import { inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { actorRef } from '#platform/http/actor';
import { hashPassword, PasswordsBusy, verifyPassword } from '#platform/passwords';
import { hashToken, newToken } from '#platform/tokens';
import { afterFailure, type BackOffSubject, waitSeconds } from '../back-off.ts';
import { type Access, type By, type From, type Inner, SESSION_LIFE, type SignedIn } from '../ports.ts';
import * as store from '../store.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Makes the owner of a new installation and signs them in; once, for ever. */
export async function setUp(deps: Inner, input: Parameters<Access['setUp']>[0], from: From): Promise<SignedIn> {
  if (deps.setupToken !== undefined && !sameText(input.token ?? '', deps.setupToken))
    throw new AppError('SETUP_TOKEN_WRONG');
  // Asked again inside; here it keeps strangers from making us hash.
  if (!(await store.setupIsOpen(deps.db.paging))) throw new AppError('SETUP_CLOSED');
  const passwordHash = await hashed(input.password);
  const id = deps.newId();
  const { name, email, timeZone } = input;
  const token = await deps.change(
    { actor: `user:${id}`, at: from.now, kind: 'setup.closed', subject: id, payload: {} },
    async (trx) => {
      if (!(await store.closeSetup(trx, from.now))) throw new AppError('SETUP_CLOSED');
      await store.insertUser(trx, { id, name, email, timeZone, role: 'owner', active: true, passwordHash }, from.now);
      await deps.onFirstOwner?.(trx, id, from.now);
      return beginSession(trx, id, from);
    },
  );
  return { user: await store.getUser(deps.db.paging, id), token };
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hashToken(a), hashToken(b));
}

async function beginSession(trx: Trx, userId: string, { address, userAgent, now }: From): Promise<string> {
  const token = newToken();
  await store.insertSession(
    trx,
    {
      tokenHash: token.hash,
      userId,
      expiresAt: now.add(SESSION_LIFE),
      address,
      userAgent: userAgent?.slice(0, 300) ?? null,
    },
    now,
  );
  return token.text;
}

/** Signs in by address and password. */
export async function signIn(
  deps: Inner,
  { email, password }: { email: string; password: string },
  from: From,
): Promise<SignedIn> {
  const account = await store.findByEmail(deps.db.paging, email);
  // An address that nobody has is counted and takes as long as one that somebody has.
  const who = account?.id ?? hash('sha256', email.toLowerCase(), 'hex');
  const known = await store.hasSessionFrom(deps.db.paging, account?.id ?? NOBODY, from.address);
  const subjects = await countTry(deps, { who, address: from.address, known, now: from.now });
  const right = await checked(password, account?.passwordHash ?? null);
  if (!right || !account) throw new AppError('SIGN_IN_REFUSED');
  const token = await inTransaction(deps.db.paging, async (trx) => {
    await forgive(trx, subjects);
    await deps.audit(trx, {
      actor: `user:${account.id}`,
      at: from.now,
      kind: 'session.begun',
      subject: account.id,
      payload: {},
    });
    return beginSession(trx, account.id, from);
  });
  return { user: await store.getUser(deps.db.paging, account.id), token };
}

type Subjects = Readonly<Record<BackOffSubject, string>>;

/** Counts a try as failed before the password is looked at, so that many at once cannot outrun the count. */
async function countTry(
  deps: Inner,
  tried: { readonly who: string; readonly address: string; readonly known: boolean; readonly now: Temporal.Instant },
): Promise<Subjects> {
  const { who, address, known, now } = tried;
  const subjects: Subjects = {
    pair: store.failureSubject('pair', who, address),
    account: store.failureSubject('account', who),
    address: store.failureSubject('address', address),
  };
  const kinds = Object.keys(subjects) as BackOffSubject[];
  const wait = await inTransaction(deps.db.paging, async (trx) => {
    const stored = await store.lockFailures(trx, Object.values(subjects), now);
    const of = (kind: BackOffSubject) => stored.get(subjects[kind]) ?? null;
    const seconds = Math.max(...kinds.map((kind) => waitSeconds(kind, of(kind), now, known)));
    if (seconds === 0)
      await store.saveFailures(trx, new Map(kinds.map((kind) => [subjects[kind], afterFailure(kind, of(kind), now)])));
    return seconds;
  });
  if (wait > 0) throw new AppError('SIGN_IN_BACK_OFF', { retryAfterSeconds: wait });
  return subjects;
}

async function forgive(trx: Trx, subjects: Subjects): Promise<void> {
  await store.forgetFailures(trx, [subjects.pair, subjects.account]);
  await store.takeBackFailure(trx, subjects.address);
}

/** Changes one's own password, which ends the other sessions. */
export async function changePassword(
  deps: Inner,
  input: Parameters<Access['changePassword']>[0],
  { actor, now }: By,
): Promise<void> {
  if (actor.kind !== 'user' || actor.via !== 'session')
    throw new AppError('FORBIDDEN', { permission: 'a password is changed by its owner, signed in' });
  const user = await store.getUser(deps.db.paging, actor.userId);
  const stored = await store.passwordHashOf(deps.db.paging, user.id);
  const subjects = await countTry(deps, { who: user.id, address: input.address, known: true, now });
  if (!(await checked(input.currentPassword, stored))) throw new AppError('PASSWORD_WRONG');
  const passwordHash = await hashed(input.newPassword);
  await deps.change(
    { actor: actorRef(actor), at: now, kind: 'user.changed', subject: user.id, payload: { fields: ['password'] } },
    async (trx) => {
      if (!(await store.updateUser(trx, { ...user, passwordHash }, now))) throw new AppError('VERSION_CONFLICT');
      await forgive(trx, subjects);
      await store.endSessions(trx, {
        userId: user.id,
        except: input.keepToken === null ? undefined : hashToken(input.keepToken),
      });
    },
  );
}

const overload = (error: unknown): never => {
  if (error instanceof PasswordsBusy) throw new AppError('OVERLOADED', {}, { cause: error });
  throw error;
};
/** The stored form of a password; OVERLOADED in a flood. */
export const hashed = (password: string) => hashPassword(password).catch(overload);
const checked = (password: string, phc: string | null) => verifyPassword(password, phc).catch(overload);
