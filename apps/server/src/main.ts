#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { MigrationRefused } from '#platform/migrate';
import { ConfigInvalid, readConfig } from './config.ts';
import { runProcess } from './process.ts';

const USAGE = `Usage: tocsin-server <serve|demo> [options]

  serve                 run Tocsin; the first visitor of /setup becomes its owner
  demo                  the same with a seeded demo organisation and a trickle of alerts

  --port N              port to listen on (8080; 0 takes any free one)
  --host ADDRESS        address to listen on (127.0.0.1)
  --data-dir DIR        where the embedded PostgreSQL and the keys are kept (.data)
  --config FILE         YAML file of settings; see docs/configuration.md
  --ready-file FILE     write one JSON object to FILE when everything is ready
  --quiet               demo: no demo traffic

Exit codes: 0 stopped on request, 1 failed, 2 wrong use or configuration.
`;

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'data-dir': { type: 'string' },
      config: { type: 'string' },
      'ready-file': { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const command = positionals[0] ?? 'serve';
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (!['serve', 'demo'].includes(command) || positionals.length > 1) {
    process.stderr.write(`${positionals.join(' ')}: not a command\n\n${USAGE}`);
    return 2;
  }
  const flags = { port: values.port, host: values.host, dataDir: values['data-dir'] };
  const config = readConfig({ env: process.env, file: values.config, flags });
  const demo = command === 'demo';
  return runProcess({
    // Everything can be tried in the demo, mail in too: at any free port.
    config: demo ? { ...config, mailInPort: config.mailInPort ?? 0 } : config,
    demo,
    quiet: values.quiet,
    readyFile: values['ready-file'] ?? null,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const misuse =
    error instanceof ConfigInvalid || String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const foreseen = misuse || (error instanceof Error && ('code' in error || error instanceof MigrationRefused));
  if (!foreseen && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
  process.exitCode = misuse ? 2 : 1;
}
