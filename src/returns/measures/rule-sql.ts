import { type EventSelection, type MeasureCondition, oldest } from './measure.ts';
import type { KeptRule } from './rule.ts';

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Senders write the same value with other spaces, dashes and capitals; so does the national code read it (RULE-CLD-1). */
const ignored = ' \t-–—_:;,./&()\'"+';
export const plain = (value: string): string => [...value.toLowerCase()].filter((character) => !ignored.includes(character)).join('');

/** Days between two records of one service that are no gap: a move on the next day is no new admission. */
const noGap = 1;

/** A delay of ten years is a mistyped year; it would make a row for every month of it. */
const longestDelay = 3_650;

/** Puts a statement together; every value is bound. */
class Builder {
  readonly values: unknown[] = [];
  readonly #persons: readonly string[] | 'all';

  constructor(persons: readonly string[] | 'all') {
    this.#persons = persons;
  }

  put(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  #holds({ attributes, in: among, notIn }: MeasureCondition): string {
    const read = attributes.map((name) => `translate(lower(e.attributes ->> ${this.put(name)}::text), ${this.put(ignored)}::text, '')`);
    const anyOf = (values: readonly string[]): string => {
      const list = this.put(values.map(plain));
      return `coalesce(${read.map((value) => `${value} = any (${list}::text[])`).join(' or ')}, false)`;
    };
    const parts = [...(among === undefined ? [] : [anyOf(among)]), ...(notIn === undefined ? [] : [`not ${anyOf(notIn)}`])];
    return `(${parts.join(' and ') || 'true'})`;
  }

  all = (conditions: readonly MeasureCondition[]): string => conditions.map((one) => this.#holds(one)).join(' and ') || 'true';
  any = (conditions: readonly MeasureCondition[]): string => `(${conditions.map((one) => this.#holds(one)).join(' or ')})`;

  /** Events of the setting and kinds, with the place whose flow brought them. */
  #events({ setting, kinds }: EventSelection): string {
    const scope = this.#persons === 'all' ? '' : `and e.person_id = any (${this.put(this.#persons)}::bigint[])`;
    return `environment.event e join register.flow f on f.flow_no = e.flow_no
      where e.setting = ${this.put(setting)}::environment.setting and e.kind = any (${this.put(kinds)}::text[]) and e.started_at is not null ${scope}`;
  }

  /** One row a spell: episodes of one provider that say the same first day (RULE-APC-2). `more`: further columns, aggregated. */
  spells(selection: EventSelection, more = '', where = selection.where): string {
    return `select e.person_id, f.place_id, e.provider, e.started_at::date as began, max(e.ended_at)::date as ended, max(e.ready_on) as ready${more}
      from ${this.#events(selection)} and ${this.all(where)}
      group by e.person_id, f.place_id, e.provider, e.started_at::date`;
  }

  /** First and last day of each record, which may stand in attributes: one that is no date is no day. */
  intervals(selection: EventSelection, from: string | undefined, to: string | undefined): string {
    const day = (attribute: string | undefined, column: string): string => {
      if (attribute === undefined) return `e.${column}::date`;
      const value = `(e.attributes ->> ${this.put(attribute)}::text)`;
      return `case when pg_input_is_valid(${value}, 'date') then ${value}::date end`;
    };
    return `select e.person_id, f.place_id, ${day(from, 'started_at')} as began, ${day(to, 'ended_at')} as ended
      from ${this.#events(selection)} and ${this.all(selection.where)}`;
  }

  /** Condition on a person `p` for the age on a day. */
  aged(age: KeptRule['age'], day: string): string {
    if (age === undefined) return 'true';
    return `extract(year from age(${day}::timestamp, p.birth_month::timestamp)) between ${this.put(age.from)} and ${this.put(age.to)}`;
  }
}

