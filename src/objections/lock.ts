import type { Queryable } from '../database/query.ts';

/**
 * Deliveries look up objections person by person while they stream, so one that arrives in between could be missed.
 * A delivery holds this lock shared until it commits; removing what an objection covers takes it exclusively, after the
 * objection itself is already recorded and seen by every read. So whatever a delivery missed is removed right behind it.
 */
const objectionsLock = 7_318_001;

export const holdWhileLanding = (tx: Queryable): Promise<unknown> => tx.query('select pg_advisory_xact_lock_shared($1)', [objectionsLock]);

export const waitForDeliveries = (tx: Queryable): Promise<unknown> => tx.query('select pg_advisory_xact_lock($1)', [objectionsLock]);
