import { connectAdministrator } from '../../../src/database/connect.ts';

/** One statement as superuser: for looking where no role of ours may look. */
export async function query<Row extends object = Record<string, unknown>>(adminUrl: string, database: string, sql: string): Promise<Row[]> {
  const pool = connectAdministrator(adminUrl, database);
  try {
    return (await pool.query<Row>(sql)).rows;
  } finally {
    await pool.end();
  }
}
