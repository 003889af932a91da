import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes UUIDv7 ids whose time part is the Clock's, so that ids sort as our time does, also in stories. */
export type NewId = () => string;

const POOL_BYTES = 4096;

/** Builds the id maker. Ids made in one millisecond by one process ascend (12-bit counter, RFC 9562 method 1). */
export function createIds(clock: Pick<Clock, 'epochMs'>): NewId {
  let pool = Buffer.alloc(0);
  let used = 0;
  let lastMs = 0;
  let counter = 0;
  return () => {
    if (used + 8 > pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const ms = Math.max(clock.epochMs(), lastMs);
    counter = ms === lastMs ? counter + 1 : pool.readUInt16BE(used) & 0x3ff;
    lastMs = counter > 0xfff ? ms + 1 : ms;
    if (counter > 0xfff) counter = 0;
    const tail = pool.toString('hex', used, used + 8);
    used += 8;
    const time = lastMs.toString(16).padStart(12, '0');
    const variant = ((Number.parseInt(tail[0] as string, 16) & 0x3) | 0x8).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
  };
}
