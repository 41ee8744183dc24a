import type { Queryable } from '../database/query.ts';
import { GatewayError } from '../shared/errors.ts';

/** A count as it may be shown: `'*'` hides 1 to 7, else the nearest 5 (HES and ECDS rule since September 2018). */
export type ProtectedCount = number | '*';

export const protectCount = (people: number): ProtectedCount => (people >= 1 && people <= 7 ? '*' : 5 * Math.floor((people + 2.5) / 5));

export interface TierCounts {
  readonly runId: string;
  readonly model: string;
  readonly indexDate: string;
  readonly population: string;
  readonly tiers: readonly { readonly tier: string; readonly people: ProtectedCount }[];
  readonly bands: readonly { readonly band: string; readonly people: ProtectedCount }[];
  /** Sum of the shown tiers; '*' as soon as one is hidden, because a total would give it back. */
  readonly total: ProtectedCount;
}

const sumShown = (counts: readonly ProtectedCount[]): ProtectedCount =>
  counts.reduce<ProtectedCount>((sum, count) => (sum === '*' || count === '*' ? '*' : sum + count), 0);

/**
 * How many people of a run are in each tier and each band; never who. The two are given apart, not crossed, so that no
 * small cell can be found between them.
 * @throws GatewayError RISK_RUN_UNKNOWN.
 */
export async function tierCounts(db: Queryable, runId: string): Promise<TierCounts> {
  const { rows } = await db.query<{
    model: string;
    index_date: string;
    population: string;
    tiers: Counted[] | null;
    bands: Counted[] | null;
  }>(
    `select r.model, r.index_date::text as index_date, r.population,
       (select json_agg(json_build_object('name', tier, 'people', people) order by first)
          from (select tier, count(*) as people, min(rank) as first from risk.score where run_id = r.run_id group by tier) t) as tiers,
       (select json_agg(json_build_object('name', band, 'people', people) order by first)
          from (select band, count(*) as people, min(rank) as first from risk.score where run_id = r.run_id group by band) b) as bands
     from risk.run r where r.run_id::text = $1`,
    [runId],
  );
  const run = rows[0];
  if (run === undefined) throw new GatewayError('RISK_RUN_UNKNOWN', 'There is no such risk run.', { status: 404 });
  const tiers = (run.tiers ?? []).map(({ name, people }) => ({ tier: name, people: protectCount(people) }));
  const bands = (run.bands ?? []).map(({ name, people }) => ({ band: name, people: protectCount(people) }));
  const total = sumShown(tiers.map(({ people }) => people));
  return { runId, model: run.model, indexDate: run.index_date, population: run.population, tiers, bands, total };
}

interface Counted {
  readonly name: string;
  readonly people: number;
}
