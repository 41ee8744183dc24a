import type { Queryable } from '../database/query.ts';
import type { HeldEvent, HeldScore, Looked, SubjectAccessAnswer } from './answer.ts';

/** Whom to gather for: what this installation calls the person, and the place that answers. */
export interface Subject {
  readonly personId: number;
  readonly landingPseudonyms: readonly string[];
  readonly place: string;
}

export interface FlowRows {
  readonly flow: string;
  readonly setting: string;
  readonly sighting: Readonly<Record<string, unknown>> | null;
  readonly events: readonly HeldEvent[] | null;
}

// Flows of the place alone: another place's IG lead answers for theirs.
const flowSql = `
select f.flow_id as flow, f.setting::text as setting,
  (select to_jsonb(s) - 'person_id' - 'flow_no' - 'delivery_no' - 'setting'
     from linkage.sighting s where s.person_id = $1 and s.flow_no = f.flow_no) as sighting,
  (select jsonb_agg(jsonb_build_object('kind', e.kind, 'from', to_char(e.started_at, 'YYYY-MM-DD"T"HH24:MI'),
       'to', to_char(e.ended_at, 'YYYY-MM-DD"T"HH24:MI'), 'provider', e.provider, 'codes', coalesce(e.codes, '{}'),
       'costPence', e.cost_pence, 'attributes', e.attributes) order by e.started_at, e.kind, e.source_key)
     from environment.event e where e.person_id = $1 and e.flow_no = f.flow_no and e.setting = f.setting) as events
from register.flow f
where f.place_id = $2
  and (exists (select from linkage.sighting s where s.person_id = $1 and s.flow_no = f.flow_no)
    or exists (select from environment.event e where e.person_id = $1 and e.flow_no = f.flow_no and e.setting = f.setting))
order by f.flow_id`;

export const readFlows = async (db: Queryable, { personId, place }: Subject): Promise<readonly FlowRows[]> =>
  (await db.query<FlowRows & Record<string, unknown>>(flowSql, [personId, place])).rows;

const one = async (db: Queryable, sql: string, values: readonly unknown[]): Promise<Readonly<Record<string, unknown>> | null> =>
  (await db.query<{ row: Record<string, unknown> }>(sql, [...values])).rows[0]?.row ?? null;

/** The person as derived from what the flows said, and the counts derived from the events. */
export const readPerson = (db: Queryable, { personId }: Subject) =>
  one(db, `select to_jsonb(p) - 'person_id' - 'updated_by' as row from environment.person p where person_id = $1`, [personId]);
export const readSummary = (db: Queryable, { personId }: Subject) =>
  one(db, `select to_jsonb(s) - 'person_id' - 'refreshed_by' as row from environment.person_summary s where person_id = $1`, [personId]);

export async function countMerges(db: Queryable, { personId }: Subject): Promise<number> {
  const { rows } = await db.query<{ merges: number }>('select count(*)::int as merges from linkage.merge where into_person = $1', [
    personId,
  ]);
  return rows[0]?.merges ?? 0;
}

export async function readScores(db: Queryable, { personId, place }: Subject): Promise<readonly HeldScore[]> {
  const { rows } = await db.query<HeldScore & Record<string, unknown>>(
    `select r.model, r.version, r.purpose, to_char(r.index_date, 'YYYY-MM-DD') as "indexDate", s.score_tenths / 10.0::float8 as score,
            s.band, s.tier, s.reasons
       from risk.score s join risk.run r using (run_id)
      where s.person_id = $1 and (r.place is null or r.place = $2) order by r.index_date, r.model, r.started`,
    [personId, place],
  );
  return rows;
}

/** The pseudonym each project knows the person by: to ask the log, and to say which projects can see them. */
export async function readRecipients(db: Queryable, { personId }: Subject) {
  const { rows } = await db.query<{ project: string; pseudonym: string }>(
    `select project_id as project, recipient_pseudonym as pseudonym from environment.recipient_pseudonym
      where person_id = $1 order by project_id, epoch`,
    [personId],
  );
  return rows;
}

export async function readLooked(db: Queryable, pseudonyms: readonly string[]): Promise<readonly Looked[]> {
  const { rows } = await db.query<Looked & Record<string, unknown>>(
    `select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, type as what, actor as who, project, purpose
       from audit.entries_about($1::text[])`,
    [pseudonyms],
  );
  return rows;
}

export type Gathered = Pick<SubjectAccessAnswer, 'person' | 'summary' | 'scores' | 'looked'>;
