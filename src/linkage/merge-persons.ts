import type { Queryable } from '../database/query.ts';
import { rebuildPersons } from './rebuild-persons.ts';

/**
 * Applies the superseded numbers of one delivery (temporary table `superseded (old_pseudonym, new_pseudonym, person_id, row_no)`): whoever had
 * the old number becomes the person of the new one. Events and sightings move, both pseudonyms lead to the survivor, and
 * the merge is kept with its history. PDS answers a read of a superseded number with the new id; so do we.
 *
 * A number nobody is registered under, because its owner objected before there were data, leads to the person of the other.
 *
 * @returns the people who took over the records or the number of others
 */
export async function applySuperseded(tx: Queryable, scope: { flowNo: number; deliveryNo: number }): Promise<string[]> {
  const joined = await joinUnregistered(tx);
  const { rows } = await tx.query<{ from_person: number; into_person: number }>(
    `select distinct on (p.person_id) p.person_id as from_person, s.person_id as into_person
       from superseded s join linkage.pseudonym p on p.landing_pseudonym = s.old_pseudonym
      where p.person_id <> s.person_id order by p.person_id, s.person_id`,
  );
  if (rows.length === 0) return joined;
  const survivor = followChains(
    rows.map((row) => row.from_person),
    rows.map((row) => row.into_person),
  );
  const merges = rows.flatMap(({ from_person: person }) => {
    const end = survivor(person);
    return end === undefined ? [] : [{ person, end }];
  });
  const from = merges.map((merge) => merge.person);
  if (merges.length === 0) return joined;
  const pairs: [number[], number[]] = [from, merges.map((merge) => merge.end)];
  await tx.query(
    `with pair as (select * from unnest($1::bigint[], $2::bigint[]) as t (from_person, into_person)),
     moved as (
       update environment.event e set person_id = pair.into_person from pair where e.person_id = pair.from_person returning pair.from_person
     ), repointed as (
       update linkage.pseudonym p set person_id = pair.into_person from pair where p.person_id = pair.from_person
     ), local as (
       update linkage.local_identifier l set person_id = pair.into_person from pair where l.person_id = pair.from_person
     ), marked as (
       update linkage.person p set merged_into = pair.into_person from pair where p.person_id = pair.from_person
     )
     insert into linkage.merge (from_person, into_person, flow_no, delivery_no, reason, events_moved)
     select pair.from_person, pair.into_person, $3, $4, 'superseded-number', (select count(*) from moved where moved.from_person = pair.from_person) from pair`,
    [...pairs, scope.flowNo, scope.deliveryNo],
  );
  await tx.query(
    `with pair as (select * from unnest($1::bigint[], $2::bigint[]) as t (from_person, into_person)),
     kept as (select distinct on (s.flow_no, pair.into_person) s.person_id, s.flow_no, pair.into_person
                from linkage.sighting s join pair on pair.from_person = s.person_id order by s.flow_no, pair.into_person, s.delivery_no desc)
     update linkage.sighting s set person_id = kept.into_person from kept
      where s.person_id = kept.person_id and s.flow_no = kept.flow_no
        and not exists (select from linkage.sighting o where o.person_id = kept.into_person and o.flow_no = kept.flow_no)`,
    pairs,
  );
  await tx.query('delete from linkage.sighting where person_id = any($1::bigint[])', [from]);
  await rebuildPersons(tx, [...from, ...pairs[1]].map(String));
  return [...joined, ...pairs[1].map(String)];
}

/** Where only one of the two numbers has a person, the other leads there too; returns those people. */
async function joinUnregistered(tx: Queryable): Promise<string[]> {
  const { rows } = await tx.query<{ person_id: number }>(
    `with one_sided as (
       select s.old_pseudonym as missing, p.epoch, p.person_id
         from superseded s join linkage.pseudonym p on p.landing_pseudonym = s.new_pseudonym
        where not exists (select from linkage.pseudonym o where o.landing_pseudonym = s.old_pseudonym)
       union all
       select s.new_pseudonym, p.epoch, p.person_id
         from superseded s join linkage.pseudonym p on p.landing_pseudonym = s.old_pseudonym
        where not exists (select from linkage.pseudonym o where o.landing_pseudonym = s.new_pseudonym)
     )
     insert into linkage.pseudonym (landing_pseudonym, epoch, person_id)
     select distinct on (missing) missing, epoch, person_id from one_sided order by missing, person_id
     on conflict (landing_pseudonym) do nothing
     returning person_id`,
  );
  await tx.query('update superseded s set person_id = p.person_id from linkage.pseudonym p where p.landing_pseudonym = s.new_pseudonym');
  return rows.map((row) => String(row.person_id));
}

/** The end of each chain of one delivery (a → b, b → c); undefined in a circle, because nobody becomes themselves. */
function followChains(from: readonly number[], into: readonly number[]): (person: number) => number | undefined {
  const next = new Map(from.map((person, index) => [person, into[index] as number]));
  return (person) => {
    const visited = new Set<number>();
    let at = person;
    for (let step = next.get(at); step !== undefined; step = next.get(at)) {
      if (visited.has(at)) return undefined;
      visited.add(at);
      at = step;
    }
    return at;
  };
}
