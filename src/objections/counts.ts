import type { Queryable } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import { objectionKinds } from './kinds.ts';

/** People, small numbers protected: `*` is 1 to 7, anything above is rounded to the nearest 5. */
export interface ObjectionCount {
  readonly kind: string;
  /** In force on the last day of the period. */
  readonly inForce: string;
  readonly set: string;
  readonly withdrawn: string;
}

/** Every kind, also those nobody has: a missing line would say as much as a zero, and be read as a mistake. */
export async function countObjections(db: Queryable, from: LocalDate, to: LocalDate): Promise<readonly ObjectionCount[]> {
  const { rows } = await db.query<Record<'kind' | 'inForce' | 'set' | 'withdrawn', string>>(
    `select k.kind,
       case when c.kind is null then '0' else coalesce(c.in_force::text, '*') end as "inForce",
       case when c.kind is null then '0' else coalesce(c.set_in_period::text, '*') end as "set",
       case when c.kind is null then '0' else coalesce(c.withdrawn_in_period::text, '*') end as "withdrawn"
     from unnest($1::text[]) with ordinality as k (kind, position)
     left join objections.counts($2::date, $3::date) c on c.kind = k.kind
     order by k.position`,
    [[...objectionKinds], from, to],
  );
  return rows;
}

export interface ImportSummary {
  readonly importId: string;
  readonly kind: string | null;
  readonly state: string;
  readonly received: string;
  readonly recorded: string;
  readonly unchanged: string;
  readonly quarantined: Readonly<Record<string, number>>;
  readonly started: string;
}

/** Imports, newest first. What was removed is left out: a small number of rows removed could point to a person. */
export async function listImports(db: Queryable): Promise<readonly ImportSummary[]> {
  const { rows } = await db.query<ImportSummary>(
    `select import_id as "importId", kind, state, received, recorded, unchanged, quarantined,
       to_char(started at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as started
     from objections.import i order by i.started desc, import_id limit 200`,
  );
  return rows;
}
