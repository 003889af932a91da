import http from 'node:http';
import { createClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { openDatabases, inTransaction } from '#platform/db';
import { createIds } from '#platform/ids';
import { createAlerts, tickGroups, sweepAlerts, flushSightings } from '#alerts';
import { createIntegrations, alertmanagerDoors } from '#integrations';
import { compileTree } from '#routing';
import { maintainPartitions } from '#platform/partitions';
const cs = process.argv[2]!;
const db = openDatabases({ connectionString: cs, onError: (e) => console.error('pool', e.message) });
const clock = createClock(); const newId = createIds(clock); const config = createConfigCache(db.paging);
const nodes: any[] = [{ id: '00000000-0000-7000-8000-000000000001', parentId: null, position: 0, name: 'root', matchers: [], continue: false, options: { mode: 'page', groupBy: ['alertname'], groupWaitSeconds: 30 } }];
for (let i = 0; i < 10; i++) nodes.push({ id: newId(), parentId: nodes[0].id, position: i, name: 'r' + i, matchers: [{ name: 'team', op: '=', value: 't' + i }], continue: false, options: {} });
const tree = compileTree(nodes); if (!tree.ok) throw new Error(JSON.stringify(tree.faults));
const decider = { decide: async (_t: any, gs: any[]) => new Map(gs.map((g) => [g.id, null])), committed() {} };
const alerts = createAlerts({ db, clock, newId, config, acceptConfig: { current: () => ({ tree: tree.tree, service: () => undefined }) }, decider, wake: () => {} });
const integrations = createIntegrations({ db, clock, newId, config, alerts, audit: async () => {} });
await config.refresh(); await maintainPartitions(db.paging, clock.now());
const { key } = await integrations.create({ name: 'x', kind: 'alertmanager', teamId: null, resolveTimeoutSeconds: 300 }, { kind: 'system', name: 'try' }, clock.now());
const doors = alertmanagerDoors({ clock, integrations, onRefused: () => {}, reads: [] }); const post = doors[0]!;
http.createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (c) => chunks.push(c));
  req.on('end', async () => {
    try {
      const a = await post.handle({ params: { key }, query: new URLSearchParams(), headers: req.headers as any, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), address: '' });
      res.writeHead(a.status, { 'content-length': Buffer.byteLength(a.body ?? '') }); res.end(a.body);
    } catch (e) { console.error(e); res.writeHead(500); res.end(); }
  });
}).listen(Number(process.env['PORT'] ?? 9193), '127.0.0.1', () => console.log(JSON.stringify({ pid: process.pid, url: `http://127.0.0.1:${process.env['PORT'] ?? 9193}/api/v2/alerts` })));
setInterval(() => { flushSightings({ db, cache: alerts.cache }).catch(console.error); }, 5000);
setInterval(() => { tickGroups({ db, clock, config, decider, cache: alerts.cache, onTrouble: console.error } as any, clock.now()).catch(console.error); }, 1000);
process.on('SIGINT', () => process.exit(0));
