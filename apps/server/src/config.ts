import { existsSync, readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { readAllowList } from '#platform/egress-addresses';

const seconds = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const httpUrl = z.url({ protocol: /^https?$/ });
const yesNo = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ),
]);

function egressFault(entries: readonly string[]): string | null {
  try {
    readAllowList(entries);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The one schema of the configuration: names, bounds, defaults. Unknown names are faults. */
const schema = z
  .strictObject({
    /** PostgreSQL 15 to 18; without it Tocsin runs its own. */
    databaseUrl: z.string().min(1).optional(),
    dataDir: z.string().min(1).default('.data'),
    /** The OS user that the embedded PostgreSQL runs as when Tocsin runs as root and user namespaces are not to be had. */
    postgresUser: z.string().min(1).optional(),
    host: z.string().min(1).default('127.0.0.1'),
    port: z.coerce.number().int().min(0).max(65_535).default(8080),
    /** Where people reach Tocsin; links in messages begin with it. */
    publicUrl: httpUrl.optional(),
    trustedProxies: list.default([]),
    secretKey: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits')
      .optional(),
    previousSecretKey: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits')
      .optional(),
    smtpUrl: z.url({ protocol: /^smtps?$/ }).optional(),
    smtpFrom: z.string().min(3).default('Tocsin <tocsin@localhost>'),
    /** The ntfy server of addresses that are a topic alone. */
    ntfyUrl: httpUrl.default('https://ntfy.sh'),
    ntfyToken: z.string().min(1).optional(),
    telegramBotToken: z
      .string()
      .regex(/^\d+:[\w-]+$/, 'must be a token as @BotFather gives it')
      .optional(),
    telegramApiUrl: httpUrl.default('https://api.telegram.org'),
    pushoverAppToken: z
      .string()
      .regex(/^[A-Za-z0-9]{30}$/, 'must be 30 letters and digits')
      .optional(),
    pushoverApiUrl: httpUrl.default('https://api.pushover.net'),
    /** Port of the listener for mail to integrations; without it there is none. */
    mailInPort: z.coerce.number().int().min(0).max(65_535).optional(),
    /** Where Tocsin speaks when paging itself fails. */
    emergencyWebhookUrl: httpUrl.optional(),
    emergencyMailTo: z.email().optional(),
    /** An outside dead-man's switch, told every interval while this Tocsin pages on time. */
    heartbeatUrl: httpUrl.optional(),
    heartbeatIntervalSeconds: seconds(10, 3_600).default(60),
    /** Addresses (CIDR or host) that outgoing webhooks may reach though they are not public. */
    egressAllow: list.default([]),
    roles: list.pipe(z.array(z.enum(['intake', 'engine', 'api']))).default(['intake', 'engine', 'api']),
    /** API requests a second by one person's keys (four times as many at once); 0: no limit. */
    apiRatePerSecond: z.coerce.number().int().min(0).max(10_000).default(100),
    /** Open alerts of one integration from which its owners are told. */
    openAlertsAlarm: z.coerce.number().int().min(1).max(10_000_000).default(50_000),
    /** Open alerts of one integration from which no more are taken (503). */
    openAlertsMost: z.coerce.number().int().min(1).max(10_000_000).default(1_000_000),
    logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    /** Whether /metrics answers without an API key. */
    metricsPublic: yesNo.default(false),
  })
  .superRefine((config, context) => {
    const loopback = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
    if (!loopback && !config.publicUrl)
      context.addIssue({
        code: 'custom',
        path: ['publicUrl'],
        message: `is needed when host is ${config.host}: links in messages must lead somewhere`,
      });
    if (config.emergencyMailTo && !config.smtpUrl)
      context.addIssue({ code: 'custom', path: ['emergencyMailTo'], message: 'needs smtpUrl' });
    if (config.roles.length === 0)
      context.addIssue({ code: 'custom', path: ['roles'], message: 'must name at least one of intake, engine, api' });
    const fault = egressFault(config.egressAllow);
    if (fault) context.addIssue({ code: 'custom', path: ['egressAllow'], message: fault });
  });

/** The configuration of a process; frozen, passed explicitly. */
export type Config = Readonly<z.output<typeof schema>>;

/** A configuration that cannot be used, with every fault at once. */
export class ConfigInvalid extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** Names whose value may stand in a file, named by `<NAME>_FILE`. */
const SECRETS = new Set([
  'databaseUrl',
  'secretKey',
  'previousSecretKey',
  'smtpUrl',
  'ntfyToken',
  'telegramBotToken',
  'pushoverAppToken',
  'emergencyWebhookUrl',
  'heartbeatUrl',
]);

/** The environment variable of a name: `dataDir` → `TOCSIN_DATA_DIR`; the database keeps its common name. */
export function variableOf(name: string): string {
  const upper = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return name.startsWith('database') ? upper : `TOCSIN_${upper}`;
}

/** Where the configuration is read from: a YAML file, the environment, and what the command line said. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: string | undefined;
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** Reads defaults ← file ← environment ← flags. Throws ConfigInvalid with all faults, named as the reader wrote them. */
export function readConfig(sources: ConfigSources): Config {
  const faults: string[] = [];
  const fromFile = sources.file ? readFile(sources.file, faults) : {};
  const fromEnv = readEnvironment(sources.env, faults);
  const flags = Object.fromEntries(Object.entries(sources.flags ?? {}).filter(([, value]) => value !== undefined));
  const parsed = schema.safeParse({ ...fromFile, ...fromEnv, ...flags });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = issue.path.join('.');
      const where =
        name in flags ? `--${name}` : name in fromEnv ? variableOf(name) : name || (sources.file ?? 'configuration');
      faults.push(`${where}: ${issue.message}`);
    }
  }
  if (faults.length > 0 || !parsed.success) throw new ConfigInvalid(faults);
  return Object.freeze(parsed.data);
}

