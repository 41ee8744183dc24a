import type { Queryable } from '../database/query.ts';
import { eventDay } from './erase-flows.ts';
import type { Target } from './target.ts';

export interface TargetCounts {
  readonly events: number;
  readonly people: number;
  /** Of these people, those no other data set speaks of: they lose their identity. */
  readonly forgotten: number;
}

/** What a destruction would destroy, as things stand. */
export async function countTarget(db: Queryable, target: Target): Promise<TargetCounts> {
  const { rows } = await db.query<TargetCounts>(
    `with going as materialized (
       select t.person_id, count(*) as events from environment.event t
        where t.flow_no = any ($1::integer[]) and ($2::date is null or ${eventDay('t')} < $2::date) group by t.person_id
     )
     select coalesce(sum(g.events), 0)::bigint as events, count(*) as people,
            count(*) filter (where g.events = (select count(*) from environment.event e where e.person_id = g.person_id)) as forgotten
       from going g`,
    [target.flows.map(({ flowNo }) => flowNo), target.beforeDay ?? null],
  );
  return rows[0] ?? { events: 0, people: 0, forgotten: 0 };
}
