import { randomBytes } from 'node:crypto';
import { demand } from '#access';
import { type ConfigCache, type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx, violatedConstraint } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import { type Actor, actorRef } from '#platform/http/actor';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import type { Channel } from '../adapters/channel.ts';
import type { ContactMethod, Id, Instant, NotificationRule, StoredReason } from '../model.ts';
import type { NotificationPorts } from '../ports.ts';
import { aboutAddress, aboutEndpoint, aboutMethod } from './sealed-address.ts';
import { insertNotifications } from '../store.ts';
import { codeSecret, newCode, tryCode } from './codes.ts';
import {
  archiveEndpoint,
  type ContactsConfig,
  deleteRulesOf,
  insertEndpoint,
  insertMethod,
  lockMethodSecret,
  replaceRules,
  rotateSecret,
  type StoredEndpoint,
  type StoredMethod,
  updateEndpoint,
  updateMethod,
} from './store.ts';

/** A person may have so many ways to be reached. */
const MOST_METHODS = 20;

/** What contacts need from outside. */
export interface ContactsDeps {
  readonly db: Databases;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly part: ConfigPart<ContactsConfig>;
  readonly channels: ReadonlyMap<string, Pick<Channel, 'name' | 'isReady' | 'readAddress' | 'maskAddress'>>;
  /** Throws when no code or test may go to this address now; asked in the transaction that queues one. */
  readonly guard?: (trx: Trx, method: Pick<ContactMethod, 'channel' | 'address'>, now: Instant) => Promise<void>;
  readonly ports: Pick<NotificationPorts, 'audit'>;
  readonly sealing: Sealing;
  readonly wake: () => void;
}

/** Who changes something, and when. `by` is the actor as in logs. */
export interface Change {
  readonly by: string;
  readonly now: Instant;
}

/** How people and machines are reached. */
export interface Contacts {
  methodsOf(userId: Id): readonly ContactMethod[];
  rulesOf(userId: Id): readonly NotificationRule[];
  /** Adds an address; it gets a code and calls nobody until that was entered. `verified`: known to be theirs (first set-up, demo). */
  add(
    method: {
      readonly userId: Id;
      readonly channel: string;
      readonly label: string;
      readonly address: string;
      readonly verified?: boolean;
    },
    change: Change,
  ): Promise<{ readonly method: ContactMethod; readonly secret: string | null }>;
  /** Sends the code again. */
  sendCode(userId: Id, methodId: Id, change: Change): Promise<void>;
  confirm(userId: Id, input: { readonly methodId: Id; readonly code: string }, change: Change): Promise<void>;
  /** Disables a method and drops the rules by it. */
  remove(userId: Id, methodId: Id, change: Change): Promise<void>;
  saveRules(userId: Id, rules: readonly NotificationRule[], change: Change): Promise<void>;
  /** Queues a test by this method. */
  test(userId: Id, methodId: Id, change: Change): Promise<void>;
  readonly endpoints: Endpoints;
}

/** Who changes what a team owns, and when. */
export interface Acted {
  readonly actor: Actor;
  readonly now: Instant;
}

/**
 * Signed webhooks that a step can name. A secret is shown once, when it is made. Writes throw FORBIDDEN for a team that
 * is not the actor's.
 */
export interface Endpoints {
  list(): readonly StoredEndpoint[];
  get(id: Id): StoredEndpoint;
  create(
    draft: { readonly name: string; readonly url: string; readonly teamId: Id | null },
    change: Acted,
  ): Promise<{ readonly endpoint: StoredEndpoint; readonly secret: string }>;
  update(
    id: Id,
    draft: { readonly name: string; readonly url: string; readonly teamId: Id | null; readonly version: number },
    change: Acted,
  ): Promise<StoredEndpoint>;
  /** The secret before stays good for `overlapSeconds`. */
  rotate(
    id: Id,
    overlapSeconds: number,
    change: Acted,
  ): Promise<{ readonly endpoint: StoredEndpoint; readonly secret: string }>;
  archive(id: Id, change: Acted): Promise<void>;
  /** Queues a test event. */
  test(id: Id, change: Acted): Promise<void>;
}

