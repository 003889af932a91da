import type { Job } from '#platform/jobs';
import type { Audit } from './service.ts';

/** Seals the logs every second, in one process at a time. */
export function sealJob(audit: Audit): Job {
  return {
    name: 'seal',
    everySeconds: 1,
    scope: 'organisation',
    async run(now) {
      await audit.sealOnce(now);
    },
  };
}
