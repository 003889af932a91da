// `npm test`: every test there is. Arguments go to Vitest, e.g. `npm test -- --project unit`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`, TZ: 'Pacific/Chatham' };
const node = process.execPath;

// The server's tests serve the built web app, as production does.
const build = spawnSync(node, [join(root, 'scripts/build-web.mjs')], { cwd: root, stdio: 'inherit', env });
if (build.status !== 0) process.exit(build.status ?? 1);

const vitest = spawnSync(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env,
});

const clients = {
  prometheus: '/usr/bin/prometheus',
  amtool: '/usr/bin/amtool',
  alertmanager: '/usr/bin/prometheus-alertmanager',
};
const missing = Object.entries(clients)
  .filter(([, path]) => !existsSync(path))
  .map(([name]) => name);
if (missing.length > 0)
  process.stderr.write(
    `\nSkipped, because they are not installed: tests with the real ${missing.join(', ')} (Debian: apt-get install prometheus prometheus-alertmanager).\n`,
  );
process.exit(vitest.status ?? 1);
