/** 2020-01-01: what is counted from here stays a safe integer until 2089. */
const EPOCH_MS = 1_577_836_800_000;
const COUNTER = 4_096;

/**
 * The short id of an alert: the time and counter in front of its UUIDv7 as a decimal number, which is what Opsgenie's
 * clients expect. Found again by the primary key, so that it needs no column.
 */
export function tinyIdOf(id: string): string {
  const ms = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return String((ms - EPOCH_MS) * COUNTER + Number.parseInt(id.slice(15, 18), 16));
}

/** The ids that a short id may stand for, first and last; null when it is none. */
export function idsOfTiny(tiny: string): readonly [first: string, last: string] | null {
  const number = /^\d{1,16}$/.test(tiny) ? Number(tiny) : Number.NaN;
  if (!Number.isSafeInteger(number)) return null;
  const time = (Math.floor(number / COUNTER) + EPOCH_MS).toString(16).padStart(12, '0');
  const counter = (number % COUNTER).toString(16).padStart(3, '0');
  const front = `${time.slice(0, 8)}-${time.slice(8)}-7${counter}`;
  return [`${front}-0000-000000000000`, `${front}-ffff-ffffffffffff`];
}
