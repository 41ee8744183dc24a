import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import type { Clock, LocalDate } from '../shared/clock.ts';
import { addDays } from './dates.ts';
import { type Obligation, oblige } from './obligation.ts';

/** A return that is being made, and how far it has come. */
export interface ReturnDeadline {
  readonly place: string;
  readonly template: string;
  readonly title: string;
  readonly due: LocalDate;
  readonly time: string | undefined;
  readonly organisation: string;
  readonly signed: boolean;
  readonly submitted: boolean;
}

/** What one return obliges people to; a step that was taken is no task any more. */
export function obligationsOfReturn(deadline: ReturnDeadline): Obligation[] {
  const { place, template, title, due, time, organisation, signed, submitted } = deadline;
  const by = time === undefined ? '' : `, by ${time === '12:00' ? 'midday' : time}`;
  const parts = { place, subject: [template], ownedBy: organisation, organisation };
  return [
    // A board does not sign at the last minute: the day before is ours.
    ...(signed || submitted ? [] : [oblige('return-sign-off', { ...parts, of: title, due: addDays(due, -1) })]),
    ...(submitted ? [] : [oblige('return-submission', { ...parts, of: `${title}${by}`, due })]),
  ];
}

/** Opens the tasks of returns that are being made and closes those that are done. Running it again changes nothing. */
export async function followReturns(
  db: Pool,
  deadlines: readonly ReturnDeadline[],
  registerVersion: number,
  clock: Clock,
): Promise<number> {
  const tasks = deadlines
    .flatMap(obligationsOfReturn)
    .map(({ owner, ...task }) => ({ ...task, owner_role: owner.role, owner_organisation: owner.organisation }));
  return transaction(db, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtext($1))', ['obligations.returns']);
    const { rows: steps } = await tx.query<{ step: string }>(
      `with d as materialized (
         select * from json_to_recordset($1::json) as d (
           id text, rule text, kind text, place text, organisation text, owner_role text, owner_organisation text, title text, clause text, due date)
       ), opened as (
         insert into obligations.task as t (
           task_id, rule, kind, origin, place, organisation, owner_role, owner_organisation, title, clause, due, register_version, derived_at)
         select d.id, d.rule, d.kind, 'return', d.place, d.organisation, d.owner_role, d.owner_organisation, d.title, d.clause, d.due, $2, $3 from d
         on conflict (task_id) do update set due = excluded.due, title = excluded.title, derived_at = excluded.derived_at
           where t.state in ('open', 'evidence-supplied') and (t.due, t.title) is distinct from (excluded.due, excluded.title)
         returning t.task_id, t.xmax = 0 as added
       ), closed as (
         update obligations.task t
         set state = 'closed', closed_because = case t.kind when 'return-submission' then 'The return was submitted.' else 'The return was signed off.' end,
             derived_at = $3
         where t.origin = 'return' and t.state in ('open', 'evidence-supplied') and not exists (select from d where d.id = t.task_id)
         returning t.task_id
       ), steps as (
         select case when added then 'derived' else 'changed' end as step, task_id from opened union all select 'closed', task_id from closed
       ), written as (insert into obligations.step (task_id, at, actor, step) select task_id, $3, 'returns', step from steps)
       select step from steps`,
      [JSON.stringify(tasks), registerVersion, clock.now()],
    );
    if (steps.length > 0) {
      const closed = steps.filter(({ step }) => step === 'closed').length;
      await recordAudit(tx, { type: 'returns.followed', actor: 'haven', detail: { steps: steps.length, closed } }, clock);
    }
    return steps.length;
  });
}
