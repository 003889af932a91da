import type { Databases } from '#platform/db';
import type { Job } from '#platform/jobs';
import type { Instant } from '../model.ts';
import type { Reporting } from '../phone-receipts/service.ts';
import { readPhonePages } from './search.ts';
import { sweepPhone } from './store.ts';
import { type GuardLimits, judgePages } from './toll-guard.ts';

/** A prefix is told of again after this long. */
const TOLD_AGAIN_HOURS = 1;

/** What the recurring work needs from outside. */
export interface PhoneJobDeps {
  readonly db: Databases;
  readonly reporting: Reporting;
  readonly limits: () => GuardLimits;
  /** Raises an alarm about Tocsin itself. */
  readonly alarm: (kind: string, subject: string, now: Instant) => Promise<void>;
}

/** Receipts that came too early; many pages by phone; what nobody asks about any more. */
export function phoneJobs({ db, reporting, limits, alarm }: PhoneJobDeps): readonly Job[] {
  // In this process only: after a restart an alarm may be told once more, which is better than a write a minute.
  const told = new Map<string, Instant>();
  return [
    {
      name: 'phone-receipts',
      everySeconds: 1,
      scope: 'organisation',
      run: (now) => reporting.applyWaiting(now),
    },
    {
      name: 'phone-watch',
      everySeconds: 60,
      scope: 'organisation',
      async run(now) {
        for (const { prefix, pages } of judgePages(await readPhonePages(db.reports, now), { limits: limits(), now })) {
          const last = told.get(prefix);
          if (last && Temporal.Instant.compare(last.add({ hours: TOLD_AGAIN_HOURS }), now) > 0) continue;
          told.set(prefix, now);
          await alarm('many-pages-by-phone', `${pages} to ${prefix}`, now);
        }
      },
    },
    {
      name: 'phone-sweep',
      everySeconds: 86_400,
      scope: 'organisation',
      run: (now) => sweepPhone(db.paging, now),
    },
  ];
}
