import type { Queryable } from '../../database/query.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { loadRegisterAsOf } from '../load.ts';
import type { Register } from '../register.ts';
import { factsOf, type PlaceFacts } from './facts.ts';
import { observedFlows } from './observed.ts';

export interface FactSources {
  readonly db: Queryable;
  /** The register as it is now. */
  readonly read: () => Promise<Register>;
  readonly today: LocalDate;
  readonly feedTitles: ReadonlyMap<string, string>;
}

/**
 * The facts of a place on a day: of a past day, as the register stood at its end; of today or a day to come, as it stands now.
 * @throws GatewayError PLACE_UNKNOWN when the register held no such place on that day
 */
export async function factsOfDay(sources: FactSources, placeId: string, at: LocalDate): Promise<PlaceFacts> {
  const { db, read, today, feedTitles } = sources;
  const now = await read();
  const register = at < today ? await loadRegisterAsOf(db, at) : now;
  return factsOf(register, placeId, at, { feedTitles, observed: await observedFlows(db, placeId, at) });
}
