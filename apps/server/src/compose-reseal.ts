import { resealIntegrations } from '#integrations';
import { resealContacts, resealPhone } from '#notifications';
import { raiseConfigVersion } from '#platform/config-cache';
import type { Job } from '#platform/jobs';
import { add, type Resealed } from '#platform/reseal';
import { resealCalendars } from '#silences';
import { resealSubscriptions } from '#webhooks';
import type { Base } from './compose-domains.ts';

/**
 * While a previous key is given: seals anew what it has sealed, shortly after the start and again every five minutes,
 * since a process that still has the old key may be writing. What lives for a day at most (reply links under way,
 * answers to repeated requests) is not looked at.
 */
export function composeReseal({ config, db, secrets, cache, log }: Base): readonly Job[] {
  if (config.previousSecretKey === undefined) return [];
  let said = '';
  const run = async (now: Temporal.Instant) => {
    const outcome = [
      await resealIntegrations(db.reports, secrets),
      await resealContacts(db.reports, secrets),
      await resealPhone(db.reports, secrets, now),
      await resealSubscriptions(db.reports, secrets),
      await resealCalendars(db.reports, secrets),
    ].reduce(add);
    if (outcome.resealed > 0) await cache.ensure(await db.reports.transaction().execute(raiseConfigVersion));
    const saying = JSON.stringify(outcome);
    if (saying !== said) tell(outcome);
    said = saying;
  };
  const tell = ({ resealed, unreadable }: Resealed) => {
    if (unreadable.length > 0)
      log.error(
        { resealed, unreadable: unreadable.length, places: unreadable.slice(0, 50) },
        'stored secrets that no key here opens: set them anew, or give the key that sealed them as previousSecretKey',
      );
    else if (resealed > 0) log.info({ resealed }, 'stored secrets were sealed anew by the present key');
    else log.info('every stored secret is sealed by the present key: a day from now previousSecretKey can go');
  };
  return [{ name: 'reseal', everySeconds: 300, scope: 'organisation', run }];
}
