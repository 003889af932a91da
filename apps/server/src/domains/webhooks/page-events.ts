import type { PageHappening } from '#escalation';
import type { Agent, EventType, Id, Instant, NewEvent, PersonRef, Severity } from './model.ts';

/** A page as it is stored when something happens to it. */
export interface StoredPage {
  readonly id: Id;
  readonly number: number;
  readonly title: string;
  readonly severity: Severity;
  readonly open: boolean;
  readonly firing: number;
  readonly mode: string;
  readonly urgency: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly service: { readonly id: Id; readonly key: string; readonly name: string } | null;
  readonly team: { readonly id: Id; readonly key: string; readonly name: string } | null;
  readonly openedAt: Instant;
  /** Phase of its newest run; null: nobody was ever called. */
  readonly phase: string | null;
  readonly holderId: Id | null;
  readonly quietUntil: Instant | null;
  /** Who resolved its newest resolved alert, as stored: `source`, `expiry`, `user:<id>`, `system:<name>`. */
  readonly resolvedBy: string | null;
}

/** A label's value is cut here: an event is to stay small whatever a source puts into its labels. */
const LONGEST_VALUE = 1_000;
/** People named in one event. */
const MOST_PEOPLE = 50;

const person = (id: unknown): PersonRef | null => (typeof id === 'string' ? { $person: id } : null);

/** What one happening is told as: the type, who did it, what changed. Null: nothing that is told. */
interface Told {
  readonly type: EventType;
  readonly agent: Agent;
  readonly change: Readonly<Record<string, unknown>>;
}

/**
 * The events of what happened to pages in one transaction, in order. All of them show the page as it stands after it.
 * A happening of a page that cannot be found tells nothing.
 */
export function eventsOf(
  happenings: readonly PageHappening[],
  pages: ReadonlyMap<Id, StoredPage>,
  now: Instant,
): readonly NewEvent[] {
  return [...Map.groupBy(happenings, (one) => one.groupId)].flatMap(([id, own]) => {
    const page = pages.get(id);
    if (page === undefined) return [];
    const acted = actorOf(own);
    const closed = own.some((one) => one.fact.kind === 'closed');
    return own.flatMap((one) => {
      const told = tell(one.fact, { page, acted });
      if (told === null) return [];
      const { type, agent, change } = told;
      const data = { page: shown(page, one.standing, closed), change };
      return [{ type, agent, data, at: now, pageId: id, teamId: page.team?.id ?? null }];
    });
  });
}

/** Whose act this transaction is; Tocsin's own when it is nobody's. */
function actorOf(own: readonly PageHappening[]): Agent {
  const payload = own.find(({ fact }) => typeof fact.payload['by'] === 'string')?.fact.payload;
  if (payload === undefined) return { type: 'system' };
  const { by: id, sender } = payload as { readonly by: Id; readonly sender?: string };
  return sender === undefined ? { type: 'user', id } : { type: 'integration', id, name: sender };
}

