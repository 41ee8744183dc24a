import type { Queryable } from '../database/query.ts';
import { admit } from '../register/admit.ts';
import type { PlaceRegister, Register } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import { landedDeliveries } from './deliveries.ts';
import type { PeriodFacts } from './observation.ts';
import { latestProbes } from './probes/probe-fact.ts';
import { routesTravelled } from './routes-travelled.ts';
import type { Thresholds } from './thresholds.ts';

export interface PeriodRequest {
  readonly register: Register;
  readonly place: PlaceRegister;
  readonly period: PeriodFacts['period'];
  /** The day the return is made. */
  readonly at: LocalDate;
  readonly thresholds: Thresholds;
}

/**
 * Everything the observations of a place and period are made from: the register, what landed and how it travelled, what
 * the gate says, and which endpoints answered. Reads receipts and probes, never an event.
 */
export async function gatherPeriodFacts(db: Queryable, request: PeriodRequest): Promise<PeriodFacts> {
  const { register, place, period, at, thresholds } = request;
  const flows = [...register.flows.values()].filter((entry) => entry.place.place.id === place.place.id);
  const ids = flows.map(({ flow }) => flow.id);
  // A past quarter is judged by the agreements and the answers of that quarter, not by those of the day somebody looks back.
  const [asked = at] = [at, period.to].sort();
  // One after the other: `db` may be a single client.
  const landed = await landedDeliveries(db, ids, period);
  const travelled = await routesTravelled(db, place, ids, period);
  const probes = await latestProbes(db, { place: place.place.id, on: asked, maxAgeDays: thresholds.endpointProbe.maxAgeDays });
  const admissions = new Map(ids.map((id) => [id, admit(register, id, asked)]));
  return { place, flows, period, landed, travelled, probes, asked, admissions, thresholds };
}
