/** Who asks: decided once from the credential, never from what the client says about itself. */
export type Actor =
  | {
      readonly kind: 'user';
      readonly userId: string;
      readonly name: string;
      readonly role: Role;
      readonly teamIds: readonly string[];
      readonly via: 'session' | 'api-key';
      /** Null: all that the role may. A list: only these permissions, and only as far as the role may. */
      readonly scopes: readonly string[] | null;
    }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'system'; readonly name: string };

/** What a person may do at most; the table of permissions is access/permissions.ts. */
export type Role = 'owner' | 'admin' | 'manager' | 'responder' | 'viewer';

/** The actor as stored in logs and as `resolved_by`: `user:<id>`, `system:<name>`. */
export function actorRef(actor: Actor): string {
  if (actor.kind === 'user') return `user:${actor.userId}`;
  return actor.kind === 'system' ? `system:${actor.name}` : 'anonymous';
}
