import type { Queryable } from '../database/query.ts';

/** Advisory lock around the rebuild: of two deliveries that know the same person, the later must see what the earlier said. */
const personsLock = 7_318_002;

const demographics = ['sex', 'birth_month', 'ethnic_category', 'lsoa', 'ward', 'postcode_sector', 'death_month'] as const;
/** Registration belongs to the practice, so a GP's word comes first. */
const registration = ['practice', 'registered_from'] as const;

const latest = (column: string): string =>
  `(array_agg(s.${column} order by s.source_at desc nulls last, s.delivery_no desc) filter (where s.${column} is not null))[1]`;
const gpFirst = (column: string): string =>
  `(array_agg(s.${column} order by (s.setting = 'gp') desc, s.source_at desc nulls last, s.delivery_no desc) filter (where s.${column} is not null))[1]`;

const columns = [...demographics, ...registration].join(', ');

/** What the transaction did to the sightings of those whose picture is derived again. */
type Sightings =
  /** Some of theirs were added, and nobody lost any. */
  | 'added'
  /** Some were removed, in a transaction that may have added others. */
  | 'changed'
  /** Some were removed, and what the planner knows of the table holds. */
  | 'removed';

/** Takes away the people nobody speaks of. They are found once and asked nothing more: an objection of everybody has 175,000 of them. */
const forgetUnspoken = (sightings: Sightings): string => `
     unspoken as materialized (
       select t.person_id from touched t
        where not exists (select from linkage.sighting s where s.person_id = t.person_id ${sightings === 'changed' ? 'offset 0' : ''})
     ), gone as (
       delete from environment.person p where p.person_id = any (array(select person_id from unspoken))
     ),`;

/**
 * Derives environment.person from what the flows still say (linkage.sighting), for the people in the temporary table
 * `touched (person_id)`, where one may stand twice. Grade: `doubtful` when senders disagree on sex or birth month, or one
 * sender said two things; else `verified` when some sender verified the number (status 01); else `unverified`. A person
 * nobody speaks of goes.
 * @returns how many of them the environment did not know
 */
export async function rebuildTouched(tx: Queryable, sightings: Sightings = 'changed'): Promise<number> {
  await tx.query('select pg_advisory_xact_lock($1)', [personsLock]);
  await tx.query('analyze touched');
  // Index probes by `offset 0`, and no join: a vacuum in the middle of a large delivery believes linkage.sighting empty.
  const { rows } = await tx.query<{ made: number }>(
    `with ${sightings === 'added' ? '' : forgetUnspoken(sightings)}
     spoken as materialized (
       select s.*, count(*) over (partition by t.person_id) as senders
         from (select distinct person_id from touched order by person_id) t
        cross join lateral (select l.* from linkage.sighting l where l.person_id = t.person_id offset 0) s
        ${sightings === 'added' ? '' : 'where not exists (select from unspoken u where u.person_id = t.person_id)'}
     ), put as (
     insert into environment.person as p (person_id, ${columns}, linkage_grade, doubts, updated_by)
     select person_id, ${columns}, case when cardinality(doubts) > 0 then 'doubtful' when verified then 'verified' else 'unverified' end, doubts, updated_by
       from (
         -- One sender: no choice to make, and by far the most people.
         select s.person_id, ${[...demographics, ...registration].map((c) => `s.${c}`).join(', ')}, s.conflicts as doubts, s.number_status = '01' as verified, s.delivery_no as updated_by
           from spoken s where s.senders = 1
         union all
         select s.person_id, ${demographics.map(latest).join(', ')}, ${registration.map(gpFirst).join(', ')},
                array_remove(array[
                  case when count(distinct s.birth_month) > 1 or bool_or('birth-month-differs' = any (s.conflicts)) then 'birth-month-differs' end,
                  case when count(distinct s.sex) filter (where s.sex in ('1', '2')) > 1 or bool_or('sex-differs' = any (s.conflicts)) then 'sex-differs' end
                ], null),
                bool_or(s.number_status = '01'), max(s.delivery_no)
           from spoken s where s.senders > 1 group by s.person_id
       ) as derived
      order by person_id
     on conflict (person_id) do update
        set (${columns}, linkage_grade, doubts, updated_by) = row(${columns
          .split(', ')
          .map((c) => `excluded.${c}`)
          .join(', ')}, excluded.linkage_grade, excluded.doubts, excluded.updated_by)
      where (${columns
        .split(', ')
        .map((c) => `p.${c}`)
        .join(', ')}, p.linkage_grade, p.doubts) is distinct from (${columns
        .split(', ')
        .map((c) => `excluded.${c}`)
        .join(', ')}, excluded.linkage_grade, excluded.doubts)
      returning old.person_id is null as made
     )
     select count(*) filter (where made)::int as made from put`,
  );
  return rows[0]?.made ?? 0;
}

/** The same for a list of people: what an objection, a withdrawal or a destruction touched. */
export async function rebuildPersons(tx: Queryable, personIds: readonly string[]): Promise<void> {
  await tx.query('create temporary table if not exists touched (person_id bigint not null) on commit drop');
  await tx.query('truncate touched');
  await tx.query('insert into touched select unnest($1::bigint[])', [personIds]);
  await rebuildTouched(tx);
}