/** Builds the service over the cached configuration. */
export function createContacts(deps: ContactsDeps): Contacts {
  const own = (userId: Id, id: Id): StoredMethod => {
    const method = deps.part.current().methods.get(id);
    if (!method || method.userId !== userId || method.disabledAt !== null)
      throw new AppError('CONTACT_METHOD_NOT_FOUND');
    return method;
  };
  const live = (userId: Id) =>
    (deps.part.current().methodsOf.get(userId) ?? []).filter((method) => method.disabledAt === null);
  return {
    methodsOf: live,
    rulesOf: (userId) => deps.part.current().rulesOf.get(userId) ?? [],
    add: (method, change) => addMethod(deps, { ...method, known: live(method.userId) }, change),
    async sendCode(userId, methodId, change) {
      const method = own(userId, methodId);
      if (method.verifiedAt !== null) throw new AppError('CONTACT_METHOD_VERIFIED');
      await save(deps, { ...change, kind: 'contact-method.code-sent', subject: methodId, payload: null }, (trx) =>
        sendCode(deps, trx, method, change.now),
      );
    },
    async confirm(userId, { methodId, code }, change) {
      const method = own(userId, methodId);
      if (method.verifiedAt !== null) return;
      const { now } = change;
      // Under the row's lock, so that tries at one moment count as many; a wrong one is stored before it is refused.
      const right = await inTransaction(deps.db.paging, async (trx) => {
        const tried = tryCode(await lockMethodSecret(trx, methodId), code, now);
        if (tried.kind === 'wrong')
          await updateMethod(trx, { id: methodId, userId, set: { secret: tried.secret } }, now);
        return tried.kind === 'right';
      });
      if (!right) throw new AppError('CODE_INVALID');
      await save(
        deps,
        { ...change, kind: 'contact-method.verified', subject: methodId, payload: null },
        async (trx) => {
          await updateMethod(trx, { id: methodId, userId, set: { verified_at: now, secret: null } }, now);
        },
      );
    },
    async remove(userId, methodId, change) {
      own(userId, methodId);
      await save(deps, { ...change, kind: 'contact-method.removed', subject: methodId, payload: null }, async (trx) => {
        await updateMethod(trx, { id: methodId, userId, set: { disabled_at: change.now, secret: null } }, change.now);
        await deleteRulesOf(trx, methodId);
      });
    },
    async saveRules(userId, rules, change) {
      for (const rule of rules) own(userId, rule.methodId);
      await save(deps, { ...change, kind: 'notification-rules.changed', subject: userId, payload: { rules } }, (trx) =>
        replaceRules(
          trx,
          userId,
          rules.map((rule) => ({ ...rule, id: deps.newId() })),
        ),
      );
    },
    async test(userId, methodId, { now }) {
      const method = own(userId, methodId);
      if (method.verifiedAt === null) throw new AppError('CONTACT_METHOD_UNVERIFIED');
      await inTransaction(deps.db.paging, async (trx) => {
        await deps.guard?.(trx, method, now);
        await queueTest(deps, trx, { method, call: null, now });
      });
      deps.wake();
    },
    endpoints: createEndpoints(deps),
  };
}

async function addMethod(
  deps: ContactsDeps,
  draft: Parameters<Contacts['add']>[0] & { readonly known: readonly StoredMethod[] },
  change: Change,
): Promise<{ readonly method: ContactMethod; readonly secret: string | null }> {
  const way = deps.channels.get(draft.channel);
  if (!way || way.isReady?.() === false) throw new AppError('CHANNEL_NOT_SET_UP', { channel: draft.channel });
  if (draft.known.length >= MOST_METHODS) throw new AppError('CONTACT_METHODS_TOO_MANY', { most: MOST_METHODS });
  const signs = draft.channel === 'webhook';
  const id = deps.newId();
  const secret = signs ? newSecret() : null;
  // A webhook is confirmed by nobody but its owner: what it is sent is signed with a secret that only they were shown.
  const verifiedAt = draft.verified || signs ? change.now : null;
  const { userId, channel, label } = draft;
  const address = way.readAddress ? way.readAddress(draft.address) : draft.address;
  if (address === null) throw new AppError('CONTACT_ADDRESS_INVALID', { channel });
  const shown = way.maskAddress?.(address) ?? address;
  // Sealed twice the same looks different, so the database's own key cannot tell.
  if (draft.known.some((one) => one.channel === channel && one.address === shown))
    throw new AppError('CONTACT_METHOD_EXISTS');
  const method: StoredMethod = {
    id,
    userId,
    channel,
    label,
    address: shown,
    sealedAddress: way.maskAddress ? deps.sealing.seal(address, aboutAddress(id)) : null,
    verifiedAt,
    disabledAt: null,
    secret: secret === null ? null : deps.sealing.seal(secret, aboutMethod(id)),
  };
  await save(
    deps,
    { ...change, kind: 'contact-method.added', subject: id, payload: { userId, channel, label } },
    async (trx) => {
      await insertMethod(trx, method, change.now);
      if (verifiedAt === null) await sendCode(deps, trx, method, change.now);
    },
  );
  return { method, secret };
}

/** The code's hash stands beside its end; the code itself only in the sealed message. */
async function sendCode(deps: ContactsDeps, trx: Trx, method: StoredMethod, now: Instant): Promise<void> {
  await deps.guard?.(trx, method, now);
  const code = newCode(method.channel);
  await updateMethod(trx, { id: method.id, userId: method.userId, set: { secret: codeSecret(code, now) } }, now);
  await queueTest(deps, trx, {
    method,
    call: { kind: 'verify', code: deps.sealing.seal(code, aboutMethod(method.id)).toString('base64') },
    now,
  });
}

