import type { Pool } from 'pg';
import type { Queryable } from '../database/query.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { anyDue, bringDueChangesIntoForce } from './changes/in-force.ts';
import { loadRegister } from './load.ts';
import type { Register } from './register.ts';

/**
 * The register as it is now, read again only when its version has changed: the question "is there a newer one?" is asked
 * every time, so that a flow suspended a second ago is refused, and the whole document is parsed once.
 * @param force who may write the register lets an approved change take effect on its day by reading it, job or no job
 */
export function createRegisterReader(db: Queryable, force?: { readonly pool: Pool; readonly clock: Clock }): () => Promise<Register> {
  let kept: { readonly version: number; readonly register: Promise<Register> } | undefined;
  const newest = async (): Promise<number> => {
    const { rows } = await db.query<{ version: string; due: boolean }>(
      `select coalesce((select max(version) from register.version), 0) as version, $1::date is not null and ${anyDue} as due`,
      [force === undefined ? null : localDate(force.clock.now())],
    );
    if (force === undefined || rows[0]?.due !== true) return Number(rows[0]?.version ?? 0);
    await bringDueChangesIntoForce(force.pool, force.clock);
    const { rows: after } = await db.query<{ version: string }>('select coalesce(max(version), 0) as version from register.version');
    return Number(after[0]?.version ?? 0);
  };
  return async () => {
    const version = await newest();
    if (kept?.version !== version) kept = { version, register: loadRegister(db) };
    try {
      return await kept.register;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
}
