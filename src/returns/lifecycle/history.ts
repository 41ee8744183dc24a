import { recordAudit } from '../../audit/record.ts';
import type { Queryable, Transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';

/** A return of a place; its data versions are numbered. */
export interface ReturnKey {
  readonly place: string;
  readonly template: string;
}

export interface Step {
  readonly version: number;
  readonly at: string;
  readonly actor: string;
  readonly step: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface NewStep {
  readonly version: number;
  readonly actor: string;
  /** What was done, one word: it is the end of the type of the audit entry. */
  readonly step: string;
  /** Names of the template, ids and digests; never an answer. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** One step into the history of a return and into the audit log, in the transaction of its effect. */
export async function recordStep(tx: Transaction, { place, template }: ReturnKey, step: NewStep, clock: Clock): Promise<void> {
  await tx.query(
    'insert into returns.step (place, template, version_no, at, actor, step, detail) values ($1, $2, $3, $4, $5, $6, $7::jsonb)',
    [place, template, step.version, clock.now(), step.actor, step.step, JSON.stringify(step.detail)],
  );
  const subject = `${place}/${template}/${step.version}`;
  await recordAudit(tx, { type: `return.${step.step}`, actor: step.actor, subject, detail: step.detail }, clock);
}

/** Everything that happened to a return of a place, in order; answers that one person gave together are one step. */
export async function readHistory(db: Queryable, { place, template }: ReturnKey): Promise<Step[]> {
  const { rows } = await db.query<Step & Record<string, unknown>>(
    `select version, to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, actor, step, detail
     from (
       select version_no as version, at as moment, case when step in ('opened', 'amended') then 0 else 2 end as kind, step_no as n, actor, step, detail
       from returns.step where place = $1 and template = $2
       union all
       select coalesce((select max(v.version_no) from returns.version v
                        where v.place = $1 and v.template = $2 and v.opened_at <= d.declared_at), 1),
              d.declared_at, 1, min(d.declaration_no), d.declared_by, 'declared',
              jsonb_build_object('source', d.source, 'questions', jsonb_agg(d.question order by d.declaration_no))
       from returns.declaration d where d.place = $1 and d.template = $2
       group by d.declared_at, d.declared_by, d.source
     ) happened order by moment, kind, n`,
    [place, template],
  );
  return rows;
}
