import { readFileSync } from 'node:fs';
import pg from 'pg';
import { ConfigurationError } from '../shared/errors.ts';
import { readPassword } from './passwords.ts';
import { type DatabaseKind, type DatabaseServers, databaseName, homeOfRole, type RoleName, withDatabase } from './servers.ts';

export interface ConnectOptions {
  readonly max?: number;
  /** Only the owner has a choice; every other role has one database. */
  readonly database?: DatabaseKind;
  /** A connection lost while idle; the pool replaces it, so the default is to say nothing. */
  readonly onIdleError?: (error: Error) => void;
}

/** Whole numbers beyond 2^53 would change silently as a JavaScript number: better to fail than to count wrongly. */
function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an integer from the database is too large for this program');
  return value;
}

const keepText = (text: string): string => text;

/**
 * How values come back. `date` and `timestamp` stay text (`2026-11-21`, `2026-11-21 10:00:00`): as JavaScript dates they
 * would move by an hour, and so to another day, with the time zone of the machine. `bigint` is a number.
 */
const parsers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.DATE, keepText],
  [pg.types.builtins.TIMESTAMP, keepText],
  [pg.types.builtins.INT8, parseInteger],
]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(id)) ?? pg.types.getTypeParser(id, format as 'text'),
};

/** TLS as the URL asks; a mode we do not know is refused rather than treated as none. */
function tlsOf(url: URL): pg.PoolConfig['ssl'] {
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  if (mode === 'disable') return false;
  if (mode !== 'require' && mode !== 'verify-ca' && mode !== 'verify-full') {
    throw new ConfigurationError([
      'sslmode of a database URL may be disable, require, verify-ca or verify-full (all but disable check the certificate)',
    ]);
  }
  const authority = url.searchParams.get('sslrootcert');
  return authority === null ? true : { ca: readFileSync(authority, 'utf8') };
}

/** Host, port, database and TLS of a URL, without its credentials. */
function address(text: string): pg.PoolConfig {
  const url = new URL(text);
  return {
    host: url.searchParams.get('host') ?? decodeURIComponent(url.hostname),
    port: url.port === '' ? 5432 : Number(url.port),
    database: databaseName(text),
    ssl: tlsOf(url),
  };
}

/** A pool whose every new connection reads the role's password file first, so that passwords can be rotated under a running process. */
export function connect(servers: DatabaseServers, role: RoleName, options: ConnectOptions = {}): pg.Pool {
  const kind = role === 'haven_owner' ? (options.database ?? 'haven') : homeOfRole[role];
  const pool = new pg.Pool({
    ...address(servers[kind]),
    user: role,
    password: () => readPassword(servers.secrets, role),
    application_name: role,
    max: options.max ?? 10,
    idleTimeoutMillis: 30_000,
    // A busy connection ends too: its temporary tables would otherwise keep old transactions from being frozen for months.
    maxLifetimeSeconds: 3_600,
    connectionTimeoutMillis: 15_000,
    types,
  });
  // Without a listener Node ends the process when the server closes an idle connection.
  pool.on('error', (error) => options.onIdleError?.(error));
  // The same for one that is lost between two statements of a transaction: its next statement fails, and says so.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** A pool for administration with the credentials in the URL. */
export function connectAdministrator(url: string, database: string): pg.Pool {
  const { username, password } = new URL(url);
  const pool = new pg.Pool({
    ...address(withDatabase(url, database)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    application_name: 'haven_administrator',
    max: 2,
    connectionTimeoutMillis: 15_000,
    types,
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
