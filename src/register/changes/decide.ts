import { type AuditEntry, recordAudit } from '../../audit/record.ts';
import type { Queryable } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { applyLock } from '../apply.ts';
import { isSameHuman } from '../same-human.ts';
import { type Change, findChange, findOpenChange } from './change.ts';
import { bringIntoForce } from './in-force.ts';

/** Who decides about which change, by staff id. */
export interface Decision {
  readonly change: number;
  readonly person: string;
  readonly clock: Clock;
}

/** Decisions take turns with each other and with what comes into force. */
const takeTurns = (tx: Queryable) => tx.query('select pg_advisory_xact_lock($1)', [applyLock]);

const audit = (tx: Queryable, { change, person, clock }: Decision, type: string, place: string, detail: AuditEntry['detail'] = {}) =>
  recordAudit(tx, { type, actor: person, subject: place, detail: { change, ...detail } }, clock);

/**
 * Approves what somebody else proposed; in force at once when its day has come and every notice was given.
 * @throws CHANGE_UNKNOWN, CHANGE_CLOSED, APPROVED_ALREADY; PROPOSER_CANNOT_APPROVE (the database refuses it, too)
 */
export async function approveChange(tx: Queryable, decision: Decision): Promise<Change> {
  await takeTurns(tx);
  const { place, proposedBy, approvedBy } = await findOpenChange(tx, decision.change);
  if (approvedBy !== undefined) throw new GatewayError('APPROVED_ALREADY', 'This change is approved already.', { status: 409 });
  if (await isSameHuman(tx, proposedBy, decision.person)) {
    throw new GatewayError('PROPOSER_CANNOT_APPROVE', 'Who proposed a change cannot approve it. Somebody else must.', { status: 403 });
  }
  await tx.query('update register.change set approved_by = $2, approved_at = $3 where change_no = $1', [
    decision.change,
    decision.person,
    decision.clock.now(),
  ]);
  await audit(tx, decision, 'register.change-approved', place, { proposedBy });
  await bringIntoForce(tx, decision.clock, decision.change);
  return findChange(tx, decision.change);
}

/**
 * Records that notice of a change was given to whom a condition names, with its evidence. Before or after the approval;
 * an approved change whose day has come is in force with it.
 * @throws CHANGE_UNKNOWN, CHANGE_CLOSED, NOTICE_NOT_NEEDED, NOTIFIED_ALREADY
 */
export async function notifyChange(tx: Queryable, decision: Decision & { readonly evidence: string }): Promise<Change> {
  await takeTurns(tx);
  const { place, notices, notifiedBy } = await findOpenChange(tx, decision.change);
  if (notices.length === 0) throw new GatewayError('NOTICE_NOT_NEEDED', 'No condition wants notice of this change.', { status: 409 });
  if (notifiedBy !== undefined) throw new GatewayError('NOTIFIED_ALREADY', 'Notice of this change is recorded already.', { status: 409 });
  await tx.query('update register.change set notified_by = $2, notified_at = $3, notice_evidence = $4 where change_no = $1', [
    decision.change,
    decision.person,
    decision.clock.now(),
    decision.evidence,
  ]);
  await audit(tx, decision, 'register.change-notified', place, { notices, evidence: decision.evidence });
  await bringIntoForce(tx, decision.clock, decision.change);
  return findChange(tx, decision.change);
}

/** Takes a change back that is not in force: anybody who may propose may, because to stop is always safe. @throws CHANGE_UNKNOWN, CHANGE_CLOSED */
export async function withdrawChange(tx: Queryable, decision: Decision): Promise<Change> {
  await takeTurns(tx);
  const { place } = await findOpenChange(tx, decision.change);
  await tx.query('update register.change set withdrawn_by = $2, withdrawn_at = $3 where change_no = $1', [
    decision.change,
    decision.person,
    decision.clock.now(),
  ]);
  await audit(tx, decision, 'register.change-withdrawn', place);
  return findChange(tx, decision.change);
}
