import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import { breachLadder, escalationLadder, type OwnerRole } from './rules.ts';

/** Who is told of a task by a day: the highest rung reached; undefined while it is not late. */
export function escalationOn(task: { readonly due: LocalDate; readonly ofBreach: boolean }, at: LocalDate): OwnerRole | undefined {
  const late = (Date.parse(at) - Date.parse(task.due)) / 86_400_000;
  const ladder = task.ofBreach ? breachLadder : escalationLadder;
  return ladder.findLast(({ after }) => late >= after)?.to;
}

export interface Escalation {
  readonly id: string;
  readonly to: OwnerRole;
}

interface Open {
  readonly task_id: string;
  readonly due: LocalDate;
  readonly of_breach: boolean;
  readonly escalated_to: string | null;
}

/** Moves every late task up the ladder, each step once, with its leaf. Evidence that nobody has accepted does not stop it. */
export async function escalateObligations(db: Pool, clock: Clock): Promise<Escalation[]> {
  const at = localDate(clock.now());
  return transaction(db, async (tx) => {
    const { rows } = await tx.query<Open & Record<string, unknown>>(
      `select task_id, due, origin = 'breach' as of_breach, escalated_to
       from obligations.task where state in ('open', 'evidence-supplied') and due <= $1 order by task_id for update`,
      [at],
    );
    const escalations = rows.flatMap(({ task_id: id, due, of_breach: ofBreach, escalated_to: before }): Escalation[] => {
      const to = escalationOn({ due, ofBreach }, at);
      return to === undefined || to === before ? [] : [{ id, to }];
    });
    if (escalations.length === 0) return [];
    const values = [escalations.map(({ id }) => id), escalations.map(({ to }) => to)];
    await tx.query(
      `update obligations.task t set escalated_to = e.to_role, escalated_on = $3
       from unnest($1::text[], $2::text[]) as e (id, to_role) where t.task_id = e.id`,
      [...values, at],
    );
    await tx.query(
      `insert into obligations.step (task_id, at, actor, step, note)
       select id, $3, 'haven', 'escalated', to_role from unnest($1::text[], $2::text[]) as e (id, to_role)`,
      [...values, clock.now()],
    );
    for (const { id, to } of escalations)
      await recordAudit(tx, { type: 'obligation.escalated', actor: 'haven', subject: id, detail: { to } }, clock);
    return escalations;
  });
}
