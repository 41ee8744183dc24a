import type { Queryable } from '../../database/query.ts';
import type { LocalDate } from '../../shared/clock.ts';
import type { ObservedFlow } from './facts.ts';

/** Deliveries that landed for each flow of a place, up to and including a day in England. Counts of files, so there is nobody to protect. */
export async function observedFlows(db: Queryable, placeId: string, at: LocalDate): Promise<Map<string, ObservedFlow>> {
  const { rows } = await db.query<{ flow: string; deliveries: number; last_on: LocalDate }>(
    `select d.flow_id as flow, count(*)::int as deliveries, to_char(max(d.finished at time zone 'Europe/London'), 'YYYY-MM-DD') as last_on
       from landing.delivery d join register.flow f using (flow_id)
      where f.place_id = $1 and d.state = 'landed' and (d.finished at time zone 'Europe/London')::date <= $2::date
      group by d.flow_id`,
    [placeId, at],
  );
  return new Map(rows.map(({ flow, deliveries, last_on }) => [flow, { deliveries, lastOn: last_on }]));
}
