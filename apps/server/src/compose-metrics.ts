import type { NotificationDeps } from '#notifications';
import type { Metrics } from '#platform/metrics';

type Attempt = Parameters<NonNullable<NotificationDeps['onAttempt']>>[0];

/** What the domains report of themselves, counted for a Prometheus. Counts are of this process since it began. */
interface Counts {
  alertsRefused(count: number): void;
  attempted(attempt: Attempt): void;
  circuitChanged(change: { readonly channel: string; readonly became: 'open' | 'closed' }): void;
  engineFailed(loop: string): void;
  clockDrifted(): void;
}

/** Registers the counters; once for each registry. */
export function composeCounts(metrics: Metrics): Counts {
  const refused = metrics.counter(
    'tocsin_alerts_refused_total',
    'Alerts refused for their data; others of their batch are stored.',
  );
  const attempts = metrics.counter(
    'tocsin_notification_attempts_total',
    'Ended tries of a channel; result is ok or why it failed.',
    ['channel', 'result'],
  );
  const circuits = metrics.counter(
    'tocsin_channel_circuit_changes_total',
    'Times that a provider of a channel was found failing and is passed over (open), or answered again (closed).',
    ['channel', 'became'],
  );
  const failures = metrics.counter(
    'tocsin_engine_failures_total',
    'Passes of a loop that failed; each is tried again.',
    ['loop'],
  );
  const drifts = metrics.counter(
    'tocsin_clock_drift_total',
    'Passes that decided nothing, since our clock and the database’s disagreed.',
  );
  return {
    alertsRefused: (count) => refused({}, count),
    attempted: ({ channel, result }) => attempts({ channel, result: result.ok ? 'ok' : result.reason }),
    circuitChanged: (change) => circuits(change),
    engineFailed: (loop) => failures({ loop }),
    clockDrifted: () => drifts({}),
  };
}

/** Registers what is asked at each scrape. */
export function composeGauges(
  metrics: Metrics,
  alerts: { readonly waiting: () => number; readonly cache: { readonly size: number } },
  notifications: { readonly openCircuits: () => number },
): void {
  metrics.gauge('tocsin_intake_waiting', 'Alerts received and not yet on disk.', () => alerts.waiting());
  metrics.gauge('tocsin_channel_circuits_open', 'Providers that fail and are passed over.', notifications.openCircuits);
  metrics.gauge('tocsin_repeat_cache_alerts', 'Alerts whose repeats need no write.', () => alerts.cache.size);
}