function tell(fact: PageHappening['fact'], context: { readonly page: StoredPage; readonly acted: Agent }): Told | null {
  const { kind, payload } = fact;
  const { acted } = context;
  const source: Agent = { type: 'source' };
  switch (kind) {
    case 'opened':
      return { type: 'page.opened', agent: source, change: { kind } };
    case 'joined':
    case 'refired': {
      const { newKinds, severityRaisedTo } = payload;
      return { type: 'page.updated', agent: source, change: { kind, newKinds, severityRaisedTo } };
    }
    case 'all-resolved':
      return { type: 'page.resolved', agent: resolver(context.page.resolvedBy), change: { kind: 'resolved' } };
    case 'closed':
      return { type: 'page.closed', agent: { type: 'system' }, change: { kind } };
    case 'acknowledged':
      return {
        type: 'page.acknowledged',
        agent: acted,
        change: { kind, until: payload['quietUntil'] },
      };
    case 'hold-kept':
      return {
        type: payload['acknowledgedBy'] === null ? 'page.snoozed' : 'page.acknowledged',
        agent: { type: 'system' },
        change: { kind, until: payload['until'] },
      };
    case 'unacknowledged':
    case 'acknowledgement-expired':
    case 'snooze-ended':
      return {
        type: 'page.unacknowledged',
        agent: acted,
        change: { kind, wasHeldBy: person(payload['wasHeldBy'] ?? payload['holder']) },
      };
    case 'snoozed':
      return { type: 'page.snoozed', agent: acted, change: { kind, until: payload['until'] } };
    case 'reassigned':
      return {
        type: 'page.reassigned',
        agent: acted,
        change: { kind, to: person(payload['to']), wasHeldBy: person(payload['wasHeldBy']) },
      };
    case 'called':
      return escalated(payload, acted);
    case 'helper-joined':
      return {
        type: 'page.updated',
        agent: agentOf(payload['helper']),
        change: { kind, who: person(payload['helper']) },
      };
    case 'responder-added':
      return { type: 'page.updated', agent: acted, change: { kind, who: person(payload['user']) } };
    case 'nobody-reached':
      return { type: 'page.updated', agent: { type: 'system' }, change: { kind, alarm: payload['alarm'] } };
    case 'run-ended':
      return ended(payload, acted);
    case 'run-started':
    case 'target-skipped':
    case 'step-skipped':
    case 'round-started':
    case 'woken-late':
    case 'escalated-by-hand':
    case 'alerts-joined':
    case 'call-failed':
    case 'resolved-by-hand':
    case 'noted':
      return null;
  }
}

/** A call beyond the first of a page. Those outside the plan have events of their own. */
function escalated(payload: PageHappening['fact']['payload'], agent: Agent): Told | null {
  const { round, step, users, endpoints, reason } = payload as {
    readonly round: number;
    readonly step: number;
    readonly users: readonly { readonly userId: Id }[];
    readonly endpoints: readonly Id[];
    readonly reason: { readonly kind: string };
  };
  const isPlanned = ['policy-step', 'last-resort', 'repeat'].includes(reason.kind);
  const isFirst = reason.kind === 'policy-step' && round === 0 && step === 0;
  if (!isPlanned || isFirst) return null;
  return {
    type: 'page.escalated',
    agent,
    change: {
      kind: reason.kind,
      round,
      step,
      called: users.slice(0, MOST_PEOPLE).map(({ userId }) => person(userId)),
      endpoints: endpoints.slice(0, MOST_PEOPLE),
    },
  };
}

/** The end of a run that neither its alerts nor a successor brought about. */
function ended(payload: PageHappening['fact']['payload'], agent: Agent): Told | null {
  const why = payload['why'] as { readonly kind: string; readonly by?: Id };
  if (why.kind !== 'ended-by-hand' && why.kind !== 'muted') return null;
  return { type: 'page.updated', agent: why.by ? { type: 'user', id: why.by } : agent, change: { kind: why.kind } };
}

const agentOf = (id: unknown): Agent => (typeof id === 'string' ? { type: 'user', id } : { type: 'system' });

function resolver(by: string | null): Agent {
  if (by === 'source') return { type: 'source' };
  return by?.startsWith('user:') ? { type: 'user', id: by.slice('user:'.length) } : { type: 'system' };
}

/** Where a page stands, in the words of the API, and `closed` once it takes no more alerts. */
function stateOf(page: StoredPage, firing: number, closed: boolean): string {
  if (closed || !page.open) return 'closed';
  if (firing === 0) return 'resolved';
  return page.phase === 'acknowledged' || page.phase === 'snoozed' ? page.phase : 'firing';
}

function shown(
  page: StoredPage,
  standing: PageHappening['standing'],
  closed: boolean,
): Readonly<Record<string, unknown>> {
  const { severity, firing } = standing ?? page;
  const state = stateOf(page, firing, closed);
  const held = state === 'acknowledged' || state === 'snoozed';
  return {
    id: page.id,
    number: page.number,
    title: page.title,
    severity,
    state,
    firing,
    mode: page.mode,
    urgency: page.urgency,
    labels: Object.fromEntries(
      Object.entries(page.labels).map(([name, value]) => [name, String(value).slice(0, LONGEST_VALUE)]),
    ),
    service: page.service,
    team: page.team,
    openedAt: page.openedAt.toString(),
    holder: held ? person(page.holderId) : null,
    quietUntil: held ? (page.quietUntil?.toString() ?? null) : null,
  };
}
