import { storable } from '#alerts';
import type { PageActs, VendorAct } from '#integrations';
import { later } from '#platform/clock';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { writeHints } from '#platform/hints';
import type { By, Id, Instant } from '../model.ts';
import type { Escalation } from '../service.ts';
import { appendPageEvents, lockPage } from '../store.ts';
import { eventOfAct } from './event.ts';
import { readPagesOfAlert } from './search.ts';

const LONGEST_NOTE = 4_000;
const LONGEST_SENDER = 200;

/** What senders' acts need from outside. */
export interface PageActsDeps {
  readonly db: Databases;
  readonly escalation: Pick<Escalation, 'act'>;
}

/**
 * What senders do to the pages of their alerts, each page under its own lock. The runs keep the integration as the one
 * who did it, and the ledger the sender's name: nobody becomes a holder by it.
 */
export function createPageActs({ db, escalation }: PageActsDeps): PageActs {
  const actOn = async (groupId: Id, act: VendorAct, { by, now }: { readonly by: By; readonly now: Instant }) => {
    if (act.kind !== 'note') return (await escalation.act(groupId, now, (at) => eventOfAct(act, by, at))).outcome;
    await inTransaction(db.paging, (trx) => note(trx, { groupId, text: act.text, by, now }));
    return 'changed';
  };
  return {
    async act(alert, act, { by: sender, now }) {
      const pages = await readPagesOfAlert(db.paging, alert);
      if (pages === null) return 'no-open-alert';
      const by: By = { by: alert.integrationId, sender: storable(sender.slice(0, LONGEST_SENDER)) };
      const meant = act.kind === 'note' ? pages : pages.filter(({ calls }) => calls);
      if (meant.length === 0) return 'no-page';
      let refused = 0;
      for (const { groupId } of meant) refused += (await actOn(groupId, act, { by, now })) === 'refused' ? 1 : 0;
      return refused === meant.length ? 'refused' : 'done';
    },
  };
}

interface Note {
  readonly groupId: Id;
  readonly text: string;
  readonly by: By;
  readonly now: Instant;
}

async function note(trx: Trx, { groupId, text, by, now }: Note): Promise<void> {
  const page = await lockPage(trx, groupId);
  if (page === null) return;
  const at = later(now, page.lastEventAt);
  const payload = { ...by, text: storable(text.slice(0, LONGEST_NOTE)) };
  await appendPageEvents(trx, [{ groupId, runId: null, entry: { kind: 'noted', payload } }], at);
  await writeHints(trx, [{ kind: 'page', ref: groupId, version: page.version }], at);
}
