import { randomUUID } from 'node:crypto';
import { recordAudit } from '../audit/record.ts';
import type { Queryable, Transaction } from '../database/query.ts';
import { isSameHuman } from '../register/same-human.ts';
import type { Clock } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';
import type { Certificate } from './certificate.ts';
import type { DestructionReason, Target, TargetFlow } from './target.ts';

export interface Destruction extends Target {
  readonly destructionId: string;
  readonly state: 'requested' | 'destroying' | 'certified';
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly approvedBy?: string;
  readonly approvedAt?: Date;
  readonly certificate?: Certificate;
}

/** A backup and an approval take turns: a backup made half-way through a destruction would keep what is going. */
export const backupLock = 7_318_005;

interface Row {
  destruction_id: string;
  reason: DestructionReason;
  agreement_id: string;
  practice: string | null;
  before_day: string | null;
  state: Destruction['state'];
  requested_by: string;
  requested_at: Date;
  approved_by: string | null;
  approved_at: Date | null;
  certificate: Certificate | null;
  flows: TargetFlow[] | null;
}

const select = `
  select d.*, (select json_agg(json_build_object('flowNo', f.flow_no, 'flowId', f.flow_id, 'setting', f.setting) order by f.flow_no)
                 from destruction.flow f where f.destruction_id = d.destruction_id) as flows
    from destruction.destruction d`;

const fromRow = (row: Row): Destruction => ({
  destructionId: row.destruction_id,
  reason: row.reason,
  agreementId: row.agreement_id,
  flows: row.flows ?? [],
  state: row.state,
  requestedBy: row.requested_by,
  requestedAt: row.requested_at,
  ...(row.practice === null ? {} : { practice: row.practice }),
  ...(row.before_day === null ? {} : { beforeDay: row.before_day as Exclude<Target['beforeDay'], undefined> }),
  ...(row.approved_by === null || row.approved_at === null ? {} : { approvedBy: row.approved_by, approvedAt: row.approved_at }),
  ...(row.certificate === null ? {} : { certificate: row.certificate }),
});

/** Newest first; of one place, or of all. */
export async function listDestructions(db: Queryable, place?: string, limit = 200): Promise<Destruction[]> {
  const { rows } = await db.query<Row>(
    `${select} join register.agreement a on a.agreement_id = d.agreement_id
      where $1::text is null or a.place_id = $1 order by d.requested_at desc limit $2`,
    [place ?? null, limit],
  );
  return rows.map(fromRow);
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws GatewayError DESTRUCTION_UNKNOWN */
export async function findDestruction(db: Queryable, destructionId: string): Promise<Destruction> {
  const { rows } = uuid.test(destructionId) ? await db.query<Row>(`${select} where d.destruction_id = $1`, [destructionId]) : { rows: [] };
  if (!rows[0])
    throw new GatewayError('DESTRUCTION_UNKNOWN', 'There is no destruction of this id. `haven destroy list` names them.', { status: 404 });
  return fromRow(rows[0]);
}

/** The one that is asked for or under way for the same thing: asking again goes on with it. */
export async function findUnfinished(db: Queryable, target: Target): Promise<Destruction | undefined> {
  const { rows } = await db.query<Row>(
    `${select} where d.state <> 'certified' and d.reason = $1 and d.agreement_id = $2 and d.practice is not distinct from $3`,
    [target.reason, target.agreementId, target.practice ?? null],
  );
  return rows[0] && fromRow(rows[0]);
}

/** Records that somebody asks for a destruction. Nothing is destroyed; another person has to approve it. */
export async function requestDestruction(tx: Transaction, target: Target, by: { person: string; clock: Clock }): Promise<Destruction> {
  const destructionId = randomUUID();
  const requestedAt = by.clock.now();
  await tx.query(
    `insert into destruction.destruction (destruction_id, reason, agreement_id, practice, before_day, state, requested_by, requested_at)
     values ($1, $2, $3, $4, $5, 'requested', $6, $7)`,
    [destructionId, target.reason, target.agreementId, target.practice ?? null, target.beforeDay ?? null, by.person, requestedAt],
  );
  await tx.query(
    `insert into destruction.flow (destruction_id, flow_no, flow_id, setting)
     select $1, * from unnest($2::integer[], $3::text[], $4::environment.setting[])`,
    [
      destructionId,
      target.flows.map(({ flowNo }) => flowNo),
      target.flows.map(({ flowId }) => flowId),
      target.flows.map(({ setting }): Setting => setting),
    ],
  );
  await recordAudit(
    tx,
    {
      type: 'destruction.requested',
      actor: by.person,
      subject: destructionId,
      detail: { reason: target.reason, agreement: target.agreementId, flows: target.flows.map(({ flowId }) => flowId) },
    },
    by.clock,
  );
  return { ...target, destructionId, state: 'requested', requestedBy: by.person, requestedAt };
}

/**
 * Another person approves: from here on nothing lands in these flows. Waits for deliveries of them that are under way.
 * @throws GatewayError SECOND_PERSON_NEEDED, also when the database says so
 */
export async function approveDestruction(
  tx: Transaction,
  destruction: Destruction,
  by: { person: string; clock: Clock },
): Promise<Destruction> {
  if (await isSameHuman(tx, destruction.requestedBy, by.person)) {
    throw new GatewayError('SECOND_PERSON_NEEDED', 'Whoever asked for a destruction cannot approve it. Another person has to.', {
      status: 403,
    });
  }
  await tx.query('select pg_advisory_xact_lock($1)', [backupLock]);
  // The lock a delivery of a flow holds, in the order of the numbers (src/blackbox/ingest.ts).
  for (const { flowNo } of destruction.flows) await tx.query('select pg_advisory_xact_lock(7318003, $1)', [flowNo]);
  const approvedAt = by.clock.now();
  const { rowCount } = await tx.query(
    `update destruction.destruction set state = 'destroying', approved_by = $2, approved_at = $3
      where destruction_id = $1 and state = 'requested'`,
    [destruction.destructionId, by.person, approvedAt],
  );
  if (rowCount !== 1) return findDestruction(tx, destruction.destructionId);
  await recordAudit(
    tx,
    {
      type: 'destruction.approved',
      actor: by.person,
      subject: destruction.destructionId,
      detail: { requestedBy: destruction.requestedBy, agreement: destruction.agreementId },
    },
    by.clock,
  );
  return { ...destruction, state: 'destroying', approvedBy: by.person, approvedAt };
}
