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

/** Everything that happened to a return of a place, in order. */
export async function readHistory(db: Queryable, { place, template }: ReturnKey): Promise<Step[]> {
  const { rows } = await db.query<Step & Record<string, unknown>>(
    `select version_no as version, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, actor, step, detail
     from returns.step where place = $1 and template = $2 order by step_no`,
    [place, template],
  );
  return rows;
}
