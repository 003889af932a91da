import type { Deed } from './group-decision.ts';
import type { CancelReason, Id, PageAction } from './model.ts';
import type { AlarmRequest, PageFact, PageRequest } from './ports.ts';

/** The facts for the page's ledger in a deed. */
export function factsOf({ action, groupId, runId }: Deed): readonly PageFact[] {
  return action.kind === 'ledger' ? [{ groupId, runId, entry: action.entry }] : [];
}

/** The alarm that a deed raises. */
export function alarmsOf({ action, groupId, runId, severity }: Deed): readonly AlarmRequest[] {
  return action.kind === 'alarm' ? [{ groupId, runId, severity, reason: action.reason }] : [];
}

/** What a deed cancels. */
export function cancelOf({
  action,
  groupId,
}: Deed): readonly { readonly groupId: Id; readonly reason: CancelReason }[] {
  return action.kind === 'cancel-queued' ? [{ groupId, reason: action.reason }] : [];
}

/** The calls that a deed asks for, one for each person and endpoint, with why they are called and through what. */
export function requestsOf(deed: Deed): readonly PageRequest[] {
  return deed.action.kind === 'page' ? pageRequests(deed, deed.action) : [];
}

function pageRequests({ groupId, runId, urgency, severity }: Deed, action: PageAction): readonly PageRequest[] {
  const base = { groupId, runId, round: action.round, step: action.step, urgency, severity };
  return [
    ...action.users.map(({ userId, via }) => ({ ...base, userId, reason: { ...action.reason, via } })),
    ...action.endpoints.map((endpointId) => ({ ...base, endpointId, reason: action.reason })),
  ];
}
