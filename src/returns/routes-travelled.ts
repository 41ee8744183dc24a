import type { Queryable } from '../database/query.ts';
import { readStored } from '../register/load.ts';
import type { PlaceDocument, Route } from '../register/model.ts';
import { classifyEndpoint } from '../register/open-api.ts';
import type { PlaceRegister } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { Period } from './return.ts';

const rank: Readonly<Record<Route, number>> = { none: 0, interim: 1, 'open-api': 2 };
/** The more open of two routes. */
export const moreOpen = (one: Route, other: Route): Route => (rank[other] > rank[one] ? other : one);
/** A way over several flows is as open as its least open leg. */
export const leastOpen = (routes: readonly Route[]): Route => routes.reduce((least, next) => (rank[next] < rank[least] ? next : least));

/** Deliveries of one flow that were judged by one version of the register, and the days in England they landed on. */
interface Travelled {
  readonly flow: string;
  readonly version: number;
  readonly days: readonly LocalDate[];
}

/**
 * How one delivery travelled: by what the register said of its flow when it landed, and by the facts of the endpoint on
 * that day (RULE-API-1). Something arrived, so without such facts it was an interim solution.
 */
function routeOn(document: PlaceDocument, flowId: string, day: LocalDate): Route {
  const flow = document.flows.find(({ id }) => id === flowId);
  if (flow === undefined || flow.route === 'none') return 'none';
  const endpoint = document.systems.flatMap(({ endpoints }) => endpoints).find(({ id }) => id === flow.endpoint);
  return moreOpen(classifyEndpoint(endpoint, day, day).route, 'interim');
}

/**
 * The most open route on which a delivery of each flow landed in the period. A flow whose route changed in the middle of
 * it counts by what was delivered before and after, so a route that was opened and never used opens nothing.
 */
export async function routesTravelled(
  db: Queryable,
  place: PlaceRegister,
  flows: readonly string[],
  period: Period,
): Promise<Map<string, Route>> {
  const { rows } = await db.query<{ flow: string; version: number; days: LocalDate[] }>(
    `select flow_id as flow, register_version as version,
            array_agg(distinct to_char(finished at time zone 'Europe/London', 'YYYY-MM-DD')) as days
     from landing.delivery
     where state = 'landed'
       and landed + updated + unchanged > 0
       and flow_id = any($1::text[])
       and finished >= $2::date::timestamp at time zone 'Europe/London'
       and finished < ($3::date + 1)::timestamp at time zone 'Europe/London'
     group by flow_id, register_version`,
    [flows, period.from, period.to],
  );
  const documents = await documentsOf(
    db,
    place,
    rows.map(({ version }) => version),
  );
  const found = new Map<string, Route>();
  for (const { flow, version, days } of rows as readonly Travelled[]) {
    const document = documents.get(version) ?? place.document;
    for (const day of days) found.set(flow, moreOpen(found.get(flow) ?? 'none', routeOn(document, flow, day)));
  }
  return found;
}

/** The document of the place that was in force under each version of the register; the newest is at hand already. */
async function documentsOf(db: Queryable, place: PlaceRegister, versions: readonly number[]): Promise<Map<number, PlaceDocument>> {
  const asked = [...new Set(versions)];
  if (asked.every((version) => version >= place.version)) return new Map();
  const { rows } = await db.query<{ asked: number; version: number; document: unknown }>(
    `select a.asked, v.version, v.document from unnest($2::bigint[]) as a (asked)
     cross join lateral (
       select version, document from register.version where place_id = $1 and version <= a.asked order by version desc limit 1) v
     where v.version <> $3`,
    [place.place.id, asked, place.version],
  );
  const read = new Map<number, PlaceDocument>();
  for (const { version, document } of rows) if (!read.has(version)) read.set(version, readStored(document, version));
  return new Map(
    rows.flatMap(({ asked: delivered, version }) => {
      const document = read.get(version);
      return document === undefined ? [] : [[delivered, document] as const];
    }),
  );
}