function readFile(path: string, faults: string[]): Record<string, unknown> {
  try {
    const content: unknown = parseYaml(readFileSync(path, 'utf8'), { maxAliasCount: 10 });
    if (content === null || content === undefined) return {};
    if (typeof content === 'object' && !Array.isArray(content)) return content as Record<string, unknown>;
    faults.push(`${path}: must be a list of names and values`);
  } catch (error) {
    faults.push(`${path}: ${(error as Error).message}`);
  }
  return {};
}

function readEnvironment(env: ConfigSources['env'], faults: string[]): Record<string, unknown> {
  const names = Object.keys(schema.shape);
  const known = new Map(
    names.flatMap((name) => [
      [variableOf(name), name] as const,
      ...(SECRETS.has(name) ? [[`${variableOf(name)}_FILE`, name] as const] : []),
    ]),
  );
  const values: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(env)) {
    const name = known.get(variable);
    if (value === undefined || value === '') continue;
    if (!name) {
      if (variable.startsWith('TOCSIN_') && !CLIENT_VARIABLES.has(variable))
        faults.push(`${variable}: is not a name of the configuration`);
    } else if (!variable.endsWith('_FILE') || !SECRETS.has(name)) values[name] = value;
    else if (!existsSync(value)) faults.push(`${variable}: there is no file ${value}`);
    else values[name] ??= readFileSync(value, 'utf8').trim();
  }
  return values;
}

/** Variables of the command line client, which may stand in the same environment. */
const CLIENT_VARIABLES = new Set(['TOCSIN_URL', 'TOCSIN_API_KEY']);

/** Every name of the configuration; docs/configuration.md tells them in this order. */
export const configNames: readonly string[] = Object.keys(schema.shape);

/** Whether `<VARIABLE>_FILE` may name a file that holds the value. */
export function takesFile(name: string): boolean {
  return SECRETS.has(name);
}
