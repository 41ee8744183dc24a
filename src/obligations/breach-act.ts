import { recordAudit } from '../audit/record.ts';
import type { Transaction } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { isSameHuman } from '../register/same-human.ts';
import type { Clock } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Calendar } from './bank-holidays.ts';
import { type BreachRisk, breachClock } from './breach-clock.ts';
import { type Breach, lockBreach } from './breach-list.ts';
import { openTasks, tasksOf } from './breach-tasks.ts';
import { checkReference } from './tasks.ts';

/** What can be done about a breach. Each of the first five is the evidence of one of its tasks. */
export const breachActions = {
  'told-cag': 'breach-to-cag',
  'told-ico': 'breach-to-ico',
  'told-people': 'breach-to-people',
  'told-organisation': 'breach-to-organisation',
  remedied: 'breach-remedy',
  contained: undefined,
  'judged-no-risk': undefined,
  'judged-risk': undefined,
  'judged-high-risk': undefined,
} as const;
export type BreachAction = keyof typeof breachActions;

export interface ActionTaken {
  readonly no: number;
  readonly kind: BreachAction;
  readonly note: string;
  readonly organisation?: string | undefined;
  readonly actor: string;
}

/** Records what was done; supplies it as evidence of the task it answers. Judging the risk starts or stops the Commissioner's clock. */
export async function actOnBreach(
  tx: Transaction,
  action: ActionTaken,
  { calendar, clock, register }: { readonly calendar: Calendar; readonly clock: Clock; readonly register: Register },
): Promise<void> {
  const breach = await lockBreach(tx, action.no);
  if (breach.state === 'closed')
    throw new GatewayError('BREACH_CLOSED', 'The breach is closed. Report what is new as another one.', { status: 409 });
  const note = checkReference(action.note);
  const task = breachActions[action.kind];
  const { organisation } = action;
  if (
    (action.kind === 'told-organisation') !== (organisation !== undefined) ||
    (organisation !== undefined && !breach.organisations.includes(organisation))
  ) {
    throw new GatewayError(
      'BREACH_ORGANISATION',
      'Name the organisation that was told, one of those the breach touches; only told-organisation has one.',
    );
  }
  await tx.query(
    'insert into obligations.breach_action (breach_no, kind, organisation, taken_at, actor, note) values ($1, $2, $3, $4, $5, $6)',
    [action.no, action.kind, organisation ?? null, clock.now(), action.actor, note],
  );
  await tx.query(`update obligations.breach set state = 'acting' where breach_no = $1`, [action.no]);
  const taskId = [task, breach.place, String(action.no), ...(organisation === undefined ? [] : [organisation])].join('.').toLowerCase();
  if (task !== undefined) {
    const supplied = await tx.query(
      `with supplied as (
         update obligations.task set state = 'evidence-supplied', evidence = $2, evidence_by = $3, evidence_at = $4
         where task_id = $1 and state in ('open', 'evidence-supplied') returning task_id
       )
       insert into obligations.step (task_id, at, actor, step, note) select task_id, $4, $3, 'evidence', $2 from supplied`,
      [taskId, note, action.actor, clock.now()],
    );
    if (supplied.rowCount === 0)
      throw new GatewayError('BREACH_ACTION', 'This breach does not ask for that, or it was accepted already.', { status: 409 });
  } else if (action.kind !== 'contained') {
    await judgeRisk(tx, breach, action.kind === 'judged-no-risk' ? 'none' : action.kind === 'judged-risk' ? 'risk' : 'high-risk', {
      calendar,
      clock,
      registerVersion: register.version,
    });
  }
  const detail = { kind: action.kind, ...(organisation === undefined ? {} : { organisation }) };
  await recordAudit(tx, { type: 'breach.acted', actor: action.actor, subject: `breach-${action.no}`, detail }, clock);
}

async function judgeRisk(
  tx: Transaction,
  breach: Breach,
  risk: BreachRisk,
  { calendar, clock, registerVersion }: { calendar: Calendar; clock: Clock; registerVersion: number },
): Promise<void> {
  const { no, place, organisations, discoveredAt } = breach;
  const clocks = breachClock({ discoveredAt, risk, underSection251: breach.cagDue !== null }, calendar);
  await tx.query('update obligations.breach set risk = $2, ico_due = $3 where breach_no = $1', [no, risk, clocks.icoDue ?? null]);
  const needed = tasksOf(no, { place, risk, organisations }, clocks);
  const ids = needed.map(({ id }) => id);
  await openTasks(tx, needed, { registerVersion, now: clock.now() });
  // The judgement may be changed back, so a task it closed opens again.
  await tx.query(
    `with again as (
       update obligations.task set state = 'open', closed_because = null where origin = 'breach' and state = 'closed' and task_id = any ($1) returning task_id
     ), closed as (
       update obligations.task set state = 'closed', closed_because = 'The risk was judged otherwise.'
       where origin = 'breach' and state in ('open', 'evidence-supplied') and task_id <> all ($1)
         and task_id = any (array['breach-to-ico.' || $2, 'breach-to-people.' || $2]) returning task_id
     )
     insert into obligations.step (task_id, at, actor, step)
     select task_id, $3::timestamptz, 'breach', 'reopened' from again union all select task_id, $3, 'breach', 'closed' from closed`,
    [ids, `${place}.${no}`, clock.now()],
  );
}

/**
 * Closes a breach: by somebody else than reported it, once somebody has judged the risk and every task has been accepted.
 * @throws GatewayError BREACH_OPEN saying how much is left.
 */
export async function closeBreach(
  tx: Transaction,
  { no, actor }: { readonly no: number; readonly actor: string },
  clock: Clock,
): Promise<void> {
  const breach = await lockBreach(tx, no);
  if (breach.state === 'closed') throw new GatewayError('BREACH_CLOSED', 'The breach is closed already.', { status: 409 });
  if (await isSameHuman(tx, breach.reportedBy, actor))
    throw new GatewayError('BREACH_SAME_PERSON', 'Somebody else than reported the breach has to close it.', { status: 403 });
  if (breach.risk === 'not-judged') throw new GatewayError('BREACH_OPEN', 'Nobody has judged the risk to people yet.', { status: 409 });
  const { rows } = await tx.query<{ left: number }>(
    `select count(*) as left from obligations.task
     where origin = 'breach' and state in ('open', 'evidence-supplied') and place = $1 and split_part(task_id, '.', 3) = $2`,
    [breach.place, String(no)],
  );
  const left = rows[0]?.left ?? 0;
  if (left > 0)
    throw new GatewayError('BREACH_OPEN', `${left} of its tasks are not accepted yet. \`haven obligations list\` shows them.`, {
      status: 409,
    });
  await tx.query(`update obligations.breach set state = 'closed', closed_at = $2, closed_by = $3 where breach_no = $1`, [
    no,
    clock.now(),
    actor,
  ]);
  await recordAudit(tx, { type: 'breach.closed', actor, subject: `breach-${no}`, detail: {} }, clock);
}
