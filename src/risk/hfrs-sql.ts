import type { SqlValues } from '../environment/bind.ts';
import type { LocalDate } from '../shared/clock.ts';
import { type HfrsTable, type HfrsWindow, hfrsWindowStart } from './hfrs.ts';

/**
 * CTEs that end with `frailty (person_id, tenths, groups)`: the rule of hfrs.ts in SQL. Diagnoses of hospital stays that
 * began in the window, each group once per person; people without a listed group are absent.
 */
export const frailtyCtes = `
  weight as materialized (select icd10_group, tenths from unnest(:weightGroups::text[], :weightTenths::int[]) as w (icd10_group, tenths)),
  stay_kind as materialized (
    select kind from unnest(:classSettings::text[], :classKinds::text[], :classNames::text[]) as c (setting, kind, class)
    where setting = 'hospital' and class = 'admission'
  ),
  frailty as materialized (
    select person_id, sum(tenths)::int as tenths, array_agg(icd10_group order by icd10_group) as groups
    from (
      select distinct e.person_id, w.icd10_group, w.tenths
      from environment.event e
      cross join unnest(e.codes) as code
      join weight w on w.icd10_group = upper(left(regexp_replace(substr(code, 7), '[^A-Za-z0-9]', '', 'g'), 3))
      where e.setting = 'hospital' and e.kind in (select kind from stay_kind) and e.flow_no = any (:flows::int[])
        and e.started_at >= :windowStart::date and e.started_at < :asOf::date + 1 and starts_with(code, 'icd10:')
    ) counted
    group by person_id
  )`;

export function frailtyValues(table: HfrsTable, index: LocalDate, window: HfrsWindow): SqlValues {
  return {
    weightGroups: [...table.weights.keys()],
    weightTenths: [...table.weights.values()],
    windowStart: hfrsWindowStart(index, window),
  };
}
