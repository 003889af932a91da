import { parseRfc3339 } from '#platform/clock';
import { isObject, readObject, textOf as textOfValue } from '../json-object.ts';
import { type FieldReader, LIMITS, readBody, type Refusal, responderOf, tagOf } from './opsgenie-body.ts';
import type { OpsgenieFields } from './opsgenie-text.ts';

/** Whom `assign` names: by our id or by the address of their account. */
export interface OwnerName {
  readonly id: string | null;
  readonly username: string | null;
}

/** What an act does besides leaving its note. */
export type OpsgenieDeed =
  | { readonly kind: 'acknowledge' | 'unacknowledge' | 'escalate' | 'close' | 'delete' | 'nothing' }
  | { readonly kind: 'snooze'; readonly until: Temporal.Instant }
  | { readonly kind: 'assign'; readonly owner: OwnerName }
  | {
      readonly kind: 'respond';
      /** Who is to be called; null when it is a team, a schedule or an escalation. */
      readonly person: OwnerName | null;
      readonly noted: Extract<OpsgenieDeed, { kind: 'edit' }>;
    }
  | {
      readonly kind: 'edit';
      readonly fields: readonly string[];
      readonly edit: (fields: OpsgenieFields) => OpsgenieFields;
    };

/** An act on an alert as its request asks for it. */
export interface OpsgenieAct {
  readonly deed: OpsgenieDeed;
  readonly note: string | null;
  /** Who does it, as people read it; null when the request names nobody. */
  readonly user: string | null;
}

/** One act of the protocol: where it stands, and how it is called in the status of its request. */
export interface OpsgenieActKind {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Behind `/v2/alerts/<identifier>`. */
  readonly path: string;
  readonly action: string;
  /** The status of a request that was carried out. */
  readonly done: string;
  readonly read: (field: FieldReader, request: ActRequest) => OpsgenieDeed;
}

/** What an act is read from besides its body. */
export interface ActRequest {
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
}

const plain = (kind: 'acknowledge' | 'unacknowledge' | 'escalate' | 'close' | 'delete' | 'nothing') => () => ({ kind });
const post = (path: string, action: string, done: string, read: OpsgenieActKind['read']): OpsgenieActKind => ({
  method: 'POST',
  path,
  action,
  done,
  read,
});

/** Every act on an alert. */
export const opsgenieActs: readonly OpsgenieActKind[] = [
  post('/acknowledge', 'Acknowledge', 'Acknowledged alert', plain('acknowledge')),
  post('/unacknowledge', 'UnAcknowledge', 'Unacknowledged alert', plain('unacknowledge')),
  post('/close', 'Close', 'Closed alert', plain('close')),
  post('/escalate', 'EscalateToNext', 'Escalated alert', plain('escalate')),
  post('/notes', 'AddNote', 'Added note', (field) => {
    if (field.text('note', LIMITS.note) === null) field.refuse('note', 'Note can not be empty.', null);
    return { kind: 'nothing' };
  }),
  post('/snooze', 'Snooze', 'Snoozed alert', readSnooze),
  post('/assign', 'Assign', 'Assigned alert', readOwner),
  post('/actions/:name', 'CustomAction', 'Noted custom action', plain('nothing')),
  post('/teams', 'AddTeam', 'Added team', (field) => addResponder(field, 'team')),
  post('/responders', 'AddResponder', 'Added responder', (field) => addResponder(field, 'responder')),
  post('/tags', 'AddTags', 'Added tags', (field) => {
    const tags = field.list('tags', LIMITS.tags).map(tagOf);
    if (tags.length === 0) field.refuse('tags', 'Tags can not be empty.', null);
    return edit('tags', (had) => ({ ...had, tags: [...new Set([...had.tags, ...tags])].slice(0, LIMITS.tags) }));
  }),
  {
    method: 'DELETE',
    path: '/tags',
    action: 'RemoveTags',
    done: 'Removed tags',
    read(field, { query }) {
      const tags = new Set(namesIn(query, 'tags', field).map(tagOf));
      return edit('tags', (had) => ({ ...had, tags: had.tags.filter((tag) => !tags.has(tag)) }));
    },
  },
  post('/details', 'AddDetails', 'Added details', (field) => {
    const details = field.details();
    if (Object.keys(details).length === 0) field.refuse('details', 'Details can not be empty.', null);
    return edit('details', (had) => ({ ...had, details: merged(had.details, details) }));
  }),
  {
    method: 'DELETE',
    path: '/details',
    action: 'RemoveDetails',
    done: 'Removed details',
    read(field, { query }) {
      const keys = new Set(namesIn(query, 'keys', field));
      const kept = ([key]: readonly [string, string]) => !keys.has(key);
      return edit('details', (had) => ({ ...had, details: ofEntries(Object.entries(had.details).filter(kept)) }));
    },
  },
  {
    method: 'PUT',
    path: '/priority',
    action: 'UpdatePriority',
    done: 'Updated priority',
    read(field) {
      const priority = field.priority() ?? field.refuse('priority', 'should be one of [ P1, P2, P3, P4, P5 ]', null);
      return edit('priority', (had) => ({ ...had, priority }));
    },
  },
  {
    method: 'PUT',
    path: '/message',
    action: 'UpdateMessage',
    done: 'Updated message',
    read(field) {
      const message = field.text('message', LIMITS.message);
      if (message === null) field.refuse('message', 'Message can not be empty.', null);
      return edit('message', (had) => ({ ...had, message: message ?? had.message }));
    },
  },
  {
    method: 'PUT',
    path: '/description',
    action: 'UpdateDescription',
    done: 'Updated description',
    read(field) {
      const description = field.text('description', LIMITS.description) ?? '';
      return edit('description', (had) => ({ ...had, description }));
    },
  },
  { method: 'DELETE', path: '', action: 'Delete', done: 'Deleted alert', read: plain('delete') },
];

