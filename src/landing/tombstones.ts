import type { Queryable } from '../database/query.ts';
import { type MergeScope, recordOf } from './merge.ts';

/**
 * Keeps the tombstones of the stage: key and time, no more. One without a time is not kept: what a source writes without
 * saying when counts by its arrival, and so does what comes after it.
 */
export const rememberTombstones = (tx: Queryable): Promise<unknown> =>
  tx.query(
    `insert into landing.tombstone as t (source_key, setting, flow_no, source_at)
     select source_key, setting, flow_no, source_at from stage where deleted and not withheld and source_at is not null order by source_key
     on conflict (flow_no, source_key) do update set source_at = greatest(t.source_at, excluded.source_at)`,
  );

/**
 * Takes back what this delivery landed although its source had taken it away later than it wrote this row. At the end, in
 * one statement over the flow's tombstones, so that landing asks nobody row by row; a flow without tombstones pays nothing.
 * A record written anew after its tombstone takes that away.
 *
 * @returns rows that landed and changed nothing after all
 */
export async function removeOutlived(tx: Queryable, { setting, flowNo, deliveryNo }: MergeScope): Promise<number> {
  const { rowCount } = await tx.query('select from landing.tombstone where flow_no = $1 limit 1', [flowNo]);
  if (!rowCount) return 0;
  const { rows } = await tx.query<{ removed: number }>(
    `with gone as materialized (
       select e.source_key, e.person_id from landing.tombstone t cross join lateral (${recordOf('t.source_key', '$1')}) e
        where t.flow_no = $2 and e.delivery_no = $3 and e.source_at < t.source_at
     ), taken as (
       delete from environment.event e
        where e.setting = $1::environment.setting and e.source_key = any (array(select source_key from gone))
     ), noted as (
       insert into bereft select person_id from gone
     )
     select count(*)::int as removed from gone`,
    [setting, flowNo, deliveryNo],
  );
  await tx.query(
    `delete from landing.tombstone t
      where t.flow_no = $2 and exists (
        select from (${recordOf('t.source_key', '$1')}) e where e.source_at is null or e.source_at >= t.source_at offset 0)`,
    [setting, flowNo],
  );
  return rows[0]?.removed ?? 0;
}
