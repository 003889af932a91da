import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Client, createClient } from './client.ts';
import { login } from './commands/access.ts';
import { explain, listAlerts, parseLabels } from './commands/alerts.ts';
import { importAlertmanager } from './commands/imports.ts';
import { verify } from './commands/ledger.ts';
import { whoIsOnCall } from './commands/oncall.ts';
import { acknowledgePage, listPages } from './commands/pages.ts';
import { findServer, runServer } from './commands/server.ts';
import type { Io, Outcome } from './io.ts';
import { json } from './output/json.ts';
import { exitOf, problemData, problemText } from './output/problem.ts';
import { connectionOf, readSettings, settingsPath } from './settings.ts';
import { UsageError } from './usage-error.ts';

const EXAMPLES = `
Examples:
  tocsin login --url https://tocsin.example.org --api-key tocsin_…
  tocsin pages                       open pages and who is called next
  tocsin ack 12                      take page 12
  tocsin who --at 2026-10-25T03:00   who is on call at three on Sunday
  tocsin explain --labels alertname=Down,service=checkout
  tocsin import alertmanager am.yml  show what would be made of that file
  tocsin verify                      exit code 1 when an invariant is violated
  tocsin serve --port 8080           run the server

Where to call: --url and --api-key, else TOCSIN_URL and TOCSIN_API_KEY, else what
\`tocsin login\` remembered, else http://127.0.0.1:8080. A key on the command line
can be seen by others on this machine; prefer the environment or login.

Exit codes: 0 done, 1 failed or violated, 2 wrong use, 3 not allowed, 4 not found,
5 in conflict, 75 try again later.
`;

interface Flags {
  readonly url?: string;
  readonly apiKey?: string;
  readonly json?: boolean;
}

/** Runs one command line (without node and script); answers the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exit = 0;
  const program = createProgram(io, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return fail(error, io, argv.includes('--json'));
  }
}

function fail(error: unknown, io: Io, asJson: boolean): number {
  if (asJson) io.out(json(problemData(error)));
  else io.err(problemText(error));
  return exitOf(error);
}

function createProgram(io: Io, end: (exit: number) => void): Command {
  const program = new Command('tocsin')
    .description('Talk to a Tocsin server: who is called, why, and whether everything holds together.')
    .version('0.1.0')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(tocsin --help shows what there is)')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => 80,
    });
  const session = sessionOf(io, end);
  addReading(program, session, io);
  addActing(program, session, io, end);
  return program;
}

type Work<A> = (client: Client, args: A) => Promise<Outcome>;

/** Makes a command's action: connect, work, print. */
function sessionOf(io: Io, end: (exit: number) => void) {
  return async <F extends Flags>(flags: F, work: Work<F>): Promise<void> => {
    const file = readSettings(settingsPath(io.env));
    const { url, apiKey } = connectionOf(flags, io.env, file);
    const outcome = await work(createClient({ baseUrl: url, apiKey, fetch: io.fetch }), flags);
    const style = { columns: io.columns, zone: io.zone, now: io.now() };
    io.out(flags.json ? json(outcome.data) : outcome.text(style));
    end(outcome.exit);
  };
}

function command(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(summary)
    .option('--json', 'print data for other programs')
    .option('--url <address>', 'address of the server')
    .option('--api-key <key>', 'API key');
}

const limitOption = () => new Option('--limit <n>', 'how many at most').default(50).argParser(countOf);

function countOf(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99999.');
  return Number(text);
}

function addReading(program: Command, session: ReturnType<typeof sessionOf>, io: Io): void {
  command(program, 'pages', 'list pages: state, holder, time to the next escalation')
    .addOption(
      new Option('--state <state>', 'which')
        .choices(['open', 'firing', 'acknowledged', 'resolved', 'all'] as const)
        .default('open' as const),
    )
    .option('--mine', 'only those that you hold or that called you', false)
    .addOption(limitOption())
    .action((flags) => session(flags, (client, args) => listPages(client, { ...args, zone: io.zone })));
  command(program, 'alerts', 'list alerts')
    .addOption(
      new Option('--state <state>', 'which')
        .choices(['firing', 'acknowledged', 'resolved', 'all'] as const)
        .default('firing' as const),
    )
    .option('--filter <matchers>', 'matchers, e.g. \'cluster="eu", job=~"db.*"\'')
    .addOption(limitOption())
    .action((flags) =>
      session(flags, (client, { state, filter, limit }) => listAlerts(client, { state, filter, limit })),
    );
  command(program, 'who', 'say who is on call')
    .option('--at <moment>', 'at a moment, e.g. 2026-10-25T03:00 (local) or with an offset')
    .action((flags) => session(flags, (client, { at }) => whoIsOnCall(client, { at, zone: io.zone })));
  command(program, 'explain', 'say why an alert goes where it goes')
    .argument('[alert-id]', 'a stored alert')
    .option('--labels <labels>', 'an alert that is not there, as a=b,c=d')
    .action((alertId: string | undefined, flags) =>
      session(flags, (client, { labels }) => {
        if ((alertId === undefined) === (labels === undefined))
          throw new UsageError(
            'Give either the id of an alert or labels.',
            'For example: tocsin explain --labels alertname=Down,service=checkout',
          );
        return explain(client, labels === undefined ? { alertId: alertId as string } : { labels: parseLabels(labels) });
      }),
    );
  command(program, 'verify', 'check the invariants over everything stored')
    .option('--seal <n>', 'number of a seal that the outside received', countOf)
    .option('--hash <hash>', 'and its hash')
    .action((flags) => session(flags, (client, { seal, hash }) => verify(client, io, { seal, hash })));
}

function addActing(program: Command, session: ReturnType<typeof sessionOf>, io: Io, end: (exit: number) => void): void {
  command(program, 'ack', 'acknowledge a page')
    .argument('<page>', 'its number or id')
    .action((page: string, flags) => session(flags, (client) => acknowledgePage(client, page, io.zone)));
  command(program, 'login', 'remember where to call and as whom').action((flags) =>
    session(flags, (client, given) => {
      const path = settingsPath(io.env);
      const settings = readSettings(path);
      return login(client, connectionOf(given, io.env, settings), { path, settings });
    }),
  );
  const imports = program.command('import').summary('take over the configuration of another tool');
  imports.description('Take over the configuration of another tool.');
  command(imports, 'alertmanager', 'plan, and with --yes make, what an Alertmanager configuration says')
    .argument('<file>', 'alertmanager.yml')
    .option('--yes', 'make it; without this nothing is changed', false)
    .action((file: string, flags) =>
      session(flags, (client, { yes }) => importAlertmanager(client, io, { file, yes })),
    );
  program
    .command('serve')
    .summary('run the server that is installed beside this CLI')
    .description(
      'Run the server that is installed beside this CLI. What follows is passed on to it; see `tocsin serve -- --help`.',
    )
    .option('--server <path>', "path of the server's main file")
    .argument('[args...]', 'passed on to the server')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[], { server }: { server?: string }) => {
      const workspace = join(import.meta.dirname, '../../..');
      const main = findServer({ flag: server, configured: readSettings(settingsPath(io.env)).server, workspace });
      end(await runServer(main, args[0] === 'demo' ? args : ['serve', ...args]));
    });
}
