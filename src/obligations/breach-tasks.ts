import type { Transaction } from '../database/query.ts';
import { localDate } from '../shared/clock.ts';
import type { BreachClock, BreachRisk } from './breach-clock.ts';
import { type Obligation, oblige } from './obligation.ts';

/** What a breach obliges people to. The Commissioner's hours are a moment; the task says the day it falls on. */
export function tasksOf(
  no: number,
  { place, risk, organisations }: { readonly place: string; readonly risk: BreachRisk; readonly organisations: readonly string[] },
  clocks: BreachClock,
): Obligation[] {
  const common = { place, of: `breach ${no}`, ownedBy: organisations[0] ?? 'none recorded' };
  const subject = [String(no)];
  const icoDay = clocks.icoDue === undefined ? undefined : localDate(clocks.icoDue);
  return [
    ...(clocks.cagDue === undefined ? [] : [oblige('breach-to-cag', { ...common, subject, due: clocks.cagDue })]),
    ...(icoDay === undefined ? [] : [oblige('breach-to-ico', { ...common, subject, due: icoDay })]),
    ...(risk === 'high-risk' && icoDay !== undefined ? [oblige('breach-to-people', { ...common, subject, due: icoDay })] : []),
    ...organisations.map((organisation) =>
      oblige('breach-to-organisation', { ...common, subject: [...subject, organisation], organisation, due: clocks.organisationsDue }),
    ),
    oblige('breach-remedy', { ...common, subject, due: clocks.remedyDue }),
  ];
}

/** Opens those that are not there yet. */
export async function openTasks(
  tx: Transaction,
  tasks: readonly Obligation[],
  { registerVersion, now }: { registerVersion: number; now: Date },
): Promise<void> {
  const rows = tasks.map((one) => ({
    task_id: one.id,
    rule: one.rule,
    kind: one.kind,
    place: one.place,
    organisation: one.organisation ?? null,
    owner_role: one.owner.role,
    owner_organisation: one.owner.organisation,
    title: one.title,
    clause: one.clause,
    due: one.due,
  }));
  await tx.query(
    `with opened as (
       insert into obligations.task (task_id, rule, kind, origin, place, organisation, owner_role, owner_organisation, title, clause, due, register_version, derived_at)
       select d.task_id, d.rule, d.kind, 'breach', d.place, d.organisation, d.owner_role, d.owner_organisation, d.title, d.clause, d.due, $2, $3
       from json_to_recordset($1::json) as d (task_id text, rule text, kind text, place text, organisation text, owner_role text,
                                              owner_organisation text, title text, clause text, due date)
       on conflict (task_id) do nothing
       returning task_id
     )
     insert into obligations.step (task_id, at, actor, step) select task_id, $3, 'breach', 'derived' from opened`,
    [JSON.stringify(rows), registerVersion, now],
  );
}
