import { recordAudit } from '../audit/record.ts';
import type { Queryable, Transaction } from '../database/query.ts';
import { isSameHuman } from '../register/same-human.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';

export interface Task {
  readonly id: string;
  readonly rule: string;
  readonly kind: string;
  readonly place: string;
  readonly agreement: string | null;
  readonly organisation: string | null;
  readonly title: string;
  readonly clause: string;
  readonly ownerRole: string;
  readonly ownerOrganisation: string;
  readonly due: LocalDate;
  readonly state: 'open' | 'evidence-supplied' | 'accepted' | 'closed';
  /** Late, and nobody has accepted it. */
  readonly overdue: boolean;
  readonly escalatedTo: string | null;
  readonly evidence: string | null;
  readonly evidenceBy: string | null;
  readonly acceptedBy: string | null;
  readonly closedBecause: string | null;
}

export interface TaskFilter {
  readonly place?: string | undefined;
  readonly agreement?: string | undefined;
  readonly id?: string | undefined;
  /** Only what is due on or before this day. */
  readonly dueBy?: LocalDate | undefined;
  /** Also what is accepted or closed. */
  readonly all?: boolean | undefined;
}

/** Tasks by due date. */
export async function listTasks(db: Queryable, filter: TaskFilter, at: LocalDate): Promise<Task[]> {
  const { rows } = await db.query<Task & Record<string, unknown>>(
    `select task_id as id, rule, kind, place, agreement, organisation, title, clause, owner_role as "ownerRole",
            owner_organisation as "ownerOrganisation", due, state,
            due < $1::date and state in ('open', 'evidence-supplied') as overdue,
            escalated_to as "escalatedTo", evidence, evidence_by as "evidenceBy", accepted_by as "acceptedBy",
            closed_because as "closedBecause"
     from obligations.task
     where ($2::text is null or place = $2) and ($3::text is null or agreement = $3) and ($4::date is null or due <= $4)
       and ($5 or state in ('open', 'evidence-supplied')) and ($6::text is null or task_id = $6)
     order by due, task_id`,
    [at, filter.place ?? null, filter.agreement ?? null, filter.dueBy ?? null, filter.all ?? false, filter.id ?? null],
  );
  return rows;
}

const unknown = (): GatewayError =>
  new GatewayError('OBLIGATION_UNKNOWN', 'There is no such task. `haven obligations list` shows what there is.', { status: 404 });

const wrongState = (message: string): GatewayError => new GatewayError('OBLIGATION_STATE', message, { status: 409 });

/** Ids of certificates, deliveries and changes, and digests of files: made of chance, ten digits in a row among them now and then. */
const machineIds = /\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64})\b/gi;

/** A reference says where the evidence is; ten digits in a row could be somebody's NHS number. */
export function checkReference(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 2_000) throw new GatewayError('TEXT_INVALID', 'Write between 1 and 2,000 characters.');
  if (/\d(?:[ -]?\d){9}/.test(trimmed.replace(machineIds, ' id '))) {
    throw new GatewayError('TEXT_IDENTIFIES', 'The text holds ten digits like an NHS number. Refer to the case file instead.');
  }
  return trimmed;
}

async function lockTask(tx: Transaction, id: string): Promise<{ state: Task['state']; evidence_by: string | null; place: string }> {
  const { rows } = await tx.query<{ state: Task['state']; evidence_by: string | null; place: string }>(
    'select state, evidence_by, place from obligations.task where task_id = $1 for update',
    [id],
  );
  const [task] = rows;
  if (task === undefined) throw unknown();
  return task;
}

async function step(
  tx: Transaction,
  written: { readonly id: string; readonly actor: string; readonly step: string; readonly note?: string },
  clock: Clock,
): Promise<void> {
  await tx.query('insert into obligations.step (task_id, at, actor, step, note) values ($1, $2, $3, $4, $5)', [
    written.id,
    clock.now(),
    written.actor,
    written.step,
    written.note ?? null,
  ]);
  await recordAudit(tx, { type: `obligation.${written.step}`, actor: written.actor, subject: written.id, detail: {} }, clock);
}

/** Says where the evidence for a task is kept. Supplying it again before it is accepted replaces the reference. */
export async function supplyEvidence(
  tx: Transaction,
  { id, reference, actor }: { readonly id: string; readonly reference: string; readonly actor: string },
  clock: Clock,
): Promise<void> {
  const { state } = await lockTask(tx, id);
  if (state !== 'open' && state !== 'evidence-supplied') throw wrongState('The task is done or closed; it takes no more evidence.');
  const evidence = checkReference(reference);
  await tx.query(
    `update obligations.task set state = 'evidence-supplied', evidence = $2, evidence_by = $3, evidence_at = $4 where task_id = $1`,
    [id, evidence, actor, clock.now()],
  );
  await step(tx, { id, actor, step: 'evidence', note: evidence }, clock);
}

/**
 * Accepts the evidence; only somebody else than supplied it can. A refusal opens the task again and says why.
 * @throws GatewayError OBLIGATION_STATE without evidence, OBLIGATION_SAME_PERSON for one's own.
 */
export async function judgeEvidence(
  tx: Transaction,
  { id, actor, refuseBecause }: { readonly id: string; readonly actor: string; readonly refuseBecause?: string },
  clock: Clock,
): Promise<void> {
  const task = await lockTask(tx, id);
  if (task.state !== 'evidence-supplied') throw wrongState('The task has no evidence that waits to be accepted.');
  if (task.evidence_by !== null && (await isSameHuman(tx, task.evidence_by, actor)))
    throw new GatewayError('OBLIGATION_SAME_PERSON', 'Somebody else than supplied the evidence has to judge it.', { status: 403 });
  if (refuseBecause !== undefined) {
    const note = checkReference(refuseBecause);
    await tx.query(
      `update obligations.task set state = 'open', evidence = null, evidence_by = null, evidence_at = null where task_id = $1`,
      [id],
    );
    return step(tx, { id, actor, step: 'refused', note }, clock);
  }
  await tx.query(`update obligations.task set state = 'accepted', accepted_by = $2, accepted_at = $3 where task_id = $1`, [
    id,
    actor,
    clock.now(),
  ]);
  return step(tx, { id, actor, step: 'accepted' }, clock);
}

/** Last day of a period like `90d`, from a day on. */
export function dayWithin(text: string, clock: Clock): LocalDate {
  const match = /^(\d{1,4})d$/.exec(text);
  if (match === null) throw new GatewayError('PERIOD_INVALID', 'Write a number of days like 90d.');
  return localDate(new Date(clock.now().getTime() + Number(match[1]) * 86_400_000));
}
