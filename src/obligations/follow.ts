import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { type Transaction, transaction } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { obligationsOf } from './derive.ts';
import type { Obligation } from './obligation.ts';

export interface Followed {
  readonly opened: number;
  readonly changed: number;
  readonly closed: number;
  readonly reopened: number;
}

/** One at a time: the list and the table are compared as a whole. */
const followLock = 0x4f42_4c47;

/** A date that moved, or words that changed, as long as nobody has accepted the task. */
const differs = `(t.title, t.clause, t.due, t.owner_role, t.owner_organisation, t.rule)
  is distinct from (d.title, d.clause, d.due, d.owner_role, d.owner_organisation, d.rule)`;

/**
 * Brings the tasks in line with the register as of today: what is new is opened, what moved is moved, what the register no
 * longer asks for is closed with the reason. Nothing is ever deleted, and running it again changes nothing.
 */
export async function followObligations(db: Pool, register: Register, clock: Clock): Promise<Followed> {
  const at = localDate(clock.now());
  return transaction(db, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [followLock]);
    const followed = await follow(tx, obligationsOf(register, at), { registerVersion: register.version, now: clock.now() });
    if (Object.values(followed).some((count) => count > 0)) {
      await recordAudit(
        tx,
        { type: 'obligations.followed', actor: 'haven', detail: { ...followed, registerVersion: register.version, at } },
        clock,
      );
    }
    return followed;
  });
}

async function follow(
  tx: Transaction,
  derived: readonly Obligation[],
  { registerVersion, now }: { registerVersion: number; now: Date },
): Promise<Followed> {
  const rows = derived.map((one) => ({
    task_id: one.id,
    rule: one.rule,
    kind: one.kind,
    place: one.place,
    agreement: one.agreement ?? null,
    organisation: one.organisation ?? null,
    owner_role: one.owner.role,
    owner_organisation: one.owner.organisation,
    title: one.title,
    clause: one.clause,
    due: one.due,
    evidence: one.recorded === undefined ? null : `${one.recorded.evidence} (register, ${one.recorded.on})`,
  }));
  const { rows: counts } = await tx.query<{ step: string; count: number }>(
    `with d as materialized (
       select * from json_to_recordset($1::json) as d (
         task_id text, rule text, kind text, place text, agreement text, organisation text, owner_role text,
         owner_organisation text, title text, clause text, due date, evidence text)
     ), opened as (
       insert into obligations.task (
         task_id, rule, kind, origin, place, agreement, organisation, owner_role, owner_organisation, title, clause, due,
         state, evidence, evidence_by, evidence_at, register_version, derived_at)
       select d.task_id, d.rule, d.kind, 'register', d.place, d.agreement, d.organisation, d.owner_role, d.owner_organisation,
              d.title, d.clause, d.due, case when d.evidence is null then 'open' else 'evidence-supplied' end,
              d.evidence, case when d.evidence is not null then 'register' end, case when d.evidence is not null then $3::timestamptz end,
              $2, $3
       from d
       on conflict (task_id) do nothing
       returning task_id, null::text as note
     ), changed as (
       update obligations.task t
       set title = d.title, clause = d.clause, due = d.due, owner_role = d.owner_role, owner_organisation = d.owner_organisation,
           rule = d.rule, register_version = $2, derived_at = $3,
           escalated_to = case when d.due > t.due then null else t.escalated_to end,
           escalated_on = case when d.due > t.due then null else t.escalated_on end
       from d
       where t.task_id = d.task_id and t.state in ('open', 'evidence-supplied') and ${differs}
       returning t.task_id, 'due ' || t.due::text as note
     ), recorded as (
       update obligations.task t
       set state = 'evidence-supplied', evidence = d.evidence, evidence_by = 'register', evidence_at = $3
       from d
       where t.task_id = d.task_id and t.state = 'open' and t.evidence is null and d.evidence is not null and not (${differs})
       returning t.task_id, d.evidence as note
     ), reopened as (
       update obligations.task t
       set state = case when t.evidence is null then 'open' else 'evidence-supplied' end, closed_because = null,
           due = d.due, title = d.title, register_version = $2, derived_at = $3
       from d
       where t.task_id = d.task_id and t.state = 'closed'
       returning t.task_id, 'the register asks for it again' as note
     ), closed as (
       update obligations.task t
       set state = 'closed', closed_because = 'The register no longer asks for it (version ' || $2::text || ').', derived_at = $3
       where t.origin = 'register' and t.state in ('open', 'evidence-supplied') and not exists (select 1 from d where d.task_id = t.task_id)
       returning t.task_id, t.closed_because as note
     ), steps as (
       select 'derived' as step, * from opened
       union all select 'changed', * from changed
       union all select 'evidence', * from recorded
       union all select 'reopened', * from reopened
       union all select 'closed', * from closed
     ), written as (
       insert into obligations.step (task_id, at, actor, step, note)
       select task_id, $3, 'register', step, note from steps
     )
     select step, count(*) as count from steps group by step`,
    [JSON.stringify(rows), registerVersion, now],
  );
  const count = (step: string): number => counts.find((row) => row.step === step)?.count ?? 0;
  return {
    opened: count('derived'),
    changed: count('changed') + count('evidence'),
    closed: count('closed'),
    reopened: count('reopened'),
  };
}
