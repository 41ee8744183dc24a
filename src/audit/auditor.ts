import { connect } from '../database/connect.ts';
import type { Queryable } from '../database/query.ts';
import type { DatabaseServers } from '../database/servers.ts';

/**
 * One snapshot for the whole reading, as the role that may only read. Reading a long log takes longer than a query may, so
 * it has a connection of its own, which ends with it.
 */
export async function asAuditor<T>(servers: DatabaseServers, read: (db: Queryable) => Promise<T>): Promise<T> {
  const pool = connect(servers, 'haven_auditor', { max: 1 });
  try {
    const client = await pool.connect();
    try {
      await client.query('begin isolation level repeatable read read only');
      const result = await read(client);
      await client.query('commit');
      return result;
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}
