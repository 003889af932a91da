// `npm run bench [-- --rows I1,I4 --rounds 3 --duration 8 --json]`: intake beside a real Alertmanager, in the same run,
// as ratios. Needs Debian's prometheus-alertmanager. Exit code 1 when a floor does not hold.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: 'I1,I2,I3,I4,I5,I6,I7,L1,L2,D1,RSS' },
    rounds: { type: 'string', default: '3' },
    duration: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const duration = Number(values.duration);
const wanted = new Set(values.rows.split(','));
const say = (line: string) => process.stderr.write(`${line}\n`);

interface Target {
  readonly url: string;
  readonly pids: readonly number[];
  readonly stop: () => Promise<void>;
}

interface Load {
  readonly alerts_per_s: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
  readonly errors: Readonly<Record<string, number>>;
  readonly processes: readonly { readonly cpu_us_per_alert: number; readonly pss_mib: number }[];
}

/** Starts a script that prints one JSON line when it is ready and ends on SIGTERM. */
function start(script: string, args: readonly string[]): Promise<Target> {
  const child = spawn(process.execPath, [join(here, script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
    });
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const line = /^\{.*\}$/m.exec(said)?.[0];
      if (!line) return;
      child.removeAllListeners('exit');
      const { url, pid, pids } = JSON.parse(line) as { url: string; pid: number; pids?: number[] };
      resolve({ url, pids: pids ?? [pid], stop });
    });
  });
}

const targets = {
  alertmanager: (route: string) =>
    start('ingest/alertmanager.mjs', ['--route', route, '--port', '9393', '--sink', 'http://127.0.0.1:9099/am']),
  tocsin: (route: string) => start('target.mjs', ['--route', route, '--sink', 'http://127.0.0.1:9099/hook']),
} as const;
type Name = keyof typeof targets;

function load(target: Target, args: readonly string[]): Promise<Load> {
  const child = spawn(
    process.execPath,
    [join(here, 'ingest/load.mjs'), '--url', target.url, '--pids', target.pids.join(','), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return output(child).then((text) => JSON.parse(text) as Load);
}

function output(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once('close', () => resolve(text));
  });
}

/** What one cell measures: which load, and which figure of it counts (ours / theirs). */
interface Cell {
  readonly id: string;
  readonly what: string;
  readonly args: readonly string[];
}

const CELLS: readonly Cell[] = [
  { id: 'I1', what: 'distinct, batch 64', args: ['--batch', '64', '--mode', 'distinct', '--concurrency', '32'] },
  { id: 'I2', what: 'distinct, batch 500', args: ['--batch', '500', '--mode', 'distinct', '--concurrency', '32'] },
  { id: 'I3', what: 'distinct, batch 10', args: ['--batch', '10', '--mode', 'distinct', '--concurrency', '32'] },
  { id: 'I4', what: 'distinct, single', args: ['--batch', '1', '--mode', 'distinct', '--concurrency', '32'] },
  { id: 'I5', what: 'repeats, batch 64', args: ['--batch', '64', '--mode', 'repeat', '--concurrency', '32'] },
  { id: 'I6', what: 'repeats, single', args: ['--batch', '1', '--mode', 'repeat', '--concurrency', '32'] },
];

/** Floors: the row fails below (or, for latencies, above). */
const FLOORS: Readonly<Record<string, { readonly atLeast?: number; readonly atMost?: number }>> = {
  I1: { atLeast: 1 },
  I2: { atLeast: 1 },
  I3: { atLeast: 1 },
  I4: { atLeast: 0.8 },
  I5: { atLeast: 3 },
  I6: { atLeast: 1 },
  I7: { atLeast: 1.5 },
  I8: { atLeast: 1 },
  L1: { atMost: 3 },
  L2: { atMost: 1 },
  L3: { atMost: 0.5 },
  D1: { atLeast: 1 },
  RSS: { atMost: 200 },
};

interface Row {
  readonly id: string;
  readonly what: string;
  /** One figure a round: the ratio ours to theirs, or the bare figure where there is no peer. */
  readonly figures: readonly number[];
  readonly note: string;
}