const monthOf = (day: string): string => `date_trunc('month', ${day}::timestamp)::date`;
const once = (from: string, day: string, where: string): string =>
  `select s.person_id, s.place_id, ${monthOf(day)} as month, count(*)::int as n, 0 as gone, 0 as days
   from ${from} where ${where} group by s.person_id, s.place_id, ${monthOf(day)}`;
const withPerson = (name: string): string => `${name} s left join environment.person p on p.person_id = s.person_id`;

/** Spells of a service, each with the day the spell before it ended, up to `days` days earlier. */
function discharges(b: Builder, rule: Extract<KeptRule, { how: 'discharged-into' | 'at-home-after' }>): string {
  return `service as (${b.spells(rule.of)}), stay as (${b.spells(rule.after)}),
    discharged as (
      select o.person_id, o.place_id, max(a.ended) as on_day
      from service o join stay a on a.person_id = o.person_id and a.place_id = o.place_id
        and a.ended between o.began - ${b.put(rule.days)}::int and o.began
      group by o.person_id, o.place_id, o.provider, o.began)`;
}

/**
 * Rows (person_id, place_id, month, n, gone, days) of a rule, for these people or for everybody. What one person adds
 * depends on that person's events alone, so people can be counted in any order and as often as one likes.
 */
export function ruleSql(rule: KeptRule, persons: readonly string[] | 'all'): Statement {
  const b = new Builder(persons);
  return { text: body(b, rule), values: b.values };
}

function body(b: Builder, rule: KeptRule): string {
  const { how, age } = rule;
  switch (how) {
    case 'starts':
      return `with spell as (${b.spells(rule.of)}) ${once(withPerson('spell'), 's.began', b.aged(age, 's.began'))}`;
    case 'ends':
      return `with spell as (${b.spells(rule.of)}) ${once(withPerson('spell'), 's.ended', `s.ended >= s.began and ${b.aged(age, 's.ended')}`)}`;
    case 'stays-longer-than':
      return stays(b, rule);
    case 'delayed-days':
      return `with spell as (${b.spells(rule.of)})
        select s.person_id, s.place_id, m.month::date as month,
          sum(least(s.ended, (m.month + interval '1 month')::date) - greatest(s.ready, m.month::date))::int as n, 0 as gone, 0 as days
        from ${withPerson('spell')} cross join lateral
          generate_series(date_trunc('month', s.ready::timestamp), date_trunc('month', (s.ended - 1)::timestamp), interval '1 month') as m (month)
        where s.ready >= s.began and s.ready < s.ended and s.ended - s.ready < ${longestDelay} and ${b.aged(age, 's.ready')}
        group by s.person_id, s.place_id, m.month`;
    case 'followed-within':
      return `with spell as (${b.spells(rule.of)}), earlier as (${b.spells(rule.after)})
        ${once(
          withPerson('spell'),
          's.began',
          `${b.aged(age, 's.began')} and exists (
            select from earlier a where a.person_id = s.person_id and a.place_id = s.place_id
              and a.ended between s.began - ${b.put(rule.days)}::int and s.began
              and (a.began, a.provider) is distinct from (s.began, s.provider))`,
        )}`;
    case 'discharged-into':
      return `with ${discharges(b, rule)} ${once(withPerson('discharged'), 's.on_day', b.aged(age, 's.on_day'))}`;
    case 'at-home-after': {
      const away = rule.away.map((where) => b.intervals(where, undefined, undefined)).join(' union all ');
      const then = `(s.on_day + ${b.put(rule.nights)}::int)`;
      return `with ${discharges(b, rule)}, away as (${away}) ${once(
        withPerson('discharged'),
        's.on_day',
        // Who dies in a month counts as dead in all of it: the day is never kept.
        `${b.aged(age, 's.on_day')} and (p.death_month is null or p.death_month > ${then}) and not exists (
          select from away w where w.person_id = s.person_id and w.began <= ${then} and (w.ended is null or w.ended > ${then}))`,
      )}`;
    }
    case 'in-service':
      return inService(b, rule);
  }
}

