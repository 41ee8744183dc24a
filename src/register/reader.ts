import type { Pool } from 'pg';
import type { Queryable } from '../database/query.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { anyDue, bringDueChangesIntoForce } from './changes/in-force.ts';
import { loadRegister } from './load.ts';
import type { Register } from './register.ts';

interface Kept {
  readonly version: number;
  readonly register: Promise<Register>;
}

/** What was last read through a pool, for every reader of it: a document that has not changed is parsed once. */
const keptOf = new WeakMap<Queryable, { kept?: Kept | undefined }>();

function sharedBy(pool: Pool): { kept?: Kept | undefined } {
  const shared = keptOf.get(pool) ?? {};
  keptOf.set(pool, shared);
  return shared;
}

/**
 * The register as it is now, read again only when its version has changed: the question "is there a newer one?" is asked
 * every time, so that a flow suspended a second ago is refused, and the whole document is parsed once.
 * @param force who may write the register lets an approved change take effect on its day by reading it, job or no job
 */
export function createRegisterReader(db: Queryable, force?: { readonly pool: Pool; readonly clock: Clock }): () => Promise<Register> {
  // A transaction may see a version that never comes into force: what is read there is nobody else's register.
  const shared: { kept?: Kept | undefined } = force?.pool === db ? sharedBy(force.pool) : {};
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
    const kept = shared.kept?.version === version ? shared.kept : { version, register: loadRegister(db) };
    shared.kept = kept;
    try {
      return await kept.register;
    } catch (error) {
      if (shared.kept === kept) shared.kept = undefined;
      throw error;
    }
  };
}