/** Reads the request of an act. Who does it stands in the body, or in the query where a DELETE has no body. */
export function readAct(kind: OpsgenieActKind, body: Buffer, request: ActRequest): OpsgenieAct | Refusal {
  const read = readBody(readObject(body, 'allowed'));
  if (!read.ok) return read;
  const { field } = read;
  const deed = kind.read(field, request);
  const note = field.text('note', LIMITS.note) ?? inQuery(request.query, 'note', LIMITS.note);
  const user = field.text('user', LIMITS.user) ?? inQuery(request.query, 'user', LIMITS.user);
  return field.refusal() ?? { deed, note: note ?? customActionOf(kind, request), user };
}

function edit(
  field: string,
  change: (fields: OpsgenieFields) => OpsgenieFields,
): Extract<OpsgenieDeed, { kind: 'edit' }> {
  return { kind: 'edit', fields: [field], edit: change };
}

function readSnooze(field: FieldReader): OpsgenieDeed {
  const ms = parseRfc3339(withZone(field.text('endTime', 64) ?? ''));
  if (Number.isNaN(ms)) return field.refuse('endTime', 'should be a time in ISO 8601', { kind: 'nothing' });
  return { kind: 'snooze', until: Temporal.Instant.fromEpochMilliseconds(ms) };
}

/** ISO 8601 allows what RFC 3339 does not: no zone (read as UTC), no seconds, an offset without colon. */
function withZone(text: string): string {
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(text) ? text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : `${text}Z`;
  return zoned.replace(/^(\d{4}-\d\d-\d\d[tT ]\d\d:\d\d)(?=[zZ+-])/, '$1:00');
}

function readOwner(field: FieldReader): OpsgenieDeed {
  const owner = field.raw('owner');
  const named = isObject(owner) ? owner : {};
  const part = (name: string) =>
    Object.hasOwn(named, name) ? textOfValue(named[name])?.trim().slice(0, 320) || null : null;
  const id = part('id');
  const username = part('username') ?? part('name');
  if (id === null && username === null)
    return field.refuse('owner', 'Owner should have an id or a username', { kind: 'nothing' });
  return { kind: 'assign', owner: { id, username } };
}

function addResponder(field: FieldReader, name: 'team' | 'responder'): OpsgenieDeed {
  const value = field.raw(name);
  const responder = name === 'team' && isObject(value) ? responderOf({ ...value, type: 'team' }) : responderOf(value);
  if (!responder) return field.refuse(name, 'should name a team, user, escalation or schedule', { kind: 'nothing' });
  const named = responder.startsWith('user:') ? responder.slice('user:'.length) : null;
  const noted = edit('responders', (had) => ({
    ...had,
    responders: [...new Set([...had.responders, responder])].slice(0, LIMITS.responders),
  }));
  return { kind: 'respond', person: named === null ? null : { id: named, username: named }, noted };
}

/** Names separated by commas in the query; the body's list of the same name is taken too. */
function namesIn(query: URLSearchParams, name: string, field: FieldReader): readonly string[] {
  const names = query
    .getAll(name)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const all = names.length > 0 ? names : field.list(name, 100);
  return all.length > 0 ? all.slice(0, 100) : field.refuse(name, `${name} can not be empty.`, []);
}

function inQuery(query: URLSearchParams, name: string, most: number): string | null {
  return query.get(name)?.trim().slice(0, most).toWellFormed() || null;
}

/** Custom actions do nothing here; that one was asked for is noted. */
function customActionOf({ action }: OpsgenieActKind, { params }: ActRequest): string | null {
  return action === 'CustomAction'
    ? `Custom action “${(params['name'] ?? '').slice(0, LIMITS.action)}” was asked for.`
    : null;
}

const merged = (had: OpsgenieFields['details'], added: OpsgenieFields['details']) =>
  ofEntries([...Object.entries(had), ...Object.entries(added)]);

/** `Object.fromEntries` over no prototype: a detail may be called anything. */
function ofEntries(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const details: Record<string, string> = Object.create(null);
  for (const [key, value] of entries) details[key] = value;
  return details;
}
