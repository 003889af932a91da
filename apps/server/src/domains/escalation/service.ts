import { demand } from '#access';
import type { Alerts, DueGroup, PageDecider } from '#alerts';
import { type Clock, later } from '#platform/clock';
import { type ConfigCache, type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import { type Actor, actorRef } from '#platform/http/actor';
import type { NewId } from '#platform/ids';
import {
  type PolicyDraft,
  type PolicyFault,
  type PolicyWarning,
  policyFaults,
  policyWarnings,
} from './check-policy.ts';
import { alarmsOf, cancelOf, factsOf, requestsOf } from './deeds.ts';
import { type Deed, decideEvents, decidePage, type PagePlan, type StoredRun } from './group-decision.ts';
import { happeningsOf, happeningsOfAct } from './happenings.ts';
import type { CallFailed, Facts, Id, Instant, Outcome, Policy, Reason, RunEvent, Snapshot, Target } from './model.ts';
import { duePage, muteFacts } from './due-page.ts';
import type { AuditEntry, EscalationPorts } from './ports.ts';
import { presentAt, targetExists } from './present.ts';
import { isStillWanted } from './responders.ts';
import { readPolicyUses } from './search.ts';
import { type SimulatedMoment, type SimulationRequest, simulate } from './simulate.ts';
import { allTargets, freezePolicy } from './snapshot.ts';
import {
  appendPageEvents,
  archivePolicy,
  type EscalationConfig,
  insertPolicy,
  type LockedPage,
  lockPage,
  readEscalationConfig,
  readLatestRuns,
  readRunIds,
  readRunPhases,
  saveLastResort,
  saveRunAt,
  saveRuns,
  updatePolicy,
} from './store.ts';

/** A decision is made again at most this often when the configuration keeps changing under it. */
const MOST_ATTEMPTS = 20;

/** What escalation needs from outside. */
export interface EscalationDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly ports: EscalationPorts;
  /** Resolves the alerts of a page by hand; a function, since alerts is built with this domain's decider. */
  readonly alerts: () => Pick<Alerts, 'resolveByHand'>;
  /** A run wants to wake at this moment: wakes the loop of groups. */
  readonly wakeGroups: (at: Instant) => void;
  /** Something was queued: wakes the senders. */
  readonly wakeNotifications: () => void;
}

/** What came of a person's act on a page. */
export interface ActResult {
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];
  readonly page: Pick<LockedPage, 'id' | 'number' | 'title' | 'version'>;
  readonly run: StoredRun | null;
}

/** A call of which every method failed. */
export interface FailedCall extends Omit<CallFailed, 'kind'> {
  readonly groupId: Id;
  readonly runId: Id;
}

/** The runs of pages: decided with their alerts, moved by people's acts. */
export interface Escalation extends PageDecider {
  /** Does what a person asked. `event` gets the moment, which is never before the page's last event. Throws PAGE_NOT_FOUND. */
  act(groupId: Id, now: Instant, event: (at: Instant) => RunEvent): Promise<ActResult>;
  /** Resolves the alerts of a page by hand, which ends its run. Returns how many alerts. */
  resolve(groupId: Id, by: Id, now: Instant): Promise<number>;
  /**
   * Notifications says that nobody called under a run's (round, step) could be told. Not inside its own transaction.
   * A report about a run that is no longer the page's newest moves nothing.
   */
  callFailed(call: FailedCall, now: Instant): Promise<ActResult>;
  /** For each page about to be sent, whether its run still wants it. Asked right before the call, outside any lock. */
  stillWanted(
    pages: readonly { readonly runId: Id; readonly reason: { readonly kind: string } }[],
  ): Promise<readonly boolean[]>;
  /** Whom a page opened at this moment would call, moment by moment, by the very functions that page. */
  wouldPage(page: WouldPage): readonly SimulatedMoment[];
  /** The organisation's last resort, as this process decides by it. */
  lastResort(): readonly Target[];
  readonly policies: Policies;
}

/** A page that might be opened. */
export interface WouldPage extends Pick<DueGroup, 'options' | 'serviceId' | 'teamId' | 'severity'> {
  readonly at: Instant;
}

