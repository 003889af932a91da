/** One alert of the demo as Prometheus would send it. */
export interface DemoAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
}

interface Episode {
  /** Minutes into the cycle at which it begins to fire, and for how long. */
  readonly from: number;
  readonly lasts: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** The story repeats after this many minutes. */
const CYCLE_MINUTES = 45;
/** A firing alert is sent with its end this far ahead, as Prometheus does. */
const END_AHEAD_SECONDS = 240;

const EPISODES: readonly Episode[] = [
  {
    from: 0,
    lasts: 9,
    labels: { alertname: 'CheckoutErrors', service: 'checkout-api', severity: 'critical', region: 'eu-north' },
    summary: 'Checkout errors 12.4 %',
    description: 'checkout-api fails for one checkout in eight. The limit is 1 %.',
  },
  {
    from: 1,
    lasts: 9,
    labels: {
      alertname: 'ConnectionsExhausted',
      service: 'payments-db',
      severity: 'critical',
      instance: 'payments-db-1',
    },
    summary: 'payments-db has no connection left',
    description: '200 of 200 connections are in use.',
  },
  {
    from: 14,
    lasts: 6,
    labels: { alertname: 'SlowSearch', service: 'search', severity: 'warning' },
    summary: 'Search answers in 2.1 s',
    description: 'The 95th percentile is over 1 s for ten minutes.',
  },
  {
    from: 20,
    lasts: 12,
    labels: { alertname: 'DiskFilling', service: 'build-farm', severity: 'info', instance: 'runner-7' },
    summary: 'runner-7 has 11 % of its disk left',
    description: 'At this pace it is full on Thursday.',
  },
  {
    from: 26,
    lasts: 5,
    labels: { alertname: 'ImageErrors', service: 'image-cdn', severity: 'error' },
    summary: 'Images fail for 4 % of requests',
    description: 'The origin in eu-north answers 502.',
  },
  {
    from: 33,
    lasts: 3,
    labels: { alertname: 'CertificateExpires', severity: 'warning', host: 'partners.example.org' },
    summary: 'A certificate ends in 6 days',
    description: 'partners.example.org has no owner in the catalogue: this alert falls through to the last route.',
  },
];

/**
 * What the demo's monitoring says at a moment: alerts that fire, and those that stopped within the last five minutes
 * once more as resolved. A function of time alone, so that a restart goes on with the same story.
 */
export function trafficAt(now: Temporal.Instant): readonly DemoAlert[] {
  const minute = 60_000;
  const cycleMs = CYCLE_MINUTES * minute;
  const cycleStart = Math.floor(now.epochMilliseconds / cycleMs) * cycleMs;
  return EPISODES.flatMap((episode) => {
    // An episode that began near the end of the last cycle may still be told in this one.
    return [cycleStart - cycleMs, cycleStart].flatMap((start) => {
      const from = start + episode.from * minute;
      const until = from + episode.lasts * minute;
      if (now.epochMilliseconds < from || now.epochMilliseconds >= until + 5 * minute) return [];
      const fires = now.epochMilliseconds < until;
      const endsAt = fires ? now.add({ seconds: END_AHEAD_SECONDS }) : Temporal.Instant.fromEpochMilliseconds(until);
      return [
        {
          labels: episode.labels,
          annotations: { summary: episode.summary, description: episode.description },
          startsAt: Temporal.Instant.fromEpochMilliseconds(from).toString(),
          endsAt: endsAt.toString(),
          generatorURL: 'https://prometheus.example.org/graph',
        },
      ];
    });
  });
}
