import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configure, Load } from './load.ts';
import { openSink, type Sink } from './sink.ts';
import { Victim } from './victim.ts';

/** How to torment a Tocsin. */
export interface ChaosOptions {
  readonly kills: number;
  /** Alerts offered a second while it runs. */
  readonly rate: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** What came of it. `lost`, `undelivered`, `tooMany` and `otherKeys` must be empty. */
export interface ChaosReport {
  readonly accepted: number;
  readonly refused: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly lost: readonly string[];
  readonly undelivered: readonly string[];
  /** Pages called more than once, with how often; each is one call in flight when somebody was killed. */
  readonly repeated: number;
  readonly tooMany: readonly string[];
  /** Pages whose repeat came with another key. */
  readonly otherKeys: readonly string[];
  readonly slowestRestartMs: number;
  readonly verify: { readonly ok: boolean; readonly violations: readonly unknown[] };
}

/** A reproducible stream of numbers in [0, 1) (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Kills Tocsin, its PostgreSQL or both with SIGKILL at random points under load, then counts what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-chaos-'));
  const sink = await openSink();
  const server = new Victim({ dir });
  try {
    await server.start();
    await configure(server, { sinkUrl: sink.url, delaysSeconds: [86_400] });
    const load = new Load({ rate: options.rate, targets: () => [server.alertmanagerUrl] });
    const random = randomFrom(options.seed);
    const kills: Record<string, number> = { tocsin: 0, postgres: 0, both: 0 };
    let slowestRestartMs = 0;
    void load.run();
    for (let kill = 1; kill <= options.kills; kill += 1) {
      await sleep(300 + random() * 2_200);
      const victim = (['tocsin', 'postgres', 'both'] as const)[Math.floor(random() * 3)] as
        | 'tocsin'
        | 'postgres'
        | 'both';
      kills[victim] = (kills[victim] ?? 0) + 1;
      const from = performance.now();
      await server.kill(victim);
      await server.serving();
      const took = Math.round(performance.now() - from);
      slowestRestartMs = Math.max(slowestRestartMs, took);
      options.say(
        `kill ${kill} of ${options.kills}: ${victim}, serving again after ${took} ms, ${load.accepted.size} accepted`,
      );
    }
    await sleep(1_000);
    await load.stop();
    return await settle({ server, sink, load, options, kills, slowestRestartMs });
  } finally {
    await server.stop();
    sink.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Settling {
  readonly server: Victim;
  readonly sink: Sink;
  readonly load: Load;
  readonly options: ChaosOptions;
  readonly kills: Readonly<Record<string, number>>;
  readonly slowestRestartMs: number;
}

async function settle({ server, sink, load, options, kills, slowestRestartMs }: Settling): Promise<ChaosReport> {
  const missing = () => {
    const keys = sink.keysByAlert();
    return [...load.accepted].filter((id) => !keys.has(id));
  };
  for (let i = 0; missing().length > 0 && i < 600; i += 1) await sleep(100);
  const shown = await (await fetch(`${server.alertmanagerUrl}/api/v2/alerts`)).text();
  const listed = new Set(shown.match(/chaos-\d+/g) ?? []);
  const most = options.kills + 1;
  const calls = [...sink.keysByAlert()].filter(([id]) => load.accepted.has(id));
  const verify = await server.verify();
  return {
    accepted: load.accepted.size,
    refused: load.refused,
    kills,
    lost: [...load.accepted].filter((id) => !listed.has(id)),
    undelivered: missing(),
    repeated: calls.filter(([, keys]) => keys.length > 1).length,
    tooMany: calls.filter(([, keys]) => keys.length > most).map(([id]) => id),
    otherKeys: calls.filter(([, keys]) => new Set(keys).size > 1).map(([id]) => id),
    slowestRestartMs,
    verify,
  };
}
