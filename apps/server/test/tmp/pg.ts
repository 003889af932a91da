import { startEmbeddedPostgres } from '#platform/postgres/supervisor';
const server = await startEmbeddedPostgres({ dataDir: process.argv[2]! });
console.log(JSON.stringify({ pid: server.pid, url: server.connectionString }));
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
setInterval(() => {}, 60_000);
