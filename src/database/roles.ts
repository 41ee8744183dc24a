import type { Pool } from 'pg';
import pg from 'pg';
import { connectAdministrator } from './connect.ts';
import { makePassword, scramVerifier } from './passwords.ts';
import type { Queryable } from './query.ts';
import { type DatabaseKind, type DatabaseServers, databaseKinds, databaseName, type RoleName, roleNames } from './servers.ts';

const quote = pg.escapeIdentifier;

/** Connections a role may hold: a runaway process of one zone cannot starve the others of 150. */
const connectionLimits: Readonly<Record<RoleName, number>> = {
  haven_owner: 10,
  haven_gateway: 50,
  haven_blackbox: 30,
  haven_ndop: 10,
  haven_analyst: 20,
  haven_auditor: 5,
  haven_jobs: 15,
  haven_sealer: 15,
  haven_reidentifier: 10,
  haven_destroyer: 5,
  haven_eraser: 5,
};

/** Who may connect where: a role of one zone cannot even knock at the database of the other. */
const connectGrants: Readonly<Record<DatabaseKind, readonly RoleName[]>> = {
  haven: [
    'haven_owner',
    'haven_gateway',
    'haven_blackbox',
    'haven_ndop',
    'haven_analyst',
    'haven_auditor',
    'haven_jobs',
    'haven_destroyer',
  ],
  vault: ['haven_owner', 'haven_sealer', 'haven_reidentifier', 'haven_eraser'],
};

/** Roles that only ever read say so themselves, beside having no right to write. */
const readOnlyRoles: readonly RoleName[] = ['haven_analyst', 'haven_auditor'];

/** One lock for everything that belongs to the cluster, so that two `haven migrate` at once take turns. */
const clusterLock = 0x4841_5645;

async function ensureRole(admin: Queryable, role: RoleName, password: string): Promise<void> {
  const { rows } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
  if (rows.length === 0) await admin.query(`create role ${quote(role)}`);
  await admin.query(
    `alter role ${quote(role)} with login nocreatedb nocreaterole noinherit connection limit ${connectionLimits[role]} password ${pg.escapeLiteral(scramVerifier(password))}`,
  );
  await admin.query(`alter role ${quote(role)} set timezone = 'UTC'`);
  if (readOnlyRoles.includes(role)) {
    await admin.query(`alter role ${quote(role)} set default_transaction_read_only = on`);
    await admin.query(`alter role ${quote(role)} set statement_timeout = '5min'`);
  }
}

/**
 * Rights on a database itself (they are not copied with a template): nobody connects who is not named, and only the
 * black box makes temporary tables, because staged rows are the one thing that must vanish with the connection. (The
 * destroyer names the people it derives again in one.)
 */
export async function grantDatabase(admin: Queryable, name: string, kind: DatabaseKind): Promise<void> {
  await admin.query(`revoke all on database ${quote(name)} from public`);
  await admin.query(`grant connect on database ${quote(name)} to ${connectGrants[kind].map(quote).join(', ')}`);
  if (kind === 'haven') await admin.query(`grant temporary on database ${quote(name)} to haven_blackbox, haven_destroyer`);
}

async function ensureDatabase(admin: Queryable, name: string, kind: DatabaseKind): Promise<void> {
  const { rows } = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (rows.length === 0) await admin.query(`create database ${quote(name)} owner haven_owner encoding 'UTF8' template template0`);
  await grantDatabase(admin, name, kind);
}

/**
 * Makes the login roles (passwords in `<secrets>/<role>`) and the databases; does nothing that is done already.
 * @param adminUrl a superuser, or a role with CREATEROLE and CREATEDB, of the server that holds the databases `kinds`
 */
export async function ensureRoles(
  adminUrl: string,
  servers: DatabaseServers,
  kinds: readonly DatabaseKind[] = databaseKinds,
): Promise<void> {
  const pool: Pool = connectAdministrator(adminUrl, 'postgres');
  try {
    const admin = await pool.connect();
    try {
      await admin.query('select pg_advisory_lock($1)', [clusterLock]);
      const roles = roleNames.filter((role) => kinds.some((kind) => connectGrants[kind].includes(role)));
      for (const role of roles) await ensureRole(admin, role, await makePassword(servers.secrets, role));
      // A managed server gives no superuser: its administrator must be a member of the owner to create what the owner owns.
      const { rows } = await admin.query<{ super: boolean }>('select rolsuper as super from pg_roles where rolname = current_user');
      if (rows[0]?.super !== true) await admin.query('grant haven_owner to current_user');
      for (const kind of kinds) await ensureDatabase(admin, databaseName(servers[kind]), kind);
    } finally {
      admin.release(true);
    }
  } finally {
    await pool.end();
  }
}
