// `npm run chaos -- --kills 25 [--rate 60] [--seed N] [--json]`: kill -9 at random points under load, then what is left.
// Exit code 0 when nothing was lost, 1 otherwise.
import { parseArgs } from 'node:util';
import { runChaos } from '../apps/server/test/process/chaos.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '25' },
    rate: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
process.stderr.write(`seed ${values.seed}\n`);
const report = await runChaos({
  kills: Number(values.kills),
  rate: Number(values.rate),
  seed: Number(values.seed),
  say: (line) => process.stderr.write(`${line}\n`),
});
const good =
  report.lost.length + report.undelivered.length + report.tooMany.length + report.otherKeys.length === 0 &&
  report.verify.ok;
if (values.json) process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), good, ...report })}\n`);
else {
  process.stdout.write(
    `accepted ${report.accepted}, lost ${report.lost.length}, pages not delivered ${report.undelivered.length}, repeated ${report.repeated} (allowed: one a row and crash)\n`,
  );
  process.stdout.write(
    `slowest way back ${report.slowestRestartMs} ms; invariants ${report.verify.ok ? 'hold' : `broken: ${JSON.stringify(report.verify.violations).slice(0, 2_000)}`}\n`,
  );
}
process.exitCode = good ? 0 : 1;
