import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Served } from './http/context.ts';

/** What this process tells a Prometheus: of HTTP by itself, of everything else by whoever counts it. */
export interface Metrics {
  /** Give it to the HTTP server. */
  onServed(served: Served): void;
  /** Names end as usual: `_total`. */
  counter<L extends string>(
    name: string,
    help: string,
    labels?: readonly L[],
  ): (labels: Readonly<Record<L, string>>, by?: number) => void;
  /** Asked at each scrape; null leaves the sample out. */
  gauge(name: string, help: string, read: () => number | null): void;
  histogram<L extends string>(
    name: string,
    help: string,
    options: { readonly labels?: readonly L[]; readonly buckets: readonly number[] },
  ): (labels: Readonly<Record<L, string>>, value: number) => void;
  /** The exposition text. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From the quickest intake to the statement timeout, in seconds. */
const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Builds the registry of a process; nothing is global, so that tests may have several. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics: Metrics = {
    counter(name, help, labels = []) {
      const counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
      return (values, by = 1) => counter.inc(values, by);
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          const value = read();
          if (value === null) this.reset();
          else this.set(value);
        },
      });
    },
    histogram(name, help, { labels = [], buckets }) {
      const histogram = new Histogram({
        name,
        help,
        labelNames: [...labels],
        buckets: [...buckets],
        registers: [registry],
      });
      return (values, value) => histogram.observe(values, value);
    },
    onServed: () => {},
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
  const labels = ['method', 'route', 'status'] as const;
  const seconds = metrics.histogram('tocsin_http_request_seconds', 'Time from the request’s arrival to its answer.', {
    labels,
    buckets: HTTP_BUCKETS,
  });
  return {
    ...metrics,
    onServed: ({ method, route, status, seconds: took }) => seconds({ method, route, status: String(status) }, took),
  };
}
