import { type Actor, actorRef } from '#platform/http/actor';
import { type ConfigCache, type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import type { NewId } from '#platform/ids';
import { type Catalogue, catalogueOf, policyOf, type Service, type ServiceDraft } from './model.ts';
import { archiveService, insertService, loadServices, loadTeams, updateService } from './store.ts';

/** What the catalogue needs from outside. */
export interface CatalogDeps {
  readonly db: Databases;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string; payload: unknown },
  ) => Promise<void>;
  /** Throws FORBIDDEN when the actor may not change what this team owns. */
  readonly demand: (actor: Actor, teamId: string | null) => void;
}

/** Who does it, and when. */
export interface By {
  readonly actor: Actor;
  readonly now: Temporal.Instant;
}

/** Services: what can break, who owns it. */
export interface Catalog {
  /** What this process decides by. */
  current(): Catalogue;
  policyOf(owner: { readonly serviceId: string | null; readonly teamId: string | null }): string | null;
  list(): readonly Service[];
  /** Throws SERVICE_NOT_FOUND. */
  get(id: string): Service;
  create(draft: ServiceDraft, by: By): Promise<Service>;
  /** Throws VERSION_CONFLICT when `version` is no longer stored. */
  update(id: string, change: ServiceDraft & { readonly version: number }, by: By): Promise<Service>;
  archive(id: string, by: By): Promise<void>;
}

/** Builds the catalogue and registers it with the configuration cache. */
export function createCatalog(deps: CatalogDeps): Catalog {
  const part: ConfigPart<Catalogue> = deps.config.register('catalog', async (db) =>
    catalogueOf(await loadServices(db), await loadTeams(db)),
  );
  const get = (id: string): Service => {
    const service = part.current().byId.get(id);
    if (!service) throw new AppError('SERVICE_NOT_FOUND');
    return service;
  };
  const change = async (
    entry: By & { id: string; kind: string; payload: unknown },
    write: (trx: Trx) => Promise<void>,
  ) => {
    const version = await inTransaction(deps.db.paging, async (trx) => {
      await write(trx);
      await deps.audit(trx, {
        actor: actorRef(entry.actor),
        at: entry.now,
        kind: entry.kind,
        subject: entry.id,
        payload: entry.payload,
      });
      await writeHints(trx, [{ kind: 'config', ref: entry.id, version: 0 }], entry.now);
      return raiseConfigVersion(trx);
    });
    await deps.config.ensure(version);
  };
  return {
    current: () => part.current(),
    policyOf: (owner) => policyOf(part.current(), owner),
    list: () => [...part.current().byId.values()],
    get,
    async create(draft, by) {
      deps.demand(by.actor, draft.teamId);
      const id = deps.newId();
      await change({ ...by, id, kind: 'service.created', payload: draft }, (trx) =>
        insertService(trx, id, draft, by.now),
      );
      return get(id);
    },
    async update(id, { version, ...draft }, by) {
      deps.demand(by.actor, get(id).teamId);
      deps.demand(by.actor, draft.teamId);
      await change({ ...by, id, kind: 'service.changed', payload: draft }, async (trx) => {
        if (!(await updateService(trx, { id, version, draft, now: by.now }))) throw new AppError('VERSION_CONFLICT');
      });
      return get(id);
    },
    async archive(id, by) {
      deps.demand(by.actor, get(id).teamId);
      await change({ ...by, id, kind: 'service.archived', payload: {} }, (trx) => archiveService(trx, id, by.now));
    },
  };
}
