import type { AlertFact, PageFacts, PageSummary, Reader, Severity } from './facts.ts';

/** Moments of the test night, from midnight UTC. */
export const at = (time: string) => Temporal.Instant.from(`2026-10-21T${time}Z`);
export const maya: Reader = { name: 'Maya Lindqvist', zone: 'Europe/Lisbon' };
export const now = at('02:09:07');
export const links = { reply: 'https://tocsin.example/a/Tq8mZ2kV0xYb4L', open: 'https://tocsin.example/pages/123' };

export function alertFact(fields: Partial<AlertFact> = {}): AlertFact {
  return {
    id: 'a1',
    kind: 'checkout-api / HighErrorRate',
    title: 'Checkout errors 12.4 %',
    status: 'firing',
    severity: 1,
    labels: { alertname: 'HighErrorRate', service: 'checkout-api', region: 'eu-west-1' },
    annotations: {
      summary: 'checkout-api fails for one checkout in eight. The limit is 1 %.',
      dashboard: 'https://graphs.example/d/1',
    },
    startsAt: at('02:07:48'),
    endsAt: null,
    generatorUrl: 'https://prometheus.example/graph?g0.expr=errors%20%3E%200.01',
    fingerprint: '7d6dc2b0a5c5e4f1',
    ...fields,
  };
}

export function summary(number: number, fields: Partial<PageSummary> = {}): PageSummary {
  return {
    groupId: `g${number}`,
    number,
    title: `Disk ${number} full`,
    severity: 3,
    state: 'firing',
    service: 'payments-db',
    since: at('02:08:00').add({ seconds: number }),
    resolvedAt: null,
    kinds: [
      { name: 'payments-db / DiskFull', severity: 3 as Severity, since: at('02:08:00').add({ seconds: number }) },
    ],
    version: 1,
    ...fields,
  };
}

export function facts(fields: Partial<PageFacts> = {}): PageFacts {
  return {
    groupId: 'g123',
    number: 123,
    title: 'Checkout errors 12.4 %',
    severity: 1,
    state: 'firing',
    service: 'checkout-api',
    since: at('02:07:48'),
    resolvedAt: null,
    kinds: [
      { name: 'checkout-api / HighErrorRate', severity: 1, since: at('02:07:48') },
      { name: 'checkout-api / SlowQueries', severity: 2, since: at('02:08:30') },
    ],
    version: 4,
    labels: { service: 'checkout-api' },
    firing: 14,
    total: 14,
    alerts: [
      alertFact(),
      alertFact({
        id: 'a2',
        kind: 'checkout-api / SlowQueries',
        title: 'Slow queries',
        severity: 2,
        startsAt: at('02:08:30'),
        annotations: {},
        generatorUrl: null,
      }),
    ],
    runbookUrl: 'https://wiki.example/free-payments-db',
    run: {
      policyName: 'Payments',
      acknowledgedBy: null,
      acknowledgedAt: null,
      snoozed: false,
      quietUntil: null,
      next: { who: 'Bo Tanaka', at: at('02:12:48') },
      ackTimeoutSeconds: 1800,
      ended: null,
      version: 2,
    },
    ...fields,
  };
}