/** Who changes configuration, and when. */
interface Change {
  readonly actor: Actor;
  readonly now: Instant;
}

/**
 * The plans that people edit. Saving throws POLICY_INVALID for faults of shape; everything else is a warning. Writes
 * throw FORBIDDEN unless the actor may write for the team that owns the policy, and for the one that is to own it.
 */
export interface Policies {
  list(): Promise<readonly Policy[]>;
  get(id: Id): Promise<Policy>;
  check(
    draft: PolicyDraft,
    now: Instant,
  ): { readonly faults: readonly PolicyFault[]; readonly warnings: readonly PolicyWarning[] };
  create(draft: PolicyDraft, change: Change): Promise<Policy>;
  /** `version` is the one that was read; VERSION_CONFLICT when it is no longer stored. */
  update(id: Id, draft: PolicyDraft & { readonly version: number }, change: Change): Promise<Policy>;
  archive(id: Id, change: Change): Promise<void>;
  simulate(
    id: Id,
    request: Omit<SimulationRequest, 'snapshot'>,
  ): Promise<{ readonly policy: Policy; readonly moments: readonly SimulatedMoment[] }>;
  lastResort(): Promise<readonly Target[]>;
  lastResortWarnings(now: Instant): readonly PolicyWarning[];
  saveLastResort(targets: readonly Target[], change: Change): Promise<void>;
}

/** Rolls back an act that was decided by an old configuration. */
class ConfigChanged extends Error {}

/** Builds the service and registers its configuration with the cache. */
export function createEscalation(deps: EscalationDeps): Escalation {
  const part: ConfigPart<EscalationConfig> = deps.config.register('escalation', readEscalationConfig);
  return {
    decide: (trx, groups, now) => decide(deps, part.current(), { trx, groups, now }),
    committed: () => deps.wakeNotifications(),
    wouldCall: ({ options, serviceId, teamId, severity }, at) =>
      wouldPage(deps.ports, part.current(), { options, serviceId, teamId, severity, at })[0]?.calls ?? null,
    act: (groupId, now, event) => act(deps, { groupId, runId: null, now, event }),
    callFailed: ({ groupId, runId, round, step, because }, now) =>
      act(deps, { groupId, runId, now, event: () => ({ kind: 'call-failed', round, step, because }) }),
    resolve: (groupId, by, now) =>
      deps
        .alerts()
        .resolveByHand(groupId, `user:${by}`, now, (trx, resolved) =>
          recordResolve(trx, { groupId, by, resolved, now }),
        ),
    async stillWanted(pages) {
      const phases = await readRunPhases(deps.db.paging, [...new Set(pages.map((page) => page.runId))]);
      return pages.map(({ runId, reason }) => {
        const run = phases.get(runId);
        // A run that cannot be found is no reason to be silent.
        return run === undefined || isStillWanted(run, reason);
      });
    },
    wouldPage: (page) => wouldPage(deps.ports, part.current(), page),
    lastResort: () => part.current().lastResort,
    policies: createPolicies(deps, part),
  };
}

function recordResolve(
  trx: Trx,
  { groupId, by, resolved, now }: { groupId: Id; by: Id; resolved: number; now: Instant },
): Promise<void> {
  return appendPageEvents(
    trx,
    [{ groupId, runId: null, entry: { kind: 'resolved-by-hand', payload: { by, resolved } } }],
    now,
  );
}

/**
 * Decides the runs of locked groups: one query for the runs, everything else from memory, then a constant number of
 * statements for all of them. Never throws for one group's data, so that a poisoned page does not silence its neighbours.
 */
