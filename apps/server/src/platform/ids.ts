import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes UUIDv7 ids whose time part is the Clock's, so that ids sort as our time does, also in stories. */
export type NewId = () => string;

const POOL_BYTES = 4096;
/** Two hex digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Builds the id maker. Ids made in one millisecond by one process ascend (12-bit counter, RFC 9562 method 1). */
export function createIds(clock: Pick<Clock, 'epochMs'>): NewId {
  let pool = Buffer.alloc(0);
  let used = 0;
  let lastMs = 0;
  let counter = 0;
  let timeMs = -1;
  let timeText = '';
  return () => {
    if (used + 8 > pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const ms = Math.max(clock.epochMs(), lastMs);
    counter = ms === lastMs ? counter + 1 : pool.readUInt16BE(used) & 0x3ff;
    lastMs = counter > 0xfff ? ms + 1 : ms;
    if (counter > 0xfff) counter = 0;
    if (lastMs !== timeMs) {
      timeMs = lastMs;
      const time = lastMs.toString(16).padStart(12, '0');
      timeText = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    }
    const variant = HEX[((pool[used] as number) & 0x3f) | 0x80] as string;
    let id = `${timeText}${HEX[counter >> 8]?.[1]}${HEX[counter & 0xff]}-${variant}${HEX[pool[used + 1] as number]}-`;
    for (let i = used + 2; i < used + 8; i += 1) id += HEX[pool[i] as number] as string;
    used += 8;
    return id;
  };
}
