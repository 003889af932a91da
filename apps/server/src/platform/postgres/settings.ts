import { join } from 'node:path';

/** Where clients reach the server. */
export type Endpoint =
  | { readonly kind: 'socket'; readonly directory: string }
  /** Windows only, on 127.0.0.1. */
  | { readonly kind: 'loopback'; readonly port: number };

/** What the command line of the server depends on. */
export interface ServerSettings {
  readonly pgDir: string;
  readonly endpoint: Endpoint;
  readonly durable: boolean;
  readonly maxConnections: number;
  readonly sharedBuffersMb: number;
}

/** The superuser and owner of everything in the embedded cluster. */
export const ROLE = 'tocsin';
/** The database of the product. */
export const DATABASE = 'tocsin';
const PORT = 5432;
const SOCKET_FILE = `.s.PGSQL.${PORT}`;

/** Longest path that `sun_path` takes, without its closing NUL; macOS has 104 in all. */
const SOCKET_PATH_BYTES = 103;

/** Path of the socket inside its directory. */
export function socketFile(directory: string): string {
  return join(directory, SOCKET_FILE);
}

/** Whether a socket in this directory has a path that the kernel accepts. */
export function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(socketFile(directory)) <= SOCKET_PATH_BYTES;
}

/**
 * The arguments of `postgres`, all settings included, so that a running server's command line tells whether it is the
 * one we would start: nothing is written into postgresql.conf. For 512 MB and one core; about 25 MB beside the buffers.
 */
export function serverArguments(settings: ServerSettings): readonly string[] {
  const { endpoint } = settings;
  const values: Readonly<Record<string, string | number>> = {
    ...(endpoint.kind === 'socket'
      ? {
          listen_addresses: '',
          unix_socket_directories: socketDirectoryValue(endpoint.directory),
          unix_socket_permissions: '0700',
          port: PORT,
        }
      : { listen_addresses: '127.0.0.1', port: endpoint.port }),
    ssl: 'off',
    max_connections: settings.maxConnections,
    shared_buffers: `${settings.sharedBuffersMb}MB`,
    effective_cache_size: `${settings.sharedBuffersMb * 4}MB`,
    work_mem: '4MB',
    maintenance_work_mem: '32MB',
    wal_buffers: '4MB',
    // One node by itself: nothing replicates from it, so it needs neither the WAL nor the processes for that.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_replication_slots: 0,
    max_logical_replication_workers: 0,
    max_worker_processes: 4,
    max_parallel_workers: 2,
    // No I/O worker processes: 15 MB and three orphans less after a kill.
    io_method: 'sync',
    wal_compression: 'off',
    max_wal_size: '2GB',
    min_wal_size: '160MB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    jit: 'off',
    TimeZone: 'UTC',
    log_timezone: 'UTC',
    // Errors of statements are told to the client; the log would keep people's data (Key (mail)=…) for nobody.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: -1,
    ...durability(settings.durable),
  };
  return ['-D', settings.pgDir, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** A URL for the `pg` driver and for libpq. */
export function connectionString(endpoint: Endpoint, password: string, database: string): string {
  const user = `${ROLE}:${encodeURIComponent(password)}`;
  return endpoint.kind === 'socket'
    ? `postgresql://${user}@/${database}?host=${encodeURIComponent(endpoint.directory)}&port=${PORT}`
    : `postgresql://${user}@127.0.0.1:${endpoint.port}/${database}`;
}

// The setting is a list: a path with a comma, quote or blank must be quoted inside it.
function socketDirectoryValue(directory: string): string {
  return `"${directory.replaceAll('"', '""')}"`;
}

function durability(durable: boolean): Readonly<Record<string, string>> {
  return durable
    ? { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
    : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
}
