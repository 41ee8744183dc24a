import type { Queryable } from '../database/query.ts';

/**
 * Deliveries look up objections person by person while they stream, and what is derived (summaries, scores, pseudonyms of
 * a project) is made from rows as they were when its statement began, so an objection that arrives in between could be
 * missed. Whoever adds rows about people holds this lock shared until it commits; removing what an objection covers takes
 * it exclusively, after the objection itself is recorded. So whatever they missed is removed right behind them.
 */
const objectionsLock = 7_318_001;

export const holdWhileLanding = (tx: Queryable): Promise<unknown> => tx.query('select pg_advisory_xact_lock_shared($1)', [objectionsLock]);

export const waitForDeliveries = (tx: Queryable): Promise<unknown> => tx.query('select pg_advisory_xact_lock($1)', [objectionsLock]);

/** True when nobody is adding rows, and nobody will until this transaction ends. */
export async function noDeliveriesNow(tx: Queryable): Promise<boolean> {
  const { rows } = await tx.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [objectionsLock]);
  return rows[0]?.got === true;
}
