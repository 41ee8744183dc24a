import { statfsSync } from 'node:fs';
import { totalmem } from 'node:os';

const gigabyte = 1024 ** 3;

/** Memory this process may use: a container's limit, or the machine's. */
function memory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Parallel queries share memory through /dev/shm, of which a container has 64 MB unless told otherwise: then they fail, so none are planned. */
function parallelism(): Record<string, string> {
  if (process.platform !== 'linux') return {};
  try {
    const { bsize, blocks } = statfsSync('/dev/shm');
    if (bsize * blocks >= gigabyte / 2) return {};
  } catch {
    // No /dev/shm at all.
  }
  return { max_parallel_workers_per_gather: '0', max_parallel_maintenance_workers: '0' };
}

/**
 * Settings of the embedded server, written at every start. Durability is never traded; what differs from PostgreSQL's
 * defaults is room (bulk loads) and silence (a value from a row must never reach the server's log).
 */
export function serverSettings(): Record<string, string> {
  const available = memory();
  const shared = available >= 4 * gigabyte ? '512MB' : available >= 2 * gigabyte ? '256MB' : '128MB';
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '150',
    password_encryption: 'scram-sha-256',
    shared_buffers: shared,
    work_mem: available >= 4 * gigabyte ? '32MB' : '8MB',
    maintenance_work_mem: available >= 4 * gigabyte ? '256MB' : '64MB',
    effective_cache_size: `${Math.max(256, Math.floor(available / 2 / 1024 ** 2))}MB`,
    random_page_cost: '1.1',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    wal_compression: 'pglz',
    ...parallelism(),
    synchronous_commit: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    // Compiling a plan costs more than any of our queries.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // LOG and FATAL, but not ERROR: the message of an error quotes the value that caused it.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: '-1',
    debug_print_plan: 'off',
  };
}

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Text of a postgresql.conf. */
export const renderSettings = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${quote(value)}\n`)
    .join('');
