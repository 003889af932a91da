import { callingCode, isPremium, quotaPrefix, readNumber } from './countries.ts';

type Instant = Temporal.Instant;

/** How many codes and tests may leave; an owner can change them. */
export interface GuardLimits {
  /** Country prefixes that numbers may be in; empty: all that exist and are not known as premium. */
  readonly allow: readonly string[];
  readonly perNumberPerDay: number;
  readonly perPrefixPerHour: number;
  readonly totalPerHour: number;
  /** Pages to one prefix within an hour that raise an alarm; they go out all the same. */
  readonly pagesAlarmPerHour: number;
}

/** What holds until somebody sets something else: a team that adds its numbers in one afternoon stays below it. */
export const DEFAULT_LIMITS: GuardLimits = {
  allow: [],
  perNumberPerDay: 8,
  perPrefixPerHour: 30,
  totalPerHour: 100,
  pagesAlarmPerHour: 200,
};

/** A code or test that was sent, or queued. */
export interface PastMessage {
  readonly number: string;
  readonly at: Instant;
}

/** Why a number is refused. */
export type NumberRefusal = 'not-a-number' | 'unknown-prefix' | 'premium' | 'not-allowed';

/** The decision about a code or test. A quota says when there is room again. */
export type GuardVerdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refused'; readonly why: NumberRefusal }
  | { readonly kind: 'later'; readonly quota: 'number' | 'prefix' | 'total'; readonly at: Instant };

/** Whether a number may be a contact at all. */
export function judgeNumber(number: string, { allow }: Pick<GuardLimits, 'allow'>): NumberRefusal | null {
  if (readNumber(number) !== number) return 'not-a-number';
  if (isPremium(number)) return 'premium';
  if (callingCode(number) === null) return 'unknown-prefix';
  return allow.length === 0 || allow.some((prefix) => number.startsWith(prefix)) ? null : 'not-allowed';
}

/**
 * Whether a code or a test may go to a number: only these can be asked for by anybody with an account, so only these
 * can be made to cost money. A page is never asked about: see `judgePages`.
 */
export function judgeMessage(
  number: string,
  { limits, past, now }: { readonly limits: GuardLimits; readonly past: readonly PastMessage[]; readonly now: Instant },
): GuardVerdict {
  const why = judgeNumber(number, limits);
  if (why !== null) return { kind: 'refused', why };
  const prefix = quotaPrefix(number);
  const quotas = [
    { quota: 'number', most: limits.perNumberPerDay, hours: 24, counts: (one: PastMessage) => one.number === number },
    {
      quota: 'prefix',
      most: limits.perPrefixPerHour,
      hours: 1,
      counts: (one: PastMessage) => quotaPrefix(one.number) === prefix,
    },
    { quota: 'total', most: limits.totalPerHour, hours: 1, counts: () => true },
  ] as const;
  for (const { quota, most, hours, counts } of quotas) {
    const since = now.subtract({ hours });
    const within = past
      .filter((one) => Temporal.Instant.compare(one.at, since) > 0 && counts(one))
      .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at));
    if (within.length < most) continue;
    const frees = within[within.length - most];
    return { kind: 'later', quota, at: (frees?.at ?? now).add({ hours }) };
  }
  return { kind: 'pass' };
}

/** A prefix to which unusually many pages went. */
export interface SpendAlarm {
  readonly prefix: string;
  readonly pages: number;
}

/** Prefixes to which more pages went within the hour than is usual. The pages have gone: this only tells. */
export function judgePages(
  sent: readonly PastMessage[],
  { limits, now }: { readonly limits: GuardLimits; readonly now: Instant },
): readonly SpendAlarm[] {
  const since = now.subtract({ hours: 1 });
  const recent = sent.filter((one) => Temporal.Instant.compare(one.at, since) > 0);
  return [...Map.groupBy(recent, (one) => quotaPrefix(one.number))]
    .filter(([, own]) => own.length > limits.pagesAlarmPerHour)
    .map(([prefix, own]) => ({ prefix, pages: own.length }))
    .toSorted((a, b) => b.pages - a.pages);
}
