// `npm run fuzz [-- --door pagerduty] [--minutes 10] [--seed N] [--json]`: bad requests on every vendor's door, so many
// minutes for each. A round is a new Tocsin on a new database, so that its seed alone repeats it. Exit code 0 when nothing was found, 1 otherwise.
import { parseArgs } from 'node:util';
import { startTestCluster } from '../apps/server/test/harness/cluster.ts';
import { fuzz, type FuzzReport } from '../apps/server/test/fuzz/fuzz.ts';
import { protocols } from '../apps/server/test/fuzz/protocols.ts';

const { values } = parseArgs({
  options: {
    door: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: '10' },
    requests: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const known = protocols.map(({ name }) => name);
const unknown = values.door.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no door ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exit(2);
}
const say = (line: string) => process.stderr.write(`${line}\n`);
const cluster = await startTestCluster();
const isBad = ({ findings, errors, violations, untried }: FuzzReport) =>
  findings.length + errors.length + violations.length + untried.length > 0;
const until = performance.now() + Number(values.minutes) * 60_000 * (values.door.length || known.length);
const reports: FuzzReport[] = [];
try {
  do {
    const seed = Number(values.seed) + reports.length;
    say(`round ${reports.length + 1}: seed ${seed}`);
    reports.push(
      await fuzz({
        server: cluster.run.server,
        names: values.door,
        seed,
        requests: Number(values.requests),
        step: 1,
        quick: false,
        say,
        // The first round is always whole.
        enough: () => reports.length > 0 && performance.now() > until,
      }),
    );
  } while (performance.now() < until && !reports.some(isBad));
} finally {
  await cluster.stop();
}
const bad = reports.filter(isBad);
if (values.json) process.stdout.write(`${JSON.stringify({ good: bad.length === 0, reports })}\n`);
else {
  const requests = reports.reduce((sum, report) => sum + report.requests, 0);
  process.stdout.write(`${requests} requests in ${reports.length} rounds, ${bad.length} rounds with findings\n`);
  for (const { seed, findings, errors, violations, untried } of bad) {
    const doors = new Set(
      (findings.length > 0 ? findings.map(({ protocol }) => protocol) : values.door).map((name) => ` --door ${name}`),
    );
    const again = `npm run fuzz --${[...doors].join('')} --requests ${values.requests} --minutes 0 --seed ${seed}`;
    process.stdout.write(`${JSON.stringify({ again, findings, errors, violations, untried }, null, 2)}\n`);
  }
}
process.exitCode = bad.length === 0 ? 0 : 1;
