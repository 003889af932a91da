import type { Amending, TextChange } from '#alerts';
import type { Integration } from '../model.ts';
import type { PageActs, VendorAct } from '../ports.ts';
import type { OpsgenieAlert } from '../requests/search.ts';
import type { Integrations } from '../service.ts';
import { closeEvent } from './opsgenie.ts';
import type { OpsgenieAct, OpsgenieDeed, OwnerName } from './opsgenie-acts.ts';
import { DELETED, fieldsOf, type OpsgenieFields, textOf } from './opsgenie-text.ts';

/** What carries an act out. */
export interface CarryOutDeps {
  readonly integrations: Pick<Integrations, 'take'>;
  readonly amending: Amending;
  readonly pages: PageActs;
  /** The person that `assign` names; null when nobody is called so. */
  readonly personOf: (owner: OwnerName) => Promise<string | null>;
}

/** An act with what it is about. */
export interface Carried {
  readonly act: OpsgenieAct;
  readonly alert: OpsgenieAlert;
  readonly integration: Integration;
  readonly request: { readonly body: Buffer; readonly contentType: string | null };
  readonly now: Temporal.Instant;
}

/** Why an act came to nothing, as the status of its request tells it; null when it was carried out. */
export type CameToNothing = string | null;

/** Carries an act out and keeps its note; resolves after the commit. */
export async function carryOut(deps: CarryOutDeps, carried: Carried): Promise<CameToNothing> {
  const { deed, note } = carried.act;
  // Before the alert closes, while there is a page to write on.
  if (note !== null) await keepNote(deps, carried, note);
  return carryOutDeed(deps, carried, deed);
}

async function carryOutDeed(deps: CarryOutDeps, carried: Carried, deed: OpsgenieDeed): Promise<CameToNothing> {
  switch (deed.kind) {
    case 'nothing':
      return null;
    case 'acknowledge':
    case 'unacknowledge':
    case 'escalate':
      return onPages(deps, carried, { kind: deed.kind });
    case 'snooze':
      if (Temporal.Instant.compare(deed.until, carried.now) <= 0) return 'The end time of a snooze must lie ahead';
      return onPages(deps, carried, deed);
    case 'assign': {
      const userId = await deps.personOf(deed.owner);
      return userId === null ? 'There is no such user' : onPages(deps, carried, { kind: 'reassign', userId });
    }
    case 'respond':
      return respond(deps, carried, deed);
    case 'edit':
      return edit(deps, carried, deed);
    case 'close':
      return close(deps, carried);
    case 'delete': {
      if (carried.alert.status === 'firing') await close(deps, carried);
      return change(deps, carried, { fields: ['deleted'], edit: marked(DELETED, carried.now.toString()) });
    }
  }
}

async function onPages(deps: CarryOutDeps, carried: Carried, act: VendorAct): Promise<CameToNothing> {
  const { alert, now } = carried;
  if (alert.status !== 'firing') return 'Alert is already closed';
  switch (await deps.pages.act(alert, act, { by: byOf(carried), now })) {
    case 'done':
      return null;
    case 'no-open-alert':
      return 'Alert is already closed';
    case 'refused':
      return act.kind === 'snooze' ? 'A snooze lasts a week at most' : 'The person can not be reached';
    case 'no-page':
      return 'Nobody is called for this alert';
  }
}

async function close(deps: CarryOutDeps, { alert, integration, request, now }: Carried): Promise<CameToNothing> {
  if (alert.status !== 'firing') return 'Alert is already closed';
  const refused = await deps.integrations.take(integration, [closeEvent(alert, now.epochMilliseconds)], {
    ...request,
    now,
  });
  return refused.length > 0 ? 'The database refuses this' : null;
}

/** Noted on the alert whoever it is; only people can be called one by one, so of others that is all. */
async function respond(
  deps: CarryOutDeps,
  carried: Carried,
  deed: Extract<OpsgenieDeed, { kind: 'respond' }>,
): Promise<CameToNothing> {
  const wrong = await edit(deps, carried, deed.noted);
  if (wrong !== null) return wrong;
  if (deed.person === null) return 'Noted on the alert; only users can be called besides its policy';
  const userId = await deps.personOf(deed.person);
  return userId === null ? 'There is no such user' : onPages(deps, carried, { kind: 'add-responder', userId });
}

function edit(
  deps: CarryOutDeps,
  carried: Carried,
  deed: Extract<OpsgenieDeed, { kind: 'edit' }>,
): Promise<CameToNothing> {
  return change(deps, carried, {
    fields: deed.fields,
    edit: (text) => {
      const { fields, others } = fieldsOf(text);
      return textOf(deed.edit(fields), others);
    },
  });
}

async function change(
  deps: CarryOutDeps,
  carried: Carried,
  what: Pick<TextChange, 'fields' | 'edit'>,
): Promise<CameToNothing> {
  const { alert, integration, now } = carried;
  const isDone = await deps.amending.amend(
    { integrationId: integration.id, alertId: alert.id, by: byOf(carried), ...what },
    now,
  );
  return isDone ? null : 'Alert is closed for too long to be changed';
}

/** On the pages of the alert; where nobody is called for it, on the alert itself. */
async function keepNote(deps: CarryOutDeps, carried: Carried, note: string): Promise<void> {
  if ((await onPages(deps, carried, { kind: 'note', text: note })) === null) return;
  const noted: TextChange['edit'] = (text) => {
    const before = text.annotations['note'];
    return marked('note', before === undefined ? note : `${before}\n${note}`)(text);
  };
  await change(deps, carried, { fields: ['note'], edit: noted });
}

/** An edit that leaves the fields alone and sets one annotation of ours. */
function marked(name: string, value: string): TextChange['edit'] {
  return (text) => {
    const { fields, others } = fieldsOf(text);
    return textOf(fields satisfies OpsgenieFields, { ...others, [name]: value });
  };
}

function byOf({ act, integration }: Carried): string {
  return act.user === null ? integration.name : `${act.user} by ${integration.name}`;
}
