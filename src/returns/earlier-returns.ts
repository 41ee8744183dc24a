import type { Queryable } from '../database/query.ts';
import type { Period, Return } from './return.ts';

/**
 * What a place returned in the year before a period: every value, asked or pre-populated, of the last version of each
 * return that a person signed. A draft was never returned, so nothing is compared with it.
 */
export async function returnedBefore(db: Queryable, place: string, period: Period): Promise<Return['previous']> {
  const { rows } = await db.query<{ template: string; answers: Return['previous'][string] }>(
    `with returned as (
       select distinct on (version.template) version.template, build.document
       from returns.version
       join returns.return build using (return_id)
       where version.place = $1 and version.state in ('signed-off', 'submitted') and not build.rehearsal
         and build.period_to < $2::date and build.period_from >= $2::date - interval '1 year'
       order by version.template, version.version_no desc
     )
     select returned.template, jsonb_object_agg(cell.id, cell.value) as answers
     from returned
     cross join lateral jsonb_array_elements(returned.document -> 'sheets') sheet
     cross join lateral (
       select question ->> 'id' as id, question -> 'answer' as value from jsonb_array_elements(sheet -> 'questions') question
       union all
       select calculated ->> 'id', calculated -> 'value' from jsonb_array_elements(sheet -> 'calculated') calculated
     ) cell
     group by returned.template`,
    [place, period.from],
  );
  return Object.fromEntries(rows.map(({ template, answers }) => [template, answers]));
}
