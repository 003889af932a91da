// `npm test`: every test there is. Arguments go to Vitest, e.g. `npm test -- --project unit`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`, TZ: 'Pacific/Chatham' };
// Vitest colours its lines in CI also where nobody sees colours.
if (!process.stdout.isTTY && !env.FORCE_COLOR) env.NO_COLOR = '1';

/** Runs a script by our Node; answers its exit code. A signal that reaches only us is passed on. */
function run(script, ...args) {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit', env });
  const pass = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
  return new Promise((resolve) =>
    child.once('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, pass);
      resolve(code ?? 1);
    }),
  );
}

// The server's tests serve the built web app, as production does.
let code = await run('scripts/build-web.mjs');
if (code === 0) {
  code = await run('node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2));
  const clients = {
    prometheus: '/usr/bin/prometheus',
    amtool: '/usr/bin/amtool',
    alertmanager: '/usr/bin/prometheus-alertmanager',
  };
  const missing = Object.keys(clients).filter((name) => !existsSync(clients[name]));
  if (missing.length > 0)
    process.stderr.write(
      `\nSkipped, because they are not installed: tests with the real ${missing.join(', ')} (Debian: apt-get install prometheus prometheus-alertmanager).\n`,
    );
}
process.exitCode = code;