async function decide(
  deps: EscalationDeps,
  config: EscalationConfig,
  { trx, groups, now }: { readonly trx: Trx; readonly groups: readonly DueGroup[]; readonly now: Instant },
): Promise<ReadonlyMap<Id, Instant | null>> {
  const latest = await readLatestRuns(
    trx,
    groups.map((group) => group.id),
  );
  const frozen = new Map(groups.map((group) => [group.id, freezeFor(deps.ports, config, group)]));
  const runs = [...latest.values()];
  const facts = presentAt(deps.ports, now, {
    targets: [...runs.map((stored) => stored.run.snapshot), ...frozen.values()].flatMap(allTargets),
    people: runs.flatMap(({ run }) => (run.holderId === null ? [] : [run.holderId])),
  });
  const plans = groups.map((group) => {
    const context = {
      latest: latest.get(group.id) ?? null,
      facts: { ...facts, now: later(now, group.lastEventAt) },
      configVersion: deps.config.version(),
      newId: deps.newId,
      freeze: () => frozen.get(group.id) as Snapshot,
    };
    return { groupId: group.id, version: group.version + 1, plan: decidePage(duePage(group), context) };
  });
  await perform(deps, trx, { plans: plans.map(({ plan }) => plan), now });
  await appendPageEvents(trx, groups.flatMap(muteFacts), now);
  await deps.ports.followers.happened(
    trx,
    plans.flatMap(({ plan }, i) => happeningsOf(groups[i] as DueGroup, plan.deeds)),
    now,
  );
  await writeHints(
    trx,
    plans.map(({ groupId, version }) => ({ kind: 'page', ref: groupId, version })),
    now,
  );
  return new Map(plans.map(({ groupId, plan }) => [groupId, plan.runAt]));
}

/** The policy that a page would run by now: the route's, else its owner's; without one only the last resort remains. */
function freezeFor(
  ports: EscalationPorts,
  config: EscalationConfig,
  group: Pick<DueGroup, 'options' | 'serviceId' | 'teamId'>,
): Snapshot {
  const named = group.options.policy;
  const policyId =
    named?.kind === 'policy' ? named.id : named?.kind === 'service-owner' ? ports.owners.policyOf(group) : null;
  return freezePolicy((policyId === null ? undefined : config.policies.get(policyId)) ?? null, config.lastResort);
}

function wouldPage(ports: EscalationPorts, config: EscalationConfig, page: WouldPage): readonly SimulatedMoment[] {
  if (page.options.mode !== 'page') return [];
  const snapshot = freezeFor(ports, config, page);
  const factsAt = (at: Instant) => presentAt(ports, at, { targets: allTargets(snapshot), people: [] });
  return simulate({ at: page.at, urgency: page.options.urgency, severity: page.severity, snapshot }, factsAt);
}

/** Does what was decided, in the caller's transaction: runs first, then cancels before calls. */
async function perform(
  deps: EscalationDeps,
  trx: Trx,
  { plans, now }: { readonly plans: readonly PagePlan[]; readonly now: Instant },
): Promise<void> {
  const deeds = plans.flatMap((plan) => plan.deeds);
  const { pager } = deps.ports;
  await saveRuns(
    trx,
    plans.flatMap((plan) => plan.saved),
  );
  await appendPageEvents(trx, deeds.flatMap(factsOf), now);
  await cancelQueued(deps, trx, { deeds, now });
  const calls = deeds.flatMap(requestsOf);
  if (calls.length > 0) await pager.queuePages(trx, calls, now);
  for (const { action, groupId, runId, severity, urgency } of deeds) {
    if (action.kind !== 'tell-update') continue;
    await pager.queueUpdate(
      trx,
      { groupId, runId, userId: action.userId, severity, urgency, reason: { kind: 'alerts-joined' } },
      now,
    );
  }
  const resolved = deeds
    .filter(({ action }) => action.kind === 'tell-resolved')
    .map(({ groupId, runId }) => ({ groupId, runId }));
  if (resolved.length > 0) {
    await pager.queueResolved(trx, resolved, now);
    await pager.killTokens(trx, [...new Set(resolved.map(({ groupId }) => groupId))], now);
  }
  const alarms = deeds.flatMap(alarmsOf);
  if (alarms.length > 0) await pager.raiseAlarms(trx, alarms, now);
}

