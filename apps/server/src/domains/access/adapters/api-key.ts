import type { Actor } from '#platform/http/actor';
import { actorRef } from '#platform/http/actor';
import { AppError } from '#platform/errors';
import { hashToken, newToken } from '#platform/tokens';
import { authorize, mayGrantScopes } from '../authorize.ts';
import type { ApiKey, CredentialOwner } from '../model.ts';
import type { Inner, Keys } from '../ports.ts';
import { listApiKeys } from '../search.ts';
import * as store from '../store.ts';

/** Who sends this key; anonymous when it is unknown, revoked or expired. */
export async function byKey(deps: Inner, text: string, now: Temporal.Instant): Promise<Actor> {
  const keyHash = hashToken(text);
  const name = keyHash.toString('hex');
  const known = deps.cache.get(name, now.epochMilliseconds);
  if (known) return known;
  const owner = await store.ownerOfKey(deps.db.paging, keyHash, now);
  if (!owner) return { kind: 'anonymous' };
  const actor = actorOf(owner, 'api-key', owner.scopes);
  deps.cache.put(name, actor, { nowMs: now.epochMilliseconds, expiresMs: owner.expiresAt?.epochMilliseconds ?? null });
  return actor;
}

/** A credential's owner as who asks. */
export function actorOf(
  { userId, name, role, teamIds }: CredentialOwner,
  via: 'session' | 'api-key',
  scopes: readonly string[] | null,
): Actor {
  return { kind: 'user', userId, name, role, teamIds, via, scopes };
}

/** Making, listing and revoking keys. */
export function keysOf(deps: Inner): Keys {
  const list = (userId: string | null) => listApiKeys(deps.db.paging, userId);
  return {
    list,
    async create({ name, scopes, expiresInDays }, { actor, now }) {
      if (actor.kind !== 'user') throw new AppError('FORBIDDEN', { permission: 'keys:write' });
      if (!mayGrantScopes(actor.scopes, scopes))
        throw new AppError('FORBIDDEN', { permission: 'a key may not make a wider one' });
      const id = deps.newId();
      const token = newToken('tocsin_');
      const expiresAt = expiresInDays === undefined ? null : now.add({ hours: 24 * expiresInDays });
      const key = {
        id,
        userId: actor.userId,
        name,
        scopes,
        expiresAt,
        prefix: token.text.slice(0, 12),
        keyHash: token.hash,
      };
      const entry = {
        actor: actorRef(actor),
        at: now,
        kind: 'key.created',
        subject: id,
        payload: { scopes, expiresAt: expiresAt?.toString() ?? null },
      };
      await deps.change(entry, (trx) => store.insertApiKey(trx, key, now));
      return { key: (await list(actor.userId)).find((each) => each.id === id) as ApiKey, text: token.text };
    },
    async revoke(id, { actor, now }) {
      const key = (await list(null)).find((each) => each.id === id);
      const own = actor.kind === 'user' && key?.userId === actor.userId;
      // Somebody else's key is, to whoever may not see it, no key.
      if (!key || !(own || authorize(actor, 'people:write').allowed)) throw new AppError('API_KEY_NOT_FOUND');
      await deps.change({ actor: actorRef(actor), at: now, kind: 'key.revoked', subject: id, payload: {} }, (trx) =>
        store.revokeKeys(trx, { id }, now),
      );
    },
  };
}
