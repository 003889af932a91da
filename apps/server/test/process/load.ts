import { setTimeout as sleep } from 'node:timers/promises';
import type { Victim } from './victim.ts';

/** What pages in a torment, as the API takes it. */
export interface PagingSetup {
  readonly sinkUrl: string;
  /** How long after each step the next one comes; as many steps as there are numbers. */
  readonly delaysSeconds: readonly number[];
}

/** Has every alert of a load page at once, each in a group of its own, by a webhook. */
export async function configure(server: Victim, { sinkUrl, delaysSeconds }: PagingSetup): Promise<void> {
  const hook = (await server.api('POST', '/api/v1/webhook-endpoints', { name: 'chaos', url: sinkUrl })) as {
    endpoint: { id: string };
  };
  const targets = [{ kind: 'webhook', id: hook.endpoint.id }];
  const steps = delaysSeconds.map((delaySeconds) => ({ delaySeconds, targets }));
  const { policy } = (await server.api('POST', '/api/v1/policies', {
    name: 'chaos',
    steps,
    rounds: 1,
    repeatIntervalSeconds: 86_400,
  })) as { policy: { id: string } };
  const { routes } = (await server.api('GET', '/api/v1/routing')) as {
    routes: { id: string; parentId: string | null; version: number }[];
  };
  const root = routes.find((route) => route.parentId === null) as { id: string };
  const options = { mode: 'page', groupBy: 'all', groupWaitSeconds: 0, policy: { kind: 'policy', id: policy.id } };
  await server.api('POST', '/api/v1/routing', {
    parentId: root.id,
    position: 0,
    name: 'chaos',
    matchers: 'alertname="Chaos"',
    continue: false,
    options,
  });
}

/** How alerts are offered. */
export interface LoadOptions {
  /** Alerts a second. */
  readonly rate: number;
  /** Base URLs of Alertmanager intakes that the next batch, counted from 0, goes to; all at once. */
  readonly targets: (batch: number) => readonly string[];
}

/** A sender that keeps offering alerts and remembers which ones were answered 2xx. */
export class Load {
  readonly accepted = new Set<string>();
  /** Offers that were not answered 2xx, counted in alerts. */
  refused = 0;
  private running = true;
  private readonly options: LoadOptions;
  private readonly open = new Set<Promise<void>>();
  private n = 0;

  constructor(options: LoadOptions) {
    this.options = options;
  }

  /** Offers until it is stopped, in batches of one to four. */
  async run(): Promise<void> {
    for (let batch = 0; this.running; batch += 1) {
      const size = 1 + (batch % 4);
      const ids = Array.from({ length: size }, () => `chaos-${++this.n}`);
      const alerts = ids.map(alertOf);
      for (const base of this.options.targets(batch)) {
        const sending = this.send(base, ids, alerts).finally(() => this.open.delete(sending));
        this.open.add(sending);
      }
      await sleep((1_000 * size) / this.options.rate);
    }
  }

  private async send(base: string, ids: readonly string[], alerts: readonly unknown[]): Promise<void> {
    try {
      const answer = await fetch(`${base}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) for (const id of ids) this.accepted.add(id);
      else this.refused += ids.length;
    } catch {
      // Cut off in the middle: nobody promised anything.
      this.refused += ids.length;
    }
  }

  /** Ends offering; resolves when every offer is answered. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.open);
  }
}

function alertOf(id: string): unknown {
  const startsAt = new Date().toISOString();
  const endsAt = new Date(Date.now() + 3_600_000).toISOString();
  const labels = { alertname: 'Chaos', id, severity: 'critical' };
  return { labels, annotations: { summary: `Chaos ${id}` }, startsAt, endsAt };
}