/** Cancels over all runs of a page: a responder's page may still be queued by the run that a newer one replaced. */
async function cancelQueued(
  deps: EscalationDeps,
  trx: Trx,
  { deeds, now }: { readonly deeds: readonly Deed[]; readonly now: Instant },
): Promise<void> {
  const cancels = deeds.flatMap(cancelOf);
  if (cancels.length === 0) return;
  const runIds = await readRunIds(trx, [...new Set(cancels.map((cancel) => cancel.groupId))]);
  for (const [reason, ofReason] of Map.groupBy(cancels, (cancel) => cancel.reason)) {
    const ids = ofReason.flatMap(({ groupId }) => runIds.get(groupId) ?? []);
    if (ids.length > 0) await deps.ports.pager.cancelForRuns(trx, ids, reason, now);
  }
}

interface Act {
  readonly groupId: Id;
  /** The run that the act is about; null: whichever is the page's newest. */
  readonly runId: Id | null;
  readonly now: Instant;
  readonly event: (at: Instant) => RunEvent;
}

async function act(deps: EscalationDeps, input: Act): Promise<ActResult> {
  for (let attempt = 1; ; attempt += 1) {
    await deps.config.refresh();
    try {
      const result = await inTransaction(deps.db.paging, (trx) => actOnce(deps, trx, input));
      deps.wakeNotifications();
      const wakeAt = result.run?.run.wakeAt ?? null;
      if (wakeAt !== null) deps.wakeGroups(wakeAt);
      return result;
    } catch (error) {
      if (!(error instanceof ConfigChanged) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

async function actOnce(
  deps: EscalationDeps,
  trx: Trx,
  { groupId, runId, now, event: eventAt }: Act,
): Promise<ActResult> {
  const page = await lockPage(trx, groupId);
  if (page === null) throw new AppError('PAGE_NOT_FOUND');
  if (page.configVersion !== deps.config.version()) throw new ConfigChanged();
  const latest = (await readLatestRuns(trx, [groupId])).get(groupId) ?? null;
  if (runId !== null && latest?.id !== runId)
    return { outcome: 'unchanged', reasons: [{ kind: 'call-is-over' }], page, run: latest };
  const at = later(now, page.lastEventAt);
  const event = eventAt(at);
  const facts = factsOfAct(deps.ports, at, { latest, event });
  const freeze = () => latest?.run.snapshot ?? freezePolicy(null, []);
  const context = { latest, facts, configVersion: page.configVersion, newId: deps.newId, freeze };
  const plan = decideEvents({ id: groupId }, [event], context);
  if (plan.saved.length === 0)
    return { outcome: plan.refused ? 'refused' : 'unchanged', reasons: plan.reasons, page, run: latest };
  await perform(deps, trx, { plans: [plan], now: at });
  const version = await saveRunAt(trx, groupId, plan.runAt, at);
  await deps.ports.followers.happened(trx, happeningsOfAct(plan.deeds), at);
  await writeHints(trx, [{ kind: 'page', ref: groupId, version }], at);
  return { outcome: 'changed', reasons: plan.reasons, page: { ...page, version }, run: plan.saved.at(-1) ?? latest };
}

function factsOfAct(
  ports: EscalationPorts,
  at: Instant,
  { latest, event }: { readonly latest: StoredRun | null; readonly event: RunEvent },
): Facts {
  const targets: readonly Target[] = latest === null ? [] : allTargets(latest.run.snapshot);
  const people = [
    latest?.run.holderId,
    event.kind === 'reassign' ? event.to : null,
    event.kind === 'add-responder' ? event.user : null,
  ];
  return presentAt(ports, at, { targets, people: people.filter((id) => typeof id === 'string') });
}

function createPolicies(deps: EscalationDeps, part: ConfigPart<EscalationConfig>): Policies {
  const { db, config, ports } = deps;
  const fresh = async () => {
    await config.refresh();
    return part.current();
  };
  const get = async (id: Id) => {
    const policy = (await fresh()).policies.get(id);
    if (policy === undefined) throw new AppError('POLICY_NOT_FOUND');
    return policy;
  };
  return {
    list: async () => [...(await fresh()).policies.values()],
    get,
    check: (draft, now) => ({
      faults: faultsOf(deps, draft, now),
      warnings: warningsOf(deps, part.current(), draft, now),
    }),
    async create(draft, change) {
      demand(change.actor, 'policies:write', { teamId: draft.teamId });
      refuseFaults('POLICY_INVALID', faultsOf(deps, draft, change.now));
      const policy: Policy = { ...draft, id: deps.newId(), version: 1 };
      await changeConfig({ ...change, kind: 'policy.created', subject: policy.id, payload: draft }, (trx) =>
        insertPolicy(trx, policy, change.now),
      );
      return policy;
    },
    async update(id, draft, change) {
      demand(change.actor, 'policies:write', { teamId: (await get(id)).teamId });
      demand(change.actor, 'policies:write', { teamId: draft.teamId });
      refuseFaults('POLICY_INVALID', faultsOf(deps, draft, change.now));
      const policy: Policy = { ...draft, id };
      await changeConfig({ ...change, kind: 'policy.changed', subject: id, payload: draft }, async (trx) => {
        if (!(await updatePolicy(trx, policy, change.now))) throw new AppError('VERSION_CONFLICT');
      });
      return { ...policy, version: policy.version + 1 };
    },
    async archive(id, change) {
      demand(change.actor, 'policies:write', { teamId: (await get(id)).teamId });
      await changeConfig({ ...change, kind: 'policy.archived', subject: id, payload: {} }, async (trx) => {
        const uses = await readPolicyUses(trx, id);
        if (uses.length > 0)
          throw new AppError('POLICY_IN_USE', { uses: uses.map((use) => `${use.kind} ${use.name}`).join(', ') });
        if (!(await archivePolicy(trx, id, change.now))) throw new AppError('POLICY_NOT_FOUND');
      });
    },
    async simulate(id, request) {
      const policy = await get(id);
      const snapshot = freezePolicy(policy, part.current().lastResort);
      const factsAt = (at: Instant) => presentAt(ports, at, { targets: allTargets(snapshot), people: [] });
      return { policy, moments: simulate({ ...request, snapshot }, factsAt) };
    },
    lastResort: async () => (await fresh()).lastResort,
    lastResortWarnings: (now) =>
      warningsOf(deps, part.current(), { steps: [] }, now).filter(
        ({ kind }) => kind === 'last-resort-reaches-no-person',
      ),
    async saveLastResort(targets, change) {
      demand(change.actor, 'settings:write');
      const faults = targets.flatMap((target, index) =>
        targetExists(ports, target, change.now)
          ? []
          : [{ path: `targets.${index}`, message: `there is no such ${target.kind}` }],
      );
      refuseFaults('LAST_RESORT_INVALID', faults);
      await changeConfig({ ...change, kind: 'last-resort.changed', subject: null, payload: { targets } }, (trx) =>
        saveLastResort(trx, targets, change.now),
      );
    },
  };

  async function changeConfig(
    { actor, ...entry }: Change & Omit<AuditEntry, 'by' | 'now'>,
    write: (trx: Trx) => Promise<void>,
  ): Promise<void> {
    await inTransaction(db.paging, async (trx) => {
      await write(trx);
      await ports.audit.record(trx, { ...entry, by: actorRef(actor) });
      await writeHints(
        trx,
        [{ kind: 'config', ref: entry.subject, version: await raiseConfigVersion(trx) }],
        entry.now,
      );
    });
    await config.refresh();
  }
}

function faultsOf({ ports }: EscalationDeps, draft: PolicyDraft, now: Instant): readonly PolicyFault[] {
  return policyFaults(draft, (target) => targetExists(ports, target, now));
}

function warningsOf(
  { ports }: EscalationDeps,
  { lastResort }: EscalationConfig,
  draft: Pick<PolicyDraft, 'steps'>,
  now: Instant,
): readonly PolicyWarning[] {
  const targets = [...draft.steps.flatMap((step) => step.targets), ...lastResort];
  return policyWarnings({ steps: draft.steps, lastResort }, 'high', presentAt(ports, now, { targets, people: [] }));
}

function refuseFaults(code: 'POLICY_INVALID' | 'LAST_RESORT_INVALID', faults: readonly PolicyFault[]): void {
  if (faults.length > 0) throw new AppError(code, { faults });
}
