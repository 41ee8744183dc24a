import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { inject } from 'vitest';
import { type ConnectOptions, connect, connectAdministrator } from '../../src/database/connect.ts';
import { grantDatabase } from '../../src/database/roles.ts';
import { type DatabaseKind, type DatabaseServers, databaseKinds, type RoleName } from '../../src/database/servers.ts';
import { serversOf, templateNames } from './templates.ts';

export interface TestDatabases {
  readonly servers: DatabaseServers;
  readonly adminUrl: string;
  /** A pool as that role, the same one each time; the owner has two databases and says which. */
  pool(role: RoleName, database?: DatabaseKind): Pool;
  /** A pool as superuser of one of the two, for looking where no role of ours may look. */
  administrator(database: DatabaseKind): Pool;
  close(): Promise<void>;
}

/**
 * A migrated pair of databases for one test file: call it in beforeAll, close it in afterAll. Closing fails when a
 * client was not given back, because a leaked client is a hanging gateway in production.
 */
export async function testDatabases(options: ConnectOptions = {}): Promise<TestDatabases> {
  const { adminUrl, secrets } = inject('cluster');
  const suffix = randomBytes(6).toString('hex');
  const names = { haven: `haven_${suffix}`, vault: `haven_vault_${suffix}` };
  const servers = serversOf(adminUrl, secrets, names);
  const admin = connectAdministrator(adminUrl, 'postgres');
  for (const kind of databaseKinds) {
    await admin.query(`create database ${names[kind]} template ${templateNames[kind]} owner haven_owner`);
    await grantDatabase(admin, names[kind], kind);
  }
  const pools = new Map<string, Pool>();
  const remember = (key: string, open: () => Pool): Pool => {
    const pool = pools.get(key) ?? open();
    pools.set(key, pool);
    return pool;
  };
  return {
    servers,
    adminUrl,
    pool: (role, database) =>
      remember(`${role} ${database ?? ''}`, () => connect(servers, role, { ...options, ...(database === undefined ? {} : { database }) })),
    administrator: (database) => remember(`administrator ${database}`, () => connectAdministrator(adminUrl, names[database])),
    close: async () => {
      const leaked = [...pools].filter(([, pool]) => pool.totalCount !== pool.idleCount).map(([key]) => key);
      if (leaked.length === 0) await Promise.all([...pools.values()].map(async (pool) => pool.end()));
      for (const kind of databaseKinds) await admin.query(`drop database ${names[kind]} with (force)`);
      await admin.end();
      if (leaked.length > 0) throw new Error(`clients were not released: ${leaked.join(', ')}`);
    },
  };
}
