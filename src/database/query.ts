import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';

/** Anything that answers a query: a pool, or one client inside a transaction. */
export interface Queryable {
  query<Row extends QueryResultRow = QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<Row>>;
}

/** A client inside a transaction: effect, audit leaf and job are written through the same one. */
export type Transaction = PoolClient & { readonly __transaction?: true };

/** Runs `work` in one transaction: commits what it returns, rolls back what it throws. */
export async function transaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