const median = (figures: readonly number[]) => [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
const cpuOf = (one: Load) => one.processes.reduce((sum, process) => sum + process.cpu_us_per_alert, 0);

async function measureCell(cell: Cell): Promise<readonly Row[]> {
  const runs: Record<Name, Load[]> = { alertmanager: [], tocsin: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['alertmanager', 'tocsin'] as const) {
      const target = await targets[name]('null');
      await sleep(500);
      const one = await load(target, [...cell.args, '--duration', String(duration), '--warmup', '2']);
      await target.stop();
      runs[name].push(one);
      say(
        `${cell.id} ${name}: ${Math.round(one.alerts_per_s)} alerts/s, p99 ${one.latency_ms.p99} ms, ${cpuOf(one).toFixed(1)} µs CPU an alert, errors ${JSON.stringify(one.errors)}`,
      );
    }
  }
  const pairs = runs.tocsin.map((ours, i) => [ours, runs.alertmanager[i] as Load] as const);
  const rates = `${Math.round(median(runs.tocsin.map((one) => one.alerts_per_s)))} against ${Math.round(median(runs.alertmanager.map((one) => one.alerts_per_s)))} alerts/s`;
  const rows: Row[] = [
    {
      id: cell.id,
      what: cell.what,
      figures: pairs.map(([ours, theirs]) => ours.alerts_per_s / theirs.alerts_per_s),
      note: rates,
    },
  ];
  if (cell.id === 'I1') {
    rows.push({
      id: 'I8',
      what: 'CPU an alert, distinct, batch 64: theirs / ours',
      figures: pairs.map(([ours, theirs]) => cpuOf(theirs) / cpuOf(ours)),
      note: `${median(runs.tocsin.map(cpuOf)).toFixed(1)} against ${median(runs.alertmanager.map(cpuOf)).toFixed(1)} µs`,
    });
    rows.push({
      id: 'L3',
      what: 'ack p99, distinct, batch 64, saturated: ours / theirs',
      figures: pairs.map(([ours, theirs]) => ours.latency_ms.p99 / theirs.latency_ms.p99),
      note: `${Math.round(median(runs.tocsin.map((one) => one.latency_ms.p99)))} against ${Math.round(median(runs.alertmanager.map((one) => one.latency_ms.p99)))} ms`,
    });
  }
  return rows;
}

/** Rate while 100,000 to 500,000 distinct alerts are held: the second load on a target that the first one filled. */
async function measureHeld(): Promise<Row> {
  const figures: number[] = [];
  const rates: Record<Name, number[]> = { alertmanager: [], tocsin: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['alertmanager', 'tocsin'] as const) {
      const target = await targets[name]('null');
      const shape = ['--batch', '500', '--mode', 'distinct', '--concurrency', '4'];
      await load(target, [...shape, '--total', '100000']);
      const held = await load(target, [...shape, '--total', '200000']);
      await target.stop();
      rates[name].push(held.alerts_per_s);
      say(`I7 ${name}: ${Math.round(held.alerts_per_s)} alerts/s with 100,000 to 300,000 held`);
    }
    figures.push((rates.tocsin[round] as number) / (rates.alertmanager[round] as number));
  }
  return {
    id: 'I7',
    what: 'batch 500 with 100,000 to 300,000 held',
    figures,
    note: `${Math.round(median(rates.tocsin))} against ${Math.round(median(rates.alertmanager))} alerts/s`,
  };
}

async function withSink<T>(work: () => Promise<T>): Promise<T> {
  const sink = spawn(process.execPath, [join(here, 'ingest/sink.mjs'), '--port', '9099'], { stdio: 'ignore' });
  await sleep(500);
  try {
    return await work();
  } finally {
    sink.kill('SIGTERM');
    await sleep(200);
  }
}

const stats = async () =>
  (await (await fetch('http://127.0.0.1:9099/')).json()) as { alerts: number; p50: number; p99: number };
const reset = () => fetch('http://127.0.0.1:9099/reset', { method: 'POST' });

