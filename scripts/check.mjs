// `npm run check`: format, types, lint, dead code, boundaries and unit tests. Prints one line a step; the first fault ends it.
// Two lanes share two cores: what reads the sources, and the unit tests beside it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const lanes = [
  [
    ['format', bin('biome'), ['format', '.']],
    ['types contracts', bin('tsc'), ['-p', 'packages/contracts']],
    ['types server', bin('tsc'), ['-p', 'apps/server']],
    ['types cli', bin('tsc'), ['-p', 'apps/cli']],
    ['types web', bin('tsc'), ['-p', 'apps/web']],
    ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', '.']],
    ['dead code', bin('knip'), ['--no-progress']],
  ],
  [['boundaries and unit tests', bin('vitest'), ['run', '--project', 'unit', '--reporter=dot']]],
];
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
const started = performance.now();
const running = new Set();

function run([name, command, args]) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const step = spawn(command, args, { cwd: root, env });
    const output = [];
    running.add(step);
    step.stdout.on('data', (chunk) => output.push(chunk));
    step.stderr.on('data', (chunk) => output.push(chunk));
    step.on('error', reject);
    step.on('close', (code) => {
      running.delete(step);
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      if (code === 0) process.stdout.write(`${name}: ok (${seconds} s)\n`);
      if (code === 0) resolve();
      else reject(new Error(`${Buffer.concat(output)}\n${name}: failed after ${seconds} s`));
    });
  });
}

async function runLane(steps) {
  for (const step of steps) await run(step);
}

try {
  await Promise.all(lanes.map(runLane));
  process.stdout.write(`all checks passed in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
} catch (error) {
  process.stdout.write(`${error.message}\n`);
  for (const step of running) step.kill('SIGTERM');
  process.exitCode = 1;
}
