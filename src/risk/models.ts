import type { SqlValues } from '../environment/bind.ts';
import { activitySql, ageSql, aliveSql, spellCtes } from '../environment/summary-sql.ts';
import type { LocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';
import { criteria } from './criteria.ts';
import { type HfrsWindow, hfrsWindows } from './hfrs.ts';
import { frailtyCtes, frailtyValues } from './hfrs-sql.ts';
import type { RiskTables } from './tables.ts';

/** A model that runs over the environment. Its SQL defines `population` and `scored (person_id, score_tenths, band, reasons, tie)`. */
export interface RiskModel {
  readonly id: string;
  /** Settings it reads; undefined means all. An objection that withholds one of them takes the person out of the run. */
  readonly settings: readonly Setting[] | undefined;
  readonly ctes: string;
  version(tables: RiskTables): string;
  population(tables: RiskTables): string;
  values(tables: RiskTables, index: LocalDate, window: HfrsWindow): SqlValues;
  /** What must be known to repeat the run, besides index date, window and flows. */
  parameters(tables: RiskTables): Record<string, unknown>;
}

const hfrs: RiskModel = {
  id: 'hfrs',
  settings: ['hospital'],
  // The published cohort: not extended to younger people or to planned stays (Gilbert 2018).
  ctes: `${spellCtes}, ${frailtyCtes},
  population as materialized (
    select p.person_id from environment.person p
    where ${ageSql} >= :minimumAge::int and ${aliveSql}
      and p.person_id in (select person_id from spell where emergency and started_on >= :windowStart::date)
  ),
  scored as (
    select person_id, coalesce(f.tenths, 0) as score_tenths,
      case when coalesce(f.tenths, 0) < :intermediateFrom::int then 'low'
        when f.tenths > :highAbove::int then 'high' else 'intermediate' end as band,
      coalesce(f.groups, '{}') as reasons, 0 as tie
    from population left join frailty f using (person_id)
    where person_id not in (select person_id from excluded)
  )`,
  version: ({ hfrs }) => hfrs.version,
  population: ({ hfrs }) =>
    `People alive and aged ${hfrs.minimumAge} or over on the index date (from the first of the birth month) with an emergency admission in the window; diagnoses of all their hospital stays that began in the window. Tiers are shares of these people.`,
  values: ({ hfrs }, index, window) => ({
    ...frailtyValues(hfrs, index, window),
    minimumAge: hfrs.minimumAge,
    intermediateFrom: hfrs.intermediateFromTenths,
    highAbove: hfrs.highAboveTenths,
  }),
  parameters: ({ hfrs }) => ({ minimumAge: hfrs.minimumAge, source: hfrs.source }),
};

const southendCriteria: RiskModel = {
  id: 'southend-criteria',
  settings: undefined,
  // HFRS only puts people with the same count in order; it is not shown for people it was not made for.
  ctes: `${frailtyCtes},
  activity_of as materialized (${activitySql}),
  population as materialized (select person_id from activity_of),
  met as (
    select a.person_id, array_remove(array[
      case when a.age >= :minimumAge::int then '${criteria[0]}' end,
      case when case when :attendanceMonths::int = 6 then a.attendances_6m else a.attendances_12m end >= :attendances::int
        then '${criteria[1]}' end,
      case when a.long_term_conditions >= :longTermConditions::int then '${criteria[2]}' end,
      case when a.medicines_12m >= :medicines::int then '${criteria[3]}' end,
      case when a.conditions && :cognitiveConditions::text[] then '${criteria[4]}' end], null) as reasons
    from activity_of a
  ),
  scored as (
    select m.person_id, cardinality(m.reasons) * 10 as score_tenths,
      case when cardinality(m.reasons) >= :highRiskFrom::int then 'high-risk' else 'not-high-risk' end as band,
      m.reasons, coalesce(f.tenths, 0) as tie
    from met m left join frailty f using (person_id)
    where m.person_id not in (select person_id from excluded)
  )`,
  version: ({ criteria }) => criteria.version,
  population: () =>
    'Everybody alive on the index date whom an admitted flow of the place has told of. The score is the number of criteria met; tiers are shares of these people.',
  values: ({ hfrs, criteria }, index, window) => ({
    ...frailtyValues(hfrs, index, window),
    minimumAge: criteria.minimumAge,
    attendances: criteria.attendances,
    attendanceMonths: criteria.attendanceMonths,
    longTermConditions: criteria.longTermConditions,
    medicines: criteria.medicines,
    cognitiveConditions: criteria.cognitiveConditions,
    highRiskFrom: criteria.highRiskFrom,
  }),
  parameters: ({ criteria, hfrs }) => ({ ...criteria, tieBreak: `hfrs ${hfrs.version}` }),
};

const models: readonly RiskModel[] = [hfrs, southendCriteria];

/** Models that run over the environment, and those that score two files without it. */
export const runModels: readonly string[] = models.map(({ id }) => id);
export const scoreModels: readonly string[] = ['hfrs'];

const unknown = (what: string, known: readonly string[]) =>
  new GatewayError('RISK_MODEL_UNKNOWN', `There is no such model to ${what}. Give one of: ${known.join(', ')}.`, { exit: exitCode.usage });

/** @throws GatewayError RISK_MODEL_UNKNOWN (usage), listing the models there are. */
export function findRunModel(id: string): RiskModel {
  const model = models.find((candidate) => candidate.id === id);
  if (model === undefined) throw unknown('run', runModels);
  return model;
}

/** @throws GatewayError RISK_MODEL_UNKNOWN (usage), listing the models that can score files. */
export function checkScoreModel(id: string): void {
  if (!scoreModels.includes(id)) throw unknown('score files with', scoreModels);
}

/** @throws GatewayError RISK_WINDOW_UNKNOWN (usage). */
export function checkWindow(window: string): HfrsWindow {
  const found = hfrsWindows.find((candidate) => candidate === window);
  if (found !== undefined) return found;
  throw new GatewayError('RISK_WINDOW_UNKNOWN', `There is no such window. Give one of: ${hfrsWindows.join(', ')}.`, {
    exit: exitCode.usage,
  });
}
