/**
 * A small process that runs the embedded PostgreSQL, for tests that kill it. Takes options as JSON in its first
 * argument; prints `ready {…}` or `refused {…}`, then `kept <n>` after each committed row when asked to write.
 */
import pg from 'pg';
import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from '#platform/postgres/supervisor';

/** What the parent is told to do. */
export interface ParentTask {
  readonly options: EmbeddedPostgresOptions;
  readonly next: 'wait' | 'write' | 'exit';
}

const task = JSON.parse(process.argv[2] ?? '{}') as ParentTask;

async function write(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => process.exit(1));
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS kept (n int PRIMARY KEY)');
  for (let n = 1; ; n += 1) {
    await client.query('INSERT INTO kept VALUES ($1) ON CONFLICT DO NOTHING', [n]);
    process.stdout.write(`kept ${n}\n`);
  }
}

try {
  const server = await startEmbeddedPostgres(task.options);
  const { connectionString, pid, startedBy } = server;
  process.stdout.write(`ready ${JSON.stringify({ connectionString, pid, startedBy })}\n`);
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
  if (task.next === 'exit') process.exit(3);
  if (task.next === 'write') await write(connectionString);
  setInterval(() => {}, 60_000);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(`refused ${JSON.stringify({ code, message })}\n`);
  process.exit(1);
}
