import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { oblige } from './obligation.ts';
import { isOn } from './standing.ts';

/** Records that may not be kept any longer, as the check of the day found them. */
export interface DestructionDue {
  readonly agreement: string;
  readonly reason: string;
  readonly practice?: string | undefined;
}

/**
 * Makes a task of everything that has to be destroyed, and closes the tasks of what is gone. Found again, a task that was
 * done is open again: records arrive late, and the next month runs out. Nothing is destroyed here: two people decide that.
 * @returns how many there are to destroy
 */
export async function followDestruction(db: Pool, register: Register, due: readonly DestructionDue[], clock: Clock): Promise<number> {
  const at = localDate(clock.now());
  const rows = due.map(({ agreement: id, reason, practice }) => {
    const place = [...register.places.values()].find(({ agreements }) => agreements.has(id));
    const agreement = place?.agreements.get(id);
    const controller = agreement?.controllers.find((one) => isOn(one, at)) ?? agreement?.controllers.at(-1);
    const { owner, ...task } = oblige('destroy-now', {
      place: place?.place.id ?? 'no-place',
      subject: [id, reason, ...(practice === undefined ? [] : [practice])],
      of: `${agreement?.title ?? id}, ${practice === undefined ? reason : `${reason} ${practice}`}`,
      agreement: id,
      due: at,
      ownedBy: controller?.organisation ?? 'no controller',
      clause: agreement?.clauses.retention,
    });
    return { ...task, owner_role: owner.role, owner_organisation: owner.organisation };
  });
  return transaction(db, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtext($1))', ['obligations.destruction']);
    const { rows: steps } = await tx.query<{ step: string }>(
      `with d as materialized (
         select * from json_to_recordset($1::json) as d (
           id text, rule text, kind text, place text, agreement text, owner_role text, owner_organisation text, title text, clause text, due date)
       ), opened as (
         insert into obligations.task as t (
           task_id, rule, kind, origin, place, agreement, owner_role, owner_organisation, title, clause, due, register_version, derived_at)
         select d.id, d.rule, d.kind, 'destruction', d.place, d.agreement, d.owner_role, d.owner_organisation, d.title, d.clause, d.due, $2, $3 from d
         on conflict (task_id) do update
           set state = 'open', due = excluded.due, closed_because = null, evidence = null, evidence_by = null, evidence_at = null,
               accepted_by = null, accepted_at = null, escalated_to = null, escalated_on = null, derived_at = excluded.derived_at
           where t.state in ('accepted', 'closed')
         returning t.task_id
       ), closed as (
         update obligations.task t set state = 'closed', closed_because = 'Nothing is left to destroy.', derived_at = $3
         where t.origin = 'destruction' and t.state in ('open', 'evidence-supplied') and not exists (select from d where d.id = t.task_id)
         returning t.task_id
       ), steps as (select 'derived' as step, task_id from opened union all select 'closed', task_id from closed),
       written as (insert into obligations.step (task_id, at, actor, step) select task_id, $3, 'retention', step from steps)
       select step from steps`,
      [JSON.stringify(rows), register.version, clock.now()],
    );
    const opened = steps.filter(({ step }) => step === 'derived').length;
    await recordAudit(
      tx,
      { type: 'retention.checked', actor: 'haven', detail: { at, due: rows.length, opened, closed: steps.length - opened } },
      clock,
    );
    return rows.length;
  });
}
