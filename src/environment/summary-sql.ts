/*
 * Activity of people as of a date: the one piece of SQL behind the summary table and the risk models, so that a cohort
 * and a risk run never count differently.
 *
 * Windows are half-open, (as of − n months, as of], so that two that follow each other share no day.
 */
import type { Transaction } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import { activityClasses, type SummaryRules } from './activity.ts';
import { oldestBandFrom } from './age.ts';
import type { SqlValues } from './bind.ts';

const inScope = '(:flows::int[] is null or e.flow_no = any (:flows)) and (:persons::bigint[] is null or e.person_id = any (:persons))';

/**
 * CTEs that end with `spell`: one row per hospital spell (person, provider, first day) with whether it was an emergency.
 * Every episode of a spell carries the day the spell began, so its episodes are counted once together (RULE-APC-2).
 */
export const spellCtes = `
  class_of as materialized (
    select setting::environment.setting as setting, kind, class from unnest(:classSettings::text[], :classKinds::text[], :classNames::text[]) as c (setting, kind, class)
  ),
  spell as materialized (
    select e.person_id, e.provider, e.started_at::date as started_on,
      bool_or(exists (
        select 1 from unnest(:emergencyAttributes::text[]) as name where upper(e.attributes ->> name) = any (:emergencyMethods::text[]))) as emergency
    from environment.event e
    where e.setting = 'hospital' and e.kind in (select kind from class_of where class = 'admission' and setting = 'hospital')
      and e.started_at < :asOf::date + 1 and ${inScope}
    group by 1, 2, 3
  )`;

/** Completed years on the date from the first of the birth month (as NHS England's client-level data code counts them). */
export const ageSql = 'extract(year from age(:asOf::date, p.birth_month))::smallint';

/** Alive on the date, as far as the month of death tells: somebody who dies in that month counts as dead. */
export const aliveSql = '(p.death_month is null or p.death_month > :asOf::date)';

const count = (name: string, months: 6 | 12) => `coalesce(sum(c.n${months}) filter (where c.class = '${name}'), 0)::int`;

