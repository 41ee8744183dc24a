import type { Pool } from 'pg';
import { connect } from '../database/connect.ts';
import type { Queryable } from '../database/query.ts';
import type { DatabaseServers } from '../database/servers.ts';

/** One snapshot of the log for several questions, on a connection of this pool. */
export async function inSnapshot<T>(pool: Pool, read: (db: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin isolation level repeatable read read only');
    const result = await read(client);
    await client.query('commit');
    broken = false;
    return result;
  } finally {
    // A transaction that failed ends with its connection.
    client.release(broken);
  }
}

/**
 * One snapshot for the whole reading, as the role that may only read. Reading a long log takes longer than a query may, so
 * it has a connection of its own, which ends with it.
 */
export async function asAuditor<T>(servers: DatabaseServers, read: (db: Queryable) => Promise<T>): Promise<T> {
  const pool = connect(servers, 'haven_auditor', { max: 1 });
  try {
    return await inSnapshot(pool, read);
  } finally {
    await pool.end();
  }
}
