import type { Queryable } from '../database/query.ts';
import { releaseCount } from './disclosure.ts';
import type { DeliveryEvidence, Period } from './return.ts';

/** What landed on one flow in a period. Exact counts: they stay inside; `releaseDeliveries` is what leaves. */
export interface FlowDeliveries {
  readonly flow: string;
  readonly deliveries: number;
  /** Latest first, at most twenty: enough to find them, not a second log. */
  readonly ids: readonly string[];
  readonly received: number;
  /** Records that arrived: landed, changed or known already. None where all were withheld or put aside, and then nothing was shared. */
  readonly arrived: number;
  readonly numberExpected: number;
  readonly numberUsable: number;
  readonly numberVerified: number;
  /** People the deliveries spoke of who were found under their NHS number, and those met for the first time. */
  readonly peopleFound: number;
  readonly peopleNew: number;
}

interface Row {
  flow_id: string;
  deliveries: string;
  ids: string[];
  received: string;
  arrived: string;
  number_expected: string;
  number_usable: string;
  number_verified: string;
  people_found: string;
  people_new: string;
}

/**
 * Deliveries that landed in the period, by flow. A day is a day in England; a duplicate or refused delivery shares nothing.
 * @param flows flow ids of the place; others are not read
 */
export async function landedDeliveries(db: Queryable, flows: readonly string[], period: Period): Promise<Map<string, FlowDeliveries>> {
  const { rows } = await db.query<Row>(
    `select flow_id,
            count(*) as deliveries,
            (array_agg(delivery_id::text order by finished desc, delivery_no desc))[1:20] as ids,
            sum(received) as received,
            sum(landed + updated + unchanged) as arrived,
            sum(number_expected) as number_expected,
            sum(number_usable) as number_usable,
            sum(number_verified) as number_verified,
            sum(persons_existing) as people_found,
            sum(persons_new) as people_new
     from landing.delivery
     where state = 'landed'
       and flow_id = any($1::text[])
       and finished >= $2::date::timestamp at time zone 'Europe/London'
       and finished < ($3::date + 1)::timestamp at time zone 'Europe/London'
     group by flow_id`,
    [flows, period.from, period.to],
  );
  return new Map(
    rows.map((row) => [
      row.flow_id,
      {
        flow: row.flow_id,
        deliveries: Number(row.deliveries),
        ids: row.ids,
        received: Number(row.received),
        arrived: Number(row.arrived),
        numberExpected: Number(row.number_expected),
        numberUsable: Number(row.number_usable),
        numberVerified: Number(row.number_verified),
        peopleFound: Number(row.people_found),
        peopleNew: Number(row.people_new),
      },
    ]),
  );
}

export const releaseDeliveries = (landed: FlowDeliveries): DeliveryEvidence => ({
  flow: landed.flow,
  deliveries: landed.deliveries,
  ids: [...landed.ids],
  received: releaseCount(landed.received),
  numberExpected: releaseCount(landed.numberExpected),
  numberUsable: releaseCount(landed.numberUsable),
  numberVerified: releaseCount(landed.numberVerified),
});
