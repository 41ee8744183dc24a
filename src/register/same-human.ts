import type { Queryable } from '../database/query.ts';

/**
 * Whether two staff ids belong to one human: the same id, however it is written, or two places' ids of whoever signs in as
 * the same subject. Every decision of two people asks it; the database asks again (migration 000040).
 */
export async function isSameHuman(db: Queryable, one: string, other: string): Promise<boolean> {
  const { rows } = await db.query<{ same: boolean }>('select register.same_human($1, $2) as same', [one, other]);
  return rows[0]?.same !== false;
}
