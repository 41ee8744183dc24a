import type { Queryable } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { releaseCount } from '../returns/disclosure.ts';
import type { AnnualReport, FlowYear, Protected } from './annual-report.ts';
import type { Period } from './annual-report-log.ts';

interface FlowRow extends Record<string, unknown> {
  readonly flow_id: string;
  readonly deliveries: number;
  readonly refused: number;
  readonly received: number;
  readonly landed: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly withheld: Record<string, number> | null;
  readonly quarantined: Record<string, number> | null;
}

/** Every flow of the agreement, also those that sent nothing and those that have left the register. */
export async function flowsInYear(db: Queryable, register: Register, agreementId: string, period: Period): Promise<FlowYear[]> {
  const { rows } = await db.query<FlowRow>(
    `with delivery as materialized (
       select d.* from landing.delivery d join register.flow f using (flow_id)
       where f.agreement_id = $1 and (d.finished at time zone 'Europe/London')::date between $2 and $3
     ), reasons as (
       select flow_id, 'withheld' as outcome, r.key, sum(r.value::bigint) as count from delivery, jsonb_each_text(withheld) r where state = 'landed' group by 1, 2, 3
       union all
       select flow_id, 'quarantined', r.key, sum(r.value::bigint) from delivery, jsonb_each_text(quarantined) r where state = 'landed' group by 1, 2, 3
     ), by_reason as (
       select flow_id, jsonb_object_agg(key, count) filter (where outcome = 'withheld') as withheld,
              jsonb_object_agg(key, count) filter (where outcome = 'quarantined') as quarantined
       from reasons group by flow_id
     )
     select f.flow_id, count(d.flow_id) filter (where d.state = 'landed') as deliveries,
            count(d.flow_id) filter (where d.state = 'refused') as refused,
            coalesce(sum(d.received) filter (where d.state = 'landed'), 0)::bigint as received,
            coalesce(sum(d.landed + d.updated), 0)::bigint as landed,
            coalesce(sum(d.unchanged) filter (where d.state = 'landed'), 0)::bigint as unchanged,
            coalesce(sum(d.removed), 0)::bigint as removed, b.withheld, b.quarantined
     from register.flow f left join delivery d using (flow_id) left join by_reason b using (flow_id)
     where f.agreement_id = $1
     group by f.flow_id, b.withheld, b.quarantined
     order by f.flow_id`,
    [agreementId, period.from, period.to],
  );
  const protect = (counts: Record<string, number> | null): Record<string, Protected> =>
    Object.fromEntries(Object.entries(counts ?? {}).map(([reason, count]) => [reason, releaseCount(count)]));
  return rows.map((row) => {
    const entry = register.flows.get(row.flow_id);
    return {
      flow: row.flow_id,
      title: entry?.flow.title ?? 'no longer in the register',
      sender: entry?.sender.name ?? 'not known any more',
      deliveries: row.deliveries,
      refused: row.refused,
      received: releaseCount(row.received),
      landed: releaseCount(row.landed),
      unchanged: releaseCount(row.unchanged),
      removed: releaseCount(row.removed),
      withheld: protect(row.withheld),
      quarantined: protect(row.quarantined),
    };
  });
}

/** Every version of the register of the place, in words, with who brought it into force. */
export async function changesInYear(db: Queryable, place: string, period: Period): Promise<AnnualReport['changes']> {
  const { rows } = await db.query<{ on: string; by: string; words: string[] }>(
    `select (applied_at at time zone 'Europe/London')::date as on, applied_by as by, changes as words
     from register.version
     where place_id = $1 and (applied_at at time zone 'Europe/London')::date between $2 and $3 order by version`,
    [place, period.from, period.to],
  );
  return rows;
}
