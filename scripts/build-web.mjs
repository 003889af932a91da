// Builds the web app when its sources have changed since the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const web = join(root, 'apps/web');
const stamp = join(web, 'dist/.stamp');
const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
for (const folder of [web, join(root, 'packages/contracts')])
  for (const file of readdirSync(folder, { recursive: true }).map(String).sort())
    if (!/^(dist|node_modules)/.test(file) && /\.(ts|tsx|css|html|json|svg)$/.test(file))
      hash.update(file).update(readFileSync(join(folder, file)));
const now = hash.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== now) {
  process.stderr.write('Building the web app…\n');
  const vite = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: web, stdio: ['ignore', 2, 2] },
  );
  if (vite.status !== 0) process.exit(vite.status ?? 1);
  writeFileSync(stamp, now);
}