/** Alert to webhook at 20 alerts/s (L1), or of 50 new alerts/s during a saturating storm of repeats (L2). */
async function measureLatency(id: 'L1' | 'L2'): Promise<Row> {
  const figures: number[] = [];
  const p99s: Record<Name, number[]> = { alertmanager: [], tocsin: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['alertmanager', 'tocsin'] as const) {
      await withSink(async () => {
        const target = await targets[name]('each');
        await load(target, ['--batch', '1', '--rate', '20', '--duration', '3', '--warmup', '0']);
        // The storm repeats a set that was told before; only the new alerts are to be measured.
        const storm =
          id === 'L2'
            ? load(target, [
                '--batch',
                '64',
                '--mode',
                'repeat',
                '--set',
                '2000',
                '--concurrency',
                '16',
                '--duration',
                String(duration + 6),
              ])
            : null;
        if (storm) await sleep(5_000);
        await reset();
        await load(target, [
          '--batch',
          '1',
          '--rate',
          id === 'L1' ? '20' : '50',
          '--duration',
          String(duration),
          '--warmup',
          '0',
        ]);
        await sleep(1_000);
        const { alerts, p50, p99 } = await stats();
        await storm;
        await target.stop();
        p99s[name].push(p99);
        say(`${id} ${name}: ${alerts} alerts told, p50 ${p50} ms, p99 ${p99} ms`);
      });
    }
    figures.push((p99s.tocsin[round] as number) / (p99s.alertmanager[round] as number));
  }
  const what =
    id === 'L1'
      ? 'alert to webhook p99 at 20/s: ours / theirs'
      : 'alert to webhook p99 of new alerts in a storm of repeats: ours / theirs';
  return {
    id,
    what,
    figures,
    note: `${median(p99s.tocsin).toFixed(1)} against ${median(p99s.alertmanager).toFixed(1)} ms`,
  };
}

/** Accepted alerts that are there after kill -9 of everything. */
async function measureCrash(): Promise<Row> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-crash-'));
  const child = spawn(
    process.execPath,
    [
      join(here, 'ingest/crash.mjs'),
      '--start',
      `${process.execPath} ${join(here, 'target.mjs')} --route null --port 18099 --dir ${dir}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const text = await output(child);
  rmSync(dir, { recursive: true, force: true });
  const report = JSON.parse(text.trim().split('\n').at(-1) as string) as {
    accepted: number;
    listed_after_kill9: number;
    restart_ms: number;
  };
  return {
    id: 'D1',
    what: 'accepted alerts present after kill -9 of the whole tree',
    figures: [report.listed_after_kill9 / report.accepted],
    note: `${report.listed_after_kill9} of ${report.accepted}, back after ${report.restart_ms} ms`,
  };
}

/** Resident memory of Tocsin alone, idle for ten seconds after its start. */
async function measureRss(): Promise<Row> {
  const target = await targets.tocsin('null');
  await sleep(10_000);
  const { readFileSync } = await import('node:fs');
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${target.pids[0]}/status`, 'utf8'))?.[1]);
  await target.stop();
  return { id: 'RSS', what: 'resident memory of Tocsin, idle (MiB)', figures: [kib / 1024], note: 'PostgreSQL apart' };
}

const rows: Row[] = [];
for (const cell of CELLS) if (wanted.has(cell.id)) rows.push(...(await measureCell(cell)));
if (wanted.has('I7')) rows.push(await measureHeld());
for (const id of ['L1', 'L2'] as const) if (wanted.has(id)) rows.push(await measureLatency(id));
if (wanted.has('D1')) rows.push(await measureCrash());
if (wanted.has('RSS')) rows.push(await measureRss());

let failed = 0;
const lines = rows.map((row) => {
  const { atLeast, atMost } = FLOORS[row.id] as { atLeast?: number; atMost?: number };
  const middle = median(row.figures);
  const holds = atLeast === undefined ? middle <= (atMost as number) : middle >= atLeast;
  if (!holds) failed += 1;
  const spread = `${Math.min(...row.figures).toFixed(2)}–${Math.max(...row.figures).toFixed(2)}`;
  return `| ${row.id} | ${row.what} | ${middle.toFixed(2)} (${spread}) | ${atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`} | ${holds ? 'holds' : 'FAILS'} | ${row.note} |`;
});
if (values.json) process.stdout.write(`${JSON.stringify({ rounds, duration, rows, failed })}\n`);
else
  process.stdout.write(
    `| row | what | median (spread) | floor | | figures |\n|---|---|---|---|---|---|\n${lines.join('\n')}\n`,
  );
process.exitCode = failed > 0 ? 1 : 0;
