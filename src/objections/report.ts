import type { Queryable } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { type Completeness, countObjections, inForceAnywhere, measureCompleteness, type ObjectionCount } from './counts.ts';
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

/** @throws GatewayError PLACE_UNKNOWN */
export async function reportObjections(db: Queryable, period: ReportPeriod, place?: string): Promise<ObjectionReport> {
  if (place === undefined)
    return { period, counts: await countObjections(db, period), completeness: await measureCompleteness(db, undefined) };
  const flows = await flowsOfPlace(db, place);
  return {
    period,
    place,
    counts: await countObjections(db, { ...period, place }),
    wholeGateway: await inForceAnywhere(db, period),
    completeness: await measureCompleteness(db, flows),
  };
}

/** Numbers of the flows of a place, running or not. @throws GatewayError PLACE_UNKNOWN */
export async function flowsOfPlace(db: Queryable, place: string): Promise<readonly number[]> {
  const { rows } = await db.query<{ no: number }>('select flow_no as no from register.flow where place_id = $1', [place]);
  if (rows.length === 0) throw new GatewayError('PLACE_UNKNOWN', 'The register has no flow of this place. See `haven register list`.');
  return rows.map(({ no }) => no);
}