async function queueTest(
  deps: ContactsDeps,
  trx: Trx,
  test: { readonly method: StoredMethod; readonly call: StoredReason['call']; readonly now: Instant },
): Promise<void> {
  const { method, call, now } = test;
  const row = {
    id: deps.newId(),
    groupId: null,
    runId: null,
    round: 0,
    step: 0,
    kind: 'test',
    userId: method.userId,
    endpointId: null,
    methodId: method.id,
  } as const;
  const reason: StoredReason = { call, queued: { kind: 'asked' } };
  await insertNotifications(
    trx,
    [{ ...row, channel: method.channel, urgency: 'high', severity: 5, reason, dueAt: now }],
    now,
  );
}

/** Standard Webhooks' form: `whsec_` and base64 of 24 to 64 random bytes. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Writes a change of configuration: effect, audit, hint and version in one transaction. */
async function save(
  deps: ContactsDeps,
  entry: Change & { readonly kind: string; readonly subject: Id; readonly payload: unknown },
  write: (trx: Trx) => Promise<unknown>,
): Promise<void> {
  const version = await inTransaction(deps.db.paging, async (trx) => {
    await write(trx).catch((error) => {
      if (violatedConstraint(error) === 'contact_methods_address_key')
        throw new AppError('CONTACT_METHOD_EXISTS', {}, { cause: error });
      if (violatedConstraint(error) === 'notification_rules_method_key')
        throw new AppError('NOTIFICATION_RULE_TWICE', {}, { cause: error });
      throw error;
    });
    await deps.ports.audit(trx, entry);
    await writeHints(trx, [{ kind: 'config', ref: entry.subject, version: 0 }], entry.now);
    return raiseConfigVersion(trx);
  });
  await deps.config.ensure(version);
  deps.wake();
}

function createEndpoints(deps: ContactsDeps): Endpoints {
  const get = (id: Id): StoredEndpoint => {
    const endpoint = deps.part.current().endpoints.get(id);
    if (!endpoint) throw new AppError('WEBHOOK_ENDPOINT_NOT_FOUND');
    return endpoint;
  };
  const change = ({ actor, now }: Acted) => ({ by: actorRef(actor), now });
  const writable = (id: Id, { actor }: Acted) => demand(actor, 'webhooks:write', { teamId: get(id).teamId });
  return {
    list: () => [...deps.part.current().endpoints.values()],
    get,
    async create(draft, acted) {
      demand(acted.actor, 'webhooks:write', { teamId: draft.teamId });
      const id = deps.newId();
      const secret = newSecret();
      await save(deps, { ...change(acted), kind: 'webhook-endpoint.created', subject: id, payload: draft }, (trx) =>
        insertEndpoint(trx, { ...draft, id, secret: deps.sealing.seal(secret, aboutEndpoint(id)) }, acted.now),
      );
      return { endpoint: get(id), secret };
    },
    async update(id, draft, acted) {
      writable(id, acted);
      demand(acted.actor, 'webhooks:write', { teamId: draft.teamId });
      await save(
        deps,
        { ...change(acted), kind: 'webhook-endpoint.changed', subject: id, payload: draft },
        async (trx) => {
          if (!(await updateEndpoint(trx, { ...draft, id }, acted.now))) throw new AppError('VERSION_CONFLICT');
        },
      );
      return get(id);
    },
    async rotate(id, overlapSeconds, acted) {
      writable(id, acted);
      const secret = newSecret();
      const expiresAt = acted.now.add({ seconds: overlapSeconds });
      await save(
        deps,
        { ...change(acted), kind: 'webhook-endpoint.rotated', subject: id, payload: { overlapSeconds } },
        (trx) => rotateSecret(trx, { id, secret: deps.sealing.seal(secret, aboutEndpoint(id)), expiresAt }, acted.now),
      );
      return { endpoint: get(id), secret };
    },
    async archive(id, acted) {
      writable(id, acted);
      await save(deps, { ...change(acted), kind: 'webhook-endpoint.archived', subject: id, payload: null }, (trx) =>
        archiveEndpoint(trx, id, acted.now),
      );
    },
    async test(id, acted) {
      writable(id, acted);
      const { now } = acted;
      const row = {
        id: deps.newId(),
        groupId: null,
        runId: null,
        round: 0,
        step: 0,
        kind: 'test',
        userId: null,
        endpointId: id,
        methodId: null,
      } as const;
      const reason: StoredReason = { call: null, queued: { kind: 'asked' } };
      await inTransaction(deps.db.paging, (trx) =>
        insertNotifications(
          trx,
          [{ ...row, channel: 'webhook', urgency: 'high', severity: 5, reason, dueAt: now }],
          now,
        ),
      );
      deps.wake();
    },
  };
}
