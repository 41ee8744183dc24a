import type { Pool } from 'pg';
import { type Queryable, type Transaction, transaction } from '../database/query.ts';
import { releaseCounts } from '../returns/evidence-pack/hold-counts.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import {
  type Completeness,
  countedIn,
  countObjections,
  inForceAnywhere,
  measureCompleteness,
  type ObjectionCount,
  withoutKept,
} from './counts.ts';
import type { ObjectionKind } from './kinds.ts';

export interface ReportPeriod {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** Who objects, and whom no list can speak for: counts of people, small numbers protected. */
export interface ObjectionReport {
  readonly period: ReportPeriod;
  readonly place?: string;
  readonly counts: readonly ObjectionCount[];
  /**
   * Of a place: in force in the whole gateway. The lists of the nation are recorded for no place and hold in all of them, so
   * that a place alone would be read as if nobody in it had opted out.
   */
  readonly wholeGateway?: Readonly<Record<ObjectionKind, string>>;
  readonly completeness: Completeness;
}

/** This year so far: what a report is of when nobody says. */
export const yearSoFar = (today: LocalDate): ReportPeriod => ({ from: `${today.slice(0, 4)}-01-01` as LocalDate, to: today });

/**
 * Who objects, by kind and setting. What would give a small number away beside earlier reports, of whatever days, is kept back, and
 * what is shown is recorded (docs/adr/0016).
 * @throws GatewayError PLACE_UNKNOWN
 */
export function reportObjections(gateway: Pool, period: ReportPeriod, clock: Clock, place?: string): Promise<ObjectionReport> {
  return transaction(gateway, async (tx) => {
    const flows = place === undefined ? undefined : await flowsOfPlace(tx, place);
    const counts = await countHeld(tx, period, clock, place);
    const completeness = await measureCompleteness(tx, flows);
    if (place === undefined) return { period, counts, completeness };
    return { period, place, counts, wholeGateway: await inForceAnywhere(tx, period), completeness };
  });
}

/** Place of counts that are of none: no place has such an id. */
const everywhere = '*';

async function countHeld(tx: Transaction, period: ReportPeriod, clock: Clock, place?: string): Promise<readonly ObjectionCount[]> {
  const counts = await countObjections(tx, { ...period, place });
  const asked = Object.assign({}, ...counts.map((count) => countedIn(count, ['inForce', 'set', 'withdrawn']))) as ReturnType<
    typeof countedIn
  >;
  const now = clock.now();
  const kept = await releaseCounts(tx, { place: place ?? everywhere, period, on: localDate(now), asked }, now);
  return counts.map((count) => withoutKept(count, kept));
}

/** Numbers of the flows of a place, running or not. @throws GatewayError PLACE_UNKNOWN */
export async function flowsOfPlace(db: Queryable, place: string): Promise<readonly number[]> {
  const { rows } = await db.query<{ no: number }>('select flow_no as no from register.flow where place_id = $1', [place]);
  if (rows.length === 0)
    throw new GatewayError('PLACE_UNKNOWN', 'The register has no flow of this place. `haven register check` names the flows.');
  return rows.map(({ no }) => no);
}
