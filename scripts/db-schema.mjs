// `npm run db:schema`: writes apps/server/schema.sql and the row types from the migrations, by a throw-away PostgreSQL.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// The test that compares them is what writes them, too: what is written is what is compared.
const root = join(import.meta.dirname, '..');
const args = ['run', '--project', 'db', 'apps/server/test/schema.db.test.ts', '--update'];
const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };
const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit', env });
process.exit(status ?? 1);
