// `npm run dev`: the demo, built and restarted when sources change.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
spawnSync(process.execPath, [join(root, 'scripts/build-web.mjs')], { stdio: 'inherit' });
const server = spawn(
  process.execPath,
  [
    '--watch',
    '--watch-path',
    join(root, 'apps/server/src'),
    '--watch-path',
    join(root, 'packages'),
    join(root, 'apps/server/src/main.ts'),
    'demo',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
const web = spawn(
  process.execPath,
  [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--watch', '--logLevel', 'warn'],
  { cwd: join(root, 'apps/web'), stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    web.kill('SIGTERM');
    server.kill(signal);
  });
server.on('exit', (code) => process.exit(code ?? 0));
