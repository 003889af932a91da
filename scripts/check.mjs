// `npm run check`: format, types, lint, dead code, boundaries and unit tests. Prints one line a step and stops at the first fault.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const steps = [
  ['format', bin('biome'), ['format', '.']],
  ['types contracts', bin('tsc'), ['-p', 'packages/contracts']],
  ['types server', bin('tsc'), ['-p', 'apps/server']],
  ['types cli', bin('tsc'), ['-p', 'apps/cli']],
  ['types web', bin('tsc'), ['-p', 'apps/web']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', '.']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['boundaries and unit tests', bin('vitest'), ['run', '--project', 'unit', '--reporter=dot']],
];
const started = performance.now();
for (const [name, command, args] of steps) {
  const from = performance.now();
  const run = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
  });
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  if (run.status !== 0) {
    process.stdout.write(run.stdout + run.stderr);
    process.stdout.write(`\n${name}: failed after ${seconds} s\n`);
    process.exit(1);
  }
  process.stdout.write(`${name}: ok (${seconds} s)\n`);
}
process.stdout.write(`all checks passed in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
