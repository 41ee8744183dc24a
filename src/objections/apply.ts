import type { Queryable, Transaction } from '../database/query.ts';
import { localDate } from '../shared/clock.ts';
import { waitForDeliveries } from './lock.ts';
import { type RemovalTools, type Removed, removeCovered } from './remove.ts';

/**
 * Removes what every objection not yet applied covers, once the deliveries that may have missed it are through. Called
 * after an import, and by a daily job for objections dated ahead and for removals that were interrupted.
 */
export async function applyObjections(tx: Transaction, tools: RemovalTools): Promise<Removed> {
  await waitForDeliveries(tx);
  return applyWaiting(tx, tools);
}

/** The same for a transaction that holds the lock of lock.ts already. */
export async function applyWaiting(tx: Transaction, tools: RemovalTools, importId?: string): Promise<Removed> {
  const at = localDate(tools.clock.now());
  // See record.ts: a long list stays in memory.
  await tx.query(`set local work_mem = '64MB'`);
  await tx.query('drop table if exists pg_temp.due, pg_temp.objecting');
  await tx.query('create temporary table due (objection_no bigint not null) on commit drop');
  await tx.query(
    `insert into due select w.objection_no from objections.waiting w
     where exists (select from objections.objection o where o.objection_no = w.objection_no and o.set_on <= $1::date)`,
    [at],
  );
  await tx.query('analyze due');
  await tx.query(
    'create temporary table objecting (person_id bigint not null, kind text not null, about environment.setting) on commit drop',
  );
  await tx.query(
    `insert into objecting
     select distinct l.person_id, o.kind, o.about
     from objections.standing($1::date) o
     join due using (objection_no)
     join linkage.pseudonym l on l.landing_pseudonym = o.landing_pseudonym`,
    [at],
  );
  await tx.query('analyze objecting');
  const removed = await removeCovered(tx, tools, importId);
  // Also those of people not yet known: their data are withheld when they arrive.
  await tx.query('delete from objections.waiting w using due where due.objection_no = w.objection_no');
  return removed;
}

/**
 * Two persons became one: whatever either of them said is said by the one, about all that both have. Call it in the
 * transaction of the merge, and applyObjections in one of its own once that is committed.
 */
export async function reconsiderObjections(tx: Queryable, personIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into objections.waiting (objection_no)
     select o.objection_no from linkage.pseudonym l join objections.objection o on o.landing_pseudonym = l.landing_pseudonym
     where l.person_id = any ($1::bigint[]) and not o.ends_only
     on conflict do nothing`,
    [personIds],
  );
}
