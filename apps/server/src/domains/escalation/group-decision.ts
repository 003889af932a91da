import { isHoldStanding } from './acknowledge.ts';
import { decideRun } from './decide-run.ts';
import type {
  Action,
  Facts,
  Id,
  Instant,
  Reason,
  Run,
  RunEvent,
  Severity,
  Snapshot,
  StartReason,
  Urgency,
} from './model.ts';
import { isLive } from './model.ts';
import { notAfter } from './snapshot.ts';

/** A run with its identity, as stored. */
export interface StoredRun {
  readonly id: Id;
  readonly groupId: Id;
  /** The configuration by which it was last decided. */
  readonly configVersion: number;
  readonly run: Run;
}

/** What the flush of a page's alerts found; null when only the run's wake-up is due. */
export interface PageChange {
  readonly cause: 'opened' | 'joined' | 'refired' | 'all-resolved' | 'closed' | 'nothing';
  readonly newKinds: readonly string[];
  readonly severityRaisedTo: Severity | null;
  readonly firing: number;
}

/** A locked page as its run is decided by. */
export interface DuePage {
  readonly id: Id;
  readonly pages: boolean;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly change: PageChange | null;
  readonly runAt: Instant | null;
  /** When it is asked again whether every firing alert of it is still muted; null: it may call. */
  readonly mutedUntil?: Instant | null;
}

/** What one page's decision comes to: runs to save (ended ones first), what to do for which run, the next wake-up. */
export interface PagePlan {
  readonly saved: readonly (StoredRun & { readonly isNew: boolean })[];
  readonly deeds: readonly Deed[];
  readonly runAt: Instant | null;
  readonly reasons: readonly Reason[];
  /** A person's wish was refused; nothing is saved. */
  readonly refused: boolean;
}

/** An action with the run, page, severity and urgency it belongs to. */
export interface Deed {
  readonly runId: Id;
  readonly groupId: Id;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly action: Action;
}

/** What a decision on a page needs beside the page: its latest run, the present, ids, and the policy frozen now. */
export interface PageContext {
  readonly latest: StoredRun | null;
  readonly facts: Facts;
  readonly configVersion: number;
  readonly newId: () => Id;
  readonly freeze: () => Snapshot;
}

/**
 * What the flush of a page means for its run. Alerts that join a page whose run a person ended call nobody unless they
 * are new (a first of their kind, a higher severity): the person's hand counts, and the run's end reason says so.
 */
function eventsOf(
  page: DuePage,
  latest: Run | null,
  context: Pick<PageContext, 'freeze' | 'facts'>,
): readonly RunEvent[] {
  const events: RunEvent[] = [];
  const live = latest !== null && isLive(latest);
  const change = page.change;
  // What is muted calls nobody, and nobody goes on being called for it.
  if (page.mutedUntil) return live ? [{ kind: 'muted' }] : [];
  if (change !== null && change.cause !== 'nothing') {
    if (change.firing === 0) events.push({ kind: 'all-resolved' });
    else if (live) {
      const { newKinds, severityRaisedTo, firing } = change;
      events.push({ kind: 'alerts-joined', newKinds, severityRaisedTo, count: firing, urgency: page.urgency });
    } else if (page.pages)
      events.push(...beginOf(page, change, { latest, freeze: context.freeze, facts: context.facts }));
  }
  const due = page.runAt === null || notAfter(page.runAt, context.facts.now);
  if (live && due) events.push({ kind: 'wake' });
  return events;
}

function beginOf(
  page: DuePage,
  change: PageChange,
  { latest, freeze, facts }: Pick<PageContext, 'freeze' | 'facts'> & { readonly latest: Run | null },
): readonly RunEvent[] {
  const endedByHand = latest?.endReason?.kind === 'ended-by-hand' || latest?.endReason?.kind === 'resolved-by-hand';
  const fresh = newness(change);
  if (endedByHand && change.cause === 'joined' && fresh === null) return [];
  const knows = latest !== null && (endedByHand || isHoldStanding(latest, facts.now));
  const why = (knows && change.cause !== 'opened' ? fresh : null) ?? { kind: 'route-pages' };
  const firstTarget = why.kind === 'route-pages' ? null : (latest?.holderId ?? null);
  return [{ kind: 'begin', snapshot: freeze(), urgency: page.urgency, severity: page.severity, firstTarget, why }];
}

function newness(change: PageChange): StartReason | null {
  if (change.severityRaisedTo !== null) return { kind: 'severity-raised', to: change.severityRaisedTo };
  return change.newKinds.length > 0 ? { kind: 'new-kind', kinds: change.newKinds } : null;
}

/**
 * Decides a page: each event in turn, a superseded run followed at once by its successor. A muted page has no run; it
 * wakes when that is asked again.
 */
export function decidePage(page: DuePage, context: PageContext): PagePlan {
  const plan = decideEvents(page, eventsOf(page, context.latest?.run ?? null, context), context);
  return page.mutedUntil ? { ...plan, runAt: page.mutedUntil } : plan;
}

/** Decides given events (a person's act) on a page. */
export function decideEvents(page: Pick<DuePage, 'id'>, events: readonly RunEvent[], context: PageContext): PagePlan {
  let current = context.latest;
  const saved = new Map<Id, StoredRun & { readonly isNew: boolean }>();
  const deeds: Deed[] = [];
  const reasons: Reason[] = [];
  const queue = [...events];
  let refused = false;
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    const decision = decideRun(current?.run ?? null, event, context.facts);
    reasons.push(...decision.reasons);
    refused ||= decision.outcome === 'refused';
    if (decision.outcome !== 'changed' || decision.run === null) continue;
    const run = decision.run;
    const isNew = event.kind === 'begin';
    const id: Id = isNew || current === null ? context.newId() : current.id;
    current = { id, groupId: page.id, configVersion: context.configVersion, run };
    saved.set(id, { ...current, isNew: isNew || (saved.get(id)?.isNew ?? false) });
    for (const action of decision.actions) {
      deeds.push({ runId: id, groupId: page.id, urgency: run.urgency, severity: run.severity, action });
      if (action.kind === 'start-new-run') queue.unshift({ ...action, kind: 'begin', snapshot: context.freeze() });
    }
  }
  return {
    saved: [...saved.values()],
    deeds,
    reasons,
    refused,
    runAt: current !== null && isLive(current.run) ? current.run.wakeAt : null,
  };
}
