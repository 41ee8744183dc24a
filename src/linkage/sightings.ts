import type { Queryable } from '../database/query.ts';
import type { Setting } from '../shared/settings.ts';
import { rebuildPersons, rebuildTouched } from './rebuild-persons.ts';

export interface LinkageCounts {
  /** People of this delivery the environment already knew, and those it did not. */
  readonly existing: number;
  readonly new: number;
}

const said = [
  'sex',
  'birth_month',
  'ethnic_category',
  'lsoa',
  'ward',
  'postcode_sector',
  'practice',
  'registered_from',
  'death_month',
] as const;

const lastSaid = (column: string): string =>
  `(array_agg(${column} order by source_at nulls first, seq) filter (where ${column} is not null))[count(${column})]`;

/** What the source wrote later counts, whichever arrives later; a word without a time counts as written now. */
const laterSaid = (column: string): string =>
  `case when excluded.source_at < l.source_at then coalesce(l.${column}, excluded.${column}) else coalesce(excluded.${column}, l.${column}) end`;

interface SightingScope {
  readonly setting: Setting;
  readonly flowNo: number;
  readonly deliveryNo: number;
}

/** Staged sightings worth a fold of their own: large files are folded while they are read, and not all at the end. */
export const foldSightingRows = 50_000;

/**
 * Folds the sightings staged so far (`sight`, empty afterwards) into linkage.sighting, and notes whom it met and whose
 * picture changed. A flow that gives one number two birth months or two sexes is evidence that two people share it, and
 * is kept as doubt, whether the two stand in one fold or in two. What was said in one fold counts before what is said in
 * the next with the same time, as if the file had been sent in parts.
 */
export async function foldSightings(tx: Queryable, scope: SightingScope): Promise<void> {
  const values = said.join(', ');
  const { rowCount: waiting } = await tx.query('select from sight limit 1');
  if (!waiting) return;
  await tx.query('analyze sight (person_id)');
  await tx.query(
    `create temporary table sighted on commit drop as
     with many as (select person_id from sight group by person_id having count(*) > 1)
     select person_id, number_status, ${values}, source_at, '{}'::text[] as conflicts
       from sight where person_id not in (select person_id from many)
     union all
     select person_id, min(number_status) filter (where number_status <> ''), ${said.map(lastSaid).join(', ')}, max(source_at),
            array_remove(array[
              case when count(distinct birth_month) > 1 then 'birth-month-differs' end,
              case when count(distinct sex) filter (where sex in ('1', '2')) > 1 then 'sex-differs' end], null)
       from sight where person_id in (select person_id from many) group by person_id`,
  );
  await tx.query('analyze sighted (person_id)');
  await tx.query('insert into met select person_id from sighted');
  await tx.query(
    `delete from sighted n
      where exists (
        select from linkage.sighting l
         where l.person_id = n.person_id and l.flow_no = $1 and n.conflicts <@ l.conflicts and coalesce(n.number_status, '') in ('', l.number_status)
           and (n.source_at is null or n.source_at <= l.source_at)
           and ${said.map((c) => `coalesce(n.${c}, l.${c}) is not distinct from l.${c}`).join(' and ')} offset 0)`,
    [scope.flowNo],
  );
  await tx.query(
    `with changed as (
       insert into linkage.sighting as l (person_id, flow_no, setting, delivery_no, number_status, ${values}, source_at, conflicts)
       select person_id, $1, $2::environment.setting, $3, coalesce(number_status, ''), ${values}, source_at, conflicts from sighted order by person_id
       on conflict (person_id, flow_no) do update
          set number_status = coalesce(nullif(excluded.number_status, ''), l.number_status),
              ${said.map((c) => `${c} = ${laterSaid(c)}`).join(', ')},
              source_at = greatest(excluded.source_at, l.source_at), delivery_no = excluded.delivery_no,
              conflicts = (select coalesce(array_agg(distinct c), '{}') from unnest(l.conflicts || excluded.conflicts || array_remove(array[
                case when l.sex in ('1', '2') and excluded.sex in ('1', '2') and l.sex <> excluded.sex then 'sex-differs' end,
                case when l.birth_month <> excluded.birth_month then 'birth-month-differs' end], null)) as c)
       returning l.person_id
     )
     insert into touched select person_id from changed`,
    [scope.flowNo, scope.setting, scope.deliveryNo],
  );
  await tx.query('truncate sight; drop table sighted');
}

/**
 * Folds what is left at the end of a delivery, counts the people it met, and rebuilds those whose picture changed. People
 * whose first sighting went straight into linkage.sighting are in the temporary table `introduced (person_id)`.
 */
export async function applySightings(tx: Queryable, scope: SightingScope): Promise<LinkageCounts> {
  await foldSightings(tx, scope);
  await tx.query('insert into met select person_id from introduced');
  await tx.query('insert into touched select person_id from introduced');
  const { rows } = await tx.query<{ met: number }>('select count(distinct person_id)::int as met from met');
  const made = await rebuildTouched(tx, 'added');
  return { existing: (rows[0]?.met ?? 0) - made, new: made };
}

/**
 * Takes back what the flow said about people it has no record of any more (temporary table `bereft (person_id)`: whoever
 * lost a record to a tombstone, a correction of the person, a new submission or a reason to withhold).
 */
export async function forgetSightings(tx: Queryable, scope: { setting: Setting; flowNo: number }): Promise<void> {
  const { rows } = await tx.query<{ person_id: number }>(
    `delete from linkage.sighting l
      where l.person_id = any (array(select distinct person_id from bereft)) and l.flow_no = $1
        and not exists (
          select from environment.event e
           where e.person_id = l.person_id and e.setting = $2::environment.setting and e.flow_no = $1 offset 0
        )
      returning l.person_id`,
    [scope.flowNo, scope.setting],
  );
  if (rows.length > 0)
    await rebuildPersons(
      tx,
      rows.map((row) => String(row.person_id)),
    );
}
