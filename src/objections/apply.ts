import type { Queryable, Transaction } from '../database/query.ts';
import { localDate } from '../shared/clock.ts';
import type { Setting } from '../shared/settings.ts';
import type { ObjectionKind } from './kinds.ts';
import { waitForDeliveries } from './lock.ts';
import { type RemovalTools, type Removed, removeCovered } from './remove.ts';

/**
 * Removes what every objection not yet applied covers, once the deliveries that may have missed it are through. Called
 * after an import, and by a daily job for objections dated ahead and for removals that were interrupted.
 */
export async function applyObjections(tx: Transaction, tools: RemovalTools): Promise<Removed> {
  await waitForDeliveries(tx);
  const at = localDate(tools.clock.now());
  const { rows } = await tx.query<{ personId: string; kind: ObjectionKind; about: Setting | null }>(
    `select distinct l.person_id::text as "personId", o.kind, o.about
     from objections.objection o
     join linkage.pseudonym l on l.landing_pseudonym = o.landing_pseudonym
     where o.applied_at is null and o.set_on <= $1::date and (o.withdrawn_on is null or o.withdrawn_on > $1::date)
       and not (o.kind in ('type-1', 'ndop') and exists (
         select 1 from objections.objection later
         where later.landing_pseudonym = o.landing_pseudonym and later.kind = o.kind
           and later.withdrawn_on > o.set_on and later.withdrawn_on <= $1::date
       ))`,
    [at],
  );
  const removed = await removeCovered(
    tx,
    { personIds: rows.map(({ personId }) => personId), kinds: rows.map(({ kind }) => kind), about: rows.map(({ about }) => about) },
    tools,
  );
  // Also those of people not yet known: their data are withheld when they arrive.
  await tx.query('update objections.objection set applied_at = $2 where applied_at is null and set_on <= $1::date', [
    at,
    tools.clock.now(),
  ]);
  return removed;
}

/**
 * Two persons became one: whatever either of them said is said by the one, about all that both have. Call it in the
 * transaction of the merge, and applyObjections in one of its own once that is committed.
 */
export async function reconsiderObjections(tx: Queryable, personIds: readonly string[]): Promise<void> {
  await tx.query(
    `update objections.objection o set applied_at = null from linkage.pseudonym l
     where l.person_id = any ($1::bigint[]) and o.landing_pseudonym = l.landing_pseudonym and o.applied_at is not null`,
    [personIds],
  );
}
