import type { Queryable } from '../database/query.ts';

/**
 * Merges one delivery may bring about: ten, or one for every twenty people it speaks of. Numbers are superseded one by one,
 * and a file full of merges is a mistake or worse; a first load of a register with its history holds some 3 in 100.
 */
export const mostMerges = 10;
const peopleToAMerge = 20;

/**
 * RULE-MERGE-1. Takes out of the temporary table `superseded` what a sender's word alone may not decide, and keeps it for a
 * person (linkage.held_merge): everything where a delivery asks for more than `mostMerges` allows; two numbers whose people differ
 * in sex or month of birth by any flow's word; two numbers of which another flow knows one, while a month of birth is not
 * known of both; and what waits for a decision already or was refused. No evidence is no agreement.
 *
 * @returns how many merges are held
 */
export async function holdDoubtfulMerges(tx: Queryable, scope: { flowNo: number; deliveryNo: number }): Promise<number> {
  const { rowCount } = await tx.query('select from superseded limit 1');
  if (!rowCount) return 0;
  const { rows } = await tx.query<{ held: number }>(
    `with spoken_of as (
       -- Said straight away, folded while the file was read, or still waiting (sightings.ts).
       select count(distinct person_id) as people
         from (select person_id from introduced union all select person_id from met union all select person_id from sight) everybody
     ), pair as (
       select s.old_pseudonym, s.new_pseudonym, min(s.row_no) as row_no, o.person_id as old_person, n.person_id as new_person
         from superseded s
         left join linkage.pseudonym o on o.landing_pseudonym = s.old_pseudonym
         left join linkage.pseudonym n on n.landing_pseudonym = s.new_pseudonym
        where o.person_id is distinct from n.person_id
        group by s.old_pseudonym, s.new_pseudonym, o.person_id, n.person_id
     ), side as (
       select old_pseudonym, new_pseudonym, old_person as person_id, true as of_old from pair
       union all
       select old_pseudonym, new_pseudonym, new_person, false from pair
     ), word as (
       select side.*, l.flow_no, l.sex, l.birth_month, l.conflicts from side join linkage.sighting l using (person_id)
       union all
       select side.*, $1::integer, s.sex, s.birth_month, '{}' from side join sight s using (person_id)
     ), judged as (
       select p.old_pseudonym, p.new_pseudonym, p.row_no, array_remove(array[
                case when (select count(*) from pair) > greatest($3::bigint, (select people from spoken_of) / $4) then 'many-merges' end,
                case when count(distinct w.sex) filter (where w.sex in ('1', '2')) > 1 or bool_or('sex-differs' = any (w.conflicts)) then 'sex-differs' end,
                case when count(distinct w.birth_month) > 1 or bool_or('birth-month-differs' = any (w.conflicts)) then 'birth-month-differs' end,
                case when bool_or(w.flow_no <> $1) and p.old_person is not null and p.new_person is not null
                          and (count(w.birth_month) filter (where w.of_old) = 0 or count(w.birth_month) filter (where not w.of_old) = 0)
                     then 'evidence-absent' end,
                case when exists (
                       select from linkage.held_merge h
                        where least(h.old_pseudonym, h.new_pseudonym) = least(p.old_pseudonym, p.new_pseudonym)
                          and greatest(h.old_pseudonym, h.new_pseudonym) = greatest(p.old_pseudonym, p.new_pseudonym)
                          and h.state <> 'approved')
                     then 'not-decided-or-refused' end], null) as reasons
         from pair p left join word w using (old_pseudonym, new_pseudonym)
        group by p.old_pseudonym, p.new_pseudonym, p.row_no, p.old_person, p.new_person
     ), doubtful as (
       select * from judged where cardinality(reasons) > 0
     ), kept as (
       insert into linkage.held_merge (old_pseudonym, new_pseudonym, flow_no, delivery_no, row_no, reasons)
       select old_pseudonym, new_pseudonym, $1, $2, row_no, reasons from doubtful order by row_no
       on conflict (least(old_pseudonym, new_pseudonym), greatest(old_pseudonym, new_pseudonym)) do nothing
     ), taken as (
       delete from superseded s using doubtful d where s.old_pseudonym = d.old_pseudonym and s.new_pseudonym = d.new_pseudonym
     )
     select count(*)::int as held from doubtful`,
    [scope.flowNo, scope.deliveryNo, mostMerges, peopleToAMerge],
  );
  return rows[0]?.held ?? 0;
}