/** Spells joined into continuous stays: still there, or moved within days and one of the two says that it was a transfer. */
function stays(b: Builder, rule: Extract<KeptRule, { how: 'stays-longer-than' }>): string {
  const { of, transfers, nights, age } = rule;
  const facts = `, bool_or(${b.all(of.where)}) as chosen, bool_or(${b.any(transfers.arriving)}) as arriving, bool_or(${b.any(transfers.leaving)}) as leaving`;
  return `with spell as (${b.spells(of, facts, [])}),
    ordered as (
      select *, max(coalesce(ended, began)) over before as until, lag(leaving) over same as left_by_transfer
      from spell
      window same as (partition by person_id, place_id order by began, ended nulls last, provider),
        before as (partition by person_id, place_id order by began, ended nulls last, provider rows between unbounded preceding and 1 preceding)
    ), numbered as (
      select *, count(*) filter (where not coalesce(began < until
          or (began <= until + ${b.put(transfers.withinDays)}::int and (arriving or coalesce(left_by_transfer, false))), false))
        over (partition by person_id, place_id order by began, ended nulls last, provider) as stay_no
      from ordered
    ), stay as (
      select person_id, place_id, min(began) as began, max(ended) as ended, bool_and(ended is not null) as over,
        (array_agg(chosen order by began, ended nulls last, provider))[1] as chosen
      from numbered group by person_id, place_id, stay_no
    ) ${once(withPerson('stay'), 's.ended', `s.over and s.chosen and s.ended - s.began > ${b.put(nights)}::int and ${b.aged(age, 's.began')}`)}`;
}

/**
 * People in a service, as who entered and left each month. An open record stays open without being counted again every
 * month, so the rows do not depend on the day they are made: the days of a month are those of everybody who was there
 * when it began, for all of it, corrected by `days` for who entered or left in it.
 */
function inService(b: Builder, rule: Extract<KeptRule, { how: 'in-service' }>): string {
  const { age } = rule;
  const reach =
    age === undefined ? 's.began' : `greatest(s.began, (p.birth_month + make_interval(years => ${b.put(age.from)}::int))::date)`;
  const outgrow =
    age === undefined || age.to >= oldest ? 'null::date' : `(p.birth_month + make_interval(years => ${b.put(age.to + 1)}::int))::date`;
  const known = age === undefined ? 'true' : 'p.birth_month is not null';
  const last = (day: string): string => `(${monthOf(day)} + interval '1 month')::date - 1`;
  return `with record as (${b.intervals(rule.of, rule.from, rule.to)}),
    ordered as (
      select *, max(coalesce(ended, 'infinity'::date)) over (
        partition by person_id, place_id order by began, ended nulls first rows between unbounded preceding and 1 preceding) as until
      from record where began is not null and (ended is null or ended >= began)
    ), numbered as (
      select *, count(*) filter (where until is null or (until <> 'infinity' and began > until + ${noGap}))
        over (partition by person_id, place_id order by began, ended nulls first) as no
      from ordered
    ), joined as (
      select person_id, place_id, min(began) as began, nullif(max(coalesce(ended, 'infinity'::date)), 'infinity') as ended
      from numbered group by person_id, place_id, no
    ), there as (
      select s.person_id, s.place_id, ${reach} as began, least(s.ended, p.death_month, ${outgrow}) as ended
      from ${withPerson('joined')} where ${known}
    ), step as (
      select person_id, place_id, ${monthOf('began')} as month, 1 as n, 0 as gone, ${last('began')} - began + 1 as days
      from there where ended is null or ended >= began
      union all
      select person_id, place_id, ${monthOf('ended')}, 0, 1, ended - (${last('ended')}) from there where ended >= began
    )
    select person_id, place_id, month, sum(n)::int as n, sum(gone)::int as gone, sum(days)::int as days
    from step group by person_id, place_id, month`;
}