/** One row per person of the scope, with every column of environment.person_summary but `refreshed_by`. */
export const activitySql = `
with ${spellCtes},
  counted as (
    select e.person_id, e.setting, e.kind,
      count(*) filter (where e.started_at >= :asOf::date - interval '6 months' + interval '1 day') as n6,
      count(*) filter (where e.started_at >= :asOf::date - interval '12 months' + interval '1 day') as n12,
      sum(e.cost_pence) filter (where e.started_at >= :asOf::date - interval '12 months' + interval '1 day') as cost,
      max(e.started_at) as latest
    from environment.event e
    where e.kind <> all (:notActivity::text[]) and e.started_at < :asOf::date + 1 and ${inScope}
    group by 1, 2, 3
  ),
  activity as (
    select c.person_id,
      ${count('attendance', 6)} as attendances_6m, ${count('attendance', 12)} as attendances_12m,
      ${count('outpatient', 6)} as outpatients_6m, ${count('outpatient', 12)} as outpatients_12m,
      ${count('contact', 6)} as contacts_6m, ${count('contact', 12)} as contacts_12m,
      ${count('urgent-call', 6)} as urgent_calls_6m, ${count('urgent-call', 12)} as urgent_calls_12m,
      ${count('social-care', 6)} as social_care_events_6m, ${count('social-care', 12)} as social_care_events_12m,
      coalesce(sum(c.cost), 0)::bigint as cost_12m_pence, max(c.latest)::date as last_event_on,
      array_agg(distinct c.setting order by c.setting) as settings_seen
    from (select counted.*, class_of.class from counted left join class_of using (setting, kind)) c
    group by c.person_id
  ),
  -- A practice records several codes in one consultation: an encounter is a day, not a record.
  met as (
    select person_id, count(*) filter (where day > :asOf::date - interval '6 months')::int as n6, count(*)::int as n12
    from (
      select distinct e.person_id, e.started_at::date as day
      from environment.event e
      where e.setting = 'gp' and e.kind in (select kind from class_of where class = 'gp-encounter' and setting = 'gp')
        and e.started_at < :asOf::date + 1 and e.started_at >= :asOf::date - interval '12 months' + interval '1 day' and ${inScope}
    ) days
    group by person_id
  ),
  admitted as (
    select person_id,
      count(*) filter (where started_on > :asOf::date - interval '6 months')::int as n6,
      count(*) filter (where started_on > :asOf::date - interval '12 months')::int as n12,
      count(*) filter (where emergency and started_on > :asOf::date - interval '6 months')::int as e6,
      count(*) filter (where emergency and started_on > :asOf::date - interval '12 months')::int as e12
    from spell group by person_id
  ),
  -- One medicine per event: by chemical substance where a BNF code says it (nine characters), else as prescribed.
  prescribed as (
    select person_id, count(distinct medicine)::int as medicines_12m
    from (
      select e.person_id, case when cardinality(e.codes) = 1 and e.codes[1] not like 'bnf:%' then e.codes[1] else (
        select case when code like 'bnf:%' then left(code, 13) else code end from unnest(e.codes) as code
        order by code not like 'bnf:%', code not like 'dmd:%', code limit 1) end as medicine
      from environment.event e join class_of c on c.setting = e.setting and c.kind = e.kind and c.class = 'medicine'
      where e.started_at < :asOf::date + 1 and e.started_at >= :asOf::date - interval '12 months' + interval '1 day' and ${inScope}
    ) m
    group by person_id
  ),
  -- A rule is looked up by one key, so that millions of codes cost one hash probe each: the three-character category of
  -- an ICD-10 code (rules are at least that long), the whole code of any other system.
  rule as materialized (
    select case when by_beginning then upper(left(code, 9)) else code end as key, upper(code) as normal, by_beginning, condition, long_term
    from unnest(:ruleCodes::text[], :ruleByBeginning::boolean[], :ruleConditions::text[], :ruleLongTerm::boolean[])
      as r (code, by_beginning, condition, long_term)
  ),
  conditioned as (
    select coded.person_id, array_agg(distinct r.condition order by r.condition) as conditions,
      count(distinct r.condition) filter (where r.long_term)::smallint as long_term_conditions
    from (
      select e.person_id, unnest(e.codes) as code from environment.event e
      where e.kind = any (:shownBy::text[]) and e.started_at < :asOf::date + 1 and ${inScope}
    ) coded
    join rule r on r.key = case when starts_with(coded.code, 'icd10:') then upper(left(coded.code, 9)) else coded.code end
      and (not r.by_beginning or starts_with(upper(replace(coded.code, '.', '')), r.normal))
    group by coded.person_id
  ),
  aged as (
    select p.person_id, p.sex, ${ageSql} as age
    from environment.person p
    where ${aliveSql} and (p.birth_month is null or p.birth_month <= :asOf::date) and (:persons::bigint[] is null or p.person_id = any (:persons))
      and (:flows::int[] is null or exists (select 1 from linkage.sighting s where s.person_id = p.person_id and s.flow_no = any (:flows))
        or exists (select 1 from activity a where a.person_id = p.person_id))
  )
select a.person_id, :asOf::date as as_of, a.age,
  case when a.age >= ${oldestBandFrom} then '${oldestBandFrom}+'
    else lpad((a.age / 5 * 5)::text, 2, '0') || '-' || lpad((a.age / 5 * 5 + 4)::text, 2, '0') end as age_band,
  a.sex,
  coalesce(s.n6, 0) as admissions_6m, coalesce(s.n12, 0) as admissions_12m,
  coalesce(s.e6, 0) as emergency_admissions_6m, coalesce(s.e12, 0) as emergency_admissions_12m,
  coalesce(v.attendances_6m, 0) as attendances_6m, coalesce(v.attendances_12m, 0) as attendances_12m,
  coalesce(v.outpatients_6m, 0) as outpatients_6m, coalesce(v.outpatients_12m, 0) as outpatients_12m,
  coalesce(v.contacts_6m, 0) as contacts_6m, coalesce(v.contacts_12m, 0) as contacts_12m,
  coalesce(g.n6, 0) as gp_encounters_6m, coalesce(g.n12, 0) as gp_encounters_12m,
  coalesce(v.urgent_calls_6m, 0) as urgent_calls_6m, coalesce(v.urgent_calls_12m, 0) as urgent_calls_12m,
  coalesce(v.social_care_events_6m, 0) as social_care_events_6m, coalesce(v.social_care_events_12m, 0) as social_care_events_12m,
  coalesce(m.medicines_12m, 0) as medicines_12m,
  coalesce(d.conditions, '{}') as conditions, coalesce(d.long_term_conditions, 0::smallint) as long_term_conditions,
  coalesce(v.cost_12m_pence, 0) as cost_12m_pence, v.last_event_on,
  coalesce(v.settings_seen, '{}') as settings_seen
from aged a
left join activity v using (person_id)
left join admitted s using (person_id)
left join met g using (person_id)
left join prescribed m using (person_id)
left join conditioned d using (person_id)`;

/**
 * For the rest of the transaction: the default work_mem would spill every group of five million events to disk, and the
 * planner, which cannot know how few codes show a condition, would sort them all for a merge join (measured: 3 × slower).
 */
export async function prepareForScan(tx: Transaction): Promise<void> {
  await tx.query("set local work_mem = '256MB'");
  await tx.query('set local enable_mergejoin = off');
}

export interface ActivityScope {
  readonly asOf: LocalDate;
  /** Flows whose rows may be read for the purpose; null means all (the summary itself, which is filtered when read). */
  readonly flows: readonly number[] | null;
  readonly persons: readonly string[] | null;
}

/** Values of the names in the SQL of this file. */
export function activityValues(scope: ActivityScope, rules: SummaryRules): SqlValues {
  const classes = activityClasses.flatMap((name) =>
    rules.activity.classes[name].flatMap(({ setting, kinds }) => kinds.map((kind) => ({ name, setting, kind }))),
  );
  const codes = rules.conditions.conditions.flatMap(({ condition, longTerm, codes }) =>
    codes.map((code) => ({ code: code.replaceAll('.', ''), byBeginning: code.startsWith('icd10:'), condition, longTerm })),
  );
  const { emergency, notActivity } = rules.activity;
  return {
    asOf: scope.asOf,
    flows: scope.flows,
    persons: scope.persons,
    classSettings: classes.map(({ setting }) => setting),
    classKinds: classes.map(({ kind }) => kind),
    classNames: classes.map(({ name }) => name),
    notActivity,
    shownBy: rules.conditions.shownBy,
    emergencyAttributes: emergency.attributes,
    emergencyMethods: emergency.methods,
    ruleCodes: codes.map(({ code }) => code),
    ruleByBeginning: codes.map(({ byBeginning }) => byBeginning),
    ruleConditions: codes.map(({ condition }) => condition),
    ruleLongTerm: codes.map(({ longTerm }) => longTerm),
  };
}
