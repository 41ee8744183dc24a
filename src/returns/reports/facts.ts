import type { Queryable } from '../../database/query.ts';
import { loadRegister, loadRegisterAsOf } from '../../register/load.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { loadThresholds } from '../load.ts';
import type { PeriodFacts } from '../observation.ts';
import { gatherPeriodFacts } from '../period-facts.ts';
import type { ReportFacts } from './source.ts';

/** Where a report is read from. */
export interface ReportSources {
  /** The database haven as haven_gateway. */
  readonly db: Queryable;
  /** The same as haven_auditor. */
  readonly auditor: Queryable;
  /** Configuration directory. */
  readonly config: string;
}

type Days = PeriodFacts['period'];

/**
 * The facts of a period that is over as the register stood at its end; of one that is not, as it stands now. Data may be older
 * than the register that their place was entered into: then its figures are read with the register as it stands `now`.
 * @returns undefined when the register held nothing of the place then
 */
export async function factsOfPeriod(
  sources: ReportSources,
  about: { readonly place: string; readonly period: Days; readonly at: LocalDate; readonly register?: 'then' | 'now' },
): Promise<ReportFacts | undefined> {
  const { period, at } = about;
  const now = about.register === 'now' || at <= period.to;
  const register = now ? await loadRegister(sources.db) : await loadRegisterAsOf(sources.db, period.to);
  const place = register.places.get(about.place);
  if (place === undefined) return undefined;
  let seen: Promise<PeriodFacts> | undefined;
  return {
    ...sources,
    register,
    place,
    period,
    at,
    seen: () => {
      seen ??= loadThresholds(sources.config).then((thresholds) =>
        gatherPeriodFacts(sources.db, { register, place, period, at, thresholds }),
      );
      return seen;
    },
  };
}
