import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import pg from 'pg';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { packageRoot } from '../shared/package-root.ts';
import { connect } from './connect.ts';
import { installJobQueue } from './job-queue.ts';
import { type Queryable, transaction } from './query.ts';
import { type DatabaseKind, type DatabaseServers, databaseName } from './servers.ts';

interface Migration {
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

/** Any 64-bit number: two migrations of one database take turns on it. */
const migrationLock = 0x4d49_4752;

const readMigrations = async (kind: DatabaseKind): Promise<Migration[]> => {
  const directory = join(packageRoot(), 'src', 'database', 'migrations', kind);
  const files = (await readdir(directory)).filter((file) => /^\d{6}_.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => ({ id: Number(file.slice(0, 6)), name: file, sql: await readFile(join(directory, file), 'utf8') })),
  );
};

/** Number of the newest migration this program knows. */
export async function knownVersion(kind: DatabaseKind): Promise<number> {
  return (await readMigrations(kind)).at(-1)?.id ?? 0;
}

/** Number of the newest migration a database has; 0 when it has none. */
export async function appliedVersion(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ exists: boolean }>(`select to_regclass('migration.applied') is not null as exists`);
  if (rows[0]?.exists !== true) return 0;
  const applied = await db.query<{ id: number }>('select coalesce(max(id), 0) as id from migration.applied');
  return applied.rows[0]?.id ?? 0;
}

async function countApplied(db: Queryable): Promise<number> {
  if ((await appliedVersion(db)) === 0) return 0;
  return (await db.query<{ count: number }>('select count(*) from migration.applied')).rows[0]?.count ?? 0;
}

function refuseNewer(kind: DatabaseKind, applied: number, known: number): void {
  if (applied <= known) return;
  throw new GatewayError(
    'DATABASE_IS_NEWER',
    `The ${kind} database was brought to version ${applied} by a newer Haven Gateway; this one knows version ${known}. ` +
      'Run the newer program, or restore the backup taken before the upgrade. Nothing was changed.',
    { status: 503, exit: exitCode.configuration },
  );
}

/** Refuses to work on a database of another version: a newer one would be misread, an older one lacks what is asked of it. */
export async function checkVersion(db: Queryable, kind: DatabaseKind): Promise<void> {
  const applied = await appliedVersion(db);
  const known = await knownVersion(kind);
  refuseNewer(kind, applied, known);
  if (applied < known) {
    throw new GatewayError('DATABASE_IS_OLDER', `The ${kind} database is at version ${applied} of ${known}. Run \`haven migrate\` first.`, {
      status: 503,
      exit: exitCode.configuration,
    });
  }
}

async function apply(pool: Pool, migration: Migration, database: string): Promise<void> {
  await transaction(pool, async (tx) => {
    // Claiming the number comes first, so that of two racing programs one waits here and then finds it taken.
    const claim = await tx.query('insert into migration.applied (id, name) values ($1, $2) on conflict do nothing returning id', [
      migration.id,
      migration.name,
    ]);
    if (claim.rows.length === 0) return;
    const sql = migration.sql.replaceAll(':"database"', () => pg.escapeIdentifier(database));
    await tx.query(sql).catch((error: unknown) => {
      throw explainFailure(migration, sql, error);
    });
  });
}

/** A migration holds no data of persons, so what PostgreSQL says about it may be shown, with its line. */
function explainFailure(migration: Migration, sql: string, error: unknown): GatewayError {
  const message = error instanceof Error ? error.message : 'unknown';
  const position = error instanceof pg.DatabaseError && error.position !== undefined ? Number(error.position) : undefined;
  const line = position === undefined ? '' : `:${sql.slice(0, position).split('\n').length}`;
  return new GatewayError('MIGRATION_FAILED', `Migration ${migration.name}${line} failed and was rolled back: ${message}`, {
    status: 500,
    exit: exitCode.configuration,
    cause: error,
  });
}

async function migrateOne(servers: DatabaseServers, kind: DatabaseKind): Promise<number> {
  const pool = connect(servers, 'haven_owner', { max: 2, database: kind });
  try {
    const migrations = await readMigrations(kind);
    const known = migrations.at(-1)?.id ?? 0;
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [migrationLock]);
      refuseNewer(kind, await appliedVersion(client), known);
      if ((await countApplied(client)) === migrations.length) return known;
      await client.query(`
        create schema if not exists migration;
        create table if not exists migration.applied (
          id integer primary key,
          name text not null,
          applied_at timestamptz not null default now()
        );
        comment on table migration.applied is 'Migrations this database has; every process compares it with what it knows before it works';
        grant usage on schema migration to public;
        grant select on migration.applied to public`);
      // Before our own, which give the rights on it.
      if (kind === 'haven') await installJobQueue(pool);
      const { rows } = await client.query<{ id: number }>('select id from migration.applied');
      const applied = new Set(rows.map((row) => row.id));
      for (const migration of migrations) if (!applied.has(migration.id)) await apply(pool, migration, databaseName(servers[kind]));
      return known;
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

/** Brings both databases to the version of this program, each migration in a transaction of its own; refuses a newer database. */
export async function migrate(servers: DatabaseServers): Promise<{ haven: number; vault: number }> {
  return { haven: await migrateOne(servers, 'haven'), vault: await migrateOne(servers, 'vault') };
}
