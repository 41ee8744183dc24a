import type { Queryable } from '../database/query.ts';
import { dataToDestroy } from '../register/destruction-due.ts';
import type { Register } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';

export const destructionReasons = ['agreement', 'retention', 'practice', 'flow'] as const;
export type DestructionReason = (typeof destructionReasons)[number];

export interface TargetFlow {
  readonly flowNo: number;
  readonly flowId: string;
  readonly setting: Setting;
}

/** What one destruction is about: always of one agreement, because one certificate is for one controller's decision. */
export interface Target {
  readonly reason: DestructionReason;
  readonly agreementId: string;
  readonly flows: readonly TargetFlow[];
  /** ODS code of the practice that withdrew. */
  readonly practice?: string;
  /** Only what happened before this day; absent: everything. */
  readonly beforeDay?: LocalDate;
}

async function describeFlows(db: Queryable, flowNumbers: readonly number[]): Promise<TargetFlow[]> {
  const { rows } = await db.query<{ flow_no: number; flow_id: string; setting: Setting }>(
    'select flow_no, flow_id, setting from register.flow where flow_no = any ($1::integer[]) order by flow_no',
    [flowNumbers],
  );
  return rows.map((row) => ({ flowNo: row.flow_no, flowId: row.flow_id, setting: row.setting }));
}

/** The flows of an agreement, those that left the register included: their data are still data. */
async function flowsOf(db: Queryable, agreementId: string): Promise<TargetFlow[]> {
  const { rows } = await db.query<{ flow_no: number; flow_id: string; setting: Setting }>(
    'select flow_no, flow_id, setting from register.flow where agreement_id = $1 order by flow_no',
    [agreementId],
  );
  return rows.map((row) => ({ flowNo: row.flow_no, flowId: row.flow_id, setting: row.setting }));
}

/** Everything an agreement brought. @throws GatewayError AGREEMENT_UNKNOWN */
export async function targetOfAgreement(db: Queryable, agreementId: string): Promise<Target> {
  const { rows } = await db.query('select 1 from register.agreement where agreement_id = $1', [agreementId]);
  if (rows.length === 0) {
    throw new GatewayError('AGREEMENT_UNKNOWN', 'The register knows no agreement of this id. `haven register check` names them.', {
      status: 404,
    });
  }
  return { reason: 'agreement', agreementId, flows: await flowsOf(db, agreementId) };
}

/**
 * What must be destroyed today, by the register (register/destruction-due.ts): agreements that ended, practices that
 * withdrew, flows that left the register, and what has reached the end of its retention. Whether anything is still there is
 * for the caller to look.
 */
export async function targetsDue(db: Queryable, register: Register, today: LocalDate): Promise<readonly Target[]> {
  const targets = new Map<string, Target>();
  for (const due of dataToDestroy(register, today)) {
    const flows = await describeFlows(
      db,
      due.flows.map(({ flowNo }) => flowNo),
    );
    if (due.reason === 'agreement') targets.set(`agreement ${due.agreement}`, await targetOfAgreement(db, due.agreement));
    else if (due.reason === 'flow') {
      // One decision for what left one agreement.
      const key = `flow ${due.agreement}`;
      targets.set(key, { reason: 'flow', agreementId: due.agreement, flows: [...(targets.get(key)?.flows ?? []), ...flows] });
    } else if (due.reason === 'practice' && due.practice !== undefined) {
      targets.set(`practice ${due.agreement} ${due.practice}`, {
        reason: 'practice',
        agreementId: due.agreement,
        flows,
        practice: due.practice,
      });
    } else if (due.before !== undefined) {
      targets.set(`retention ${due.agreement}`, {
        reason: 'retention',
        agreementId: due.agreement,
        flows: await flowsOf(db, due.agreement),
        beforeDay: wholeMonth(due.before),
      });
    }
  }
  return [...targets.values()];
}

/**
 * What a practice sent under each agreement it has withdrawn from. A withdrawal is a dated line of the register; a
 * practice that has not withdrawn loses nothing by a slip of the keyboard.
 * @throws GatewayError PRACTICE_HAS_NOT_WITHDRAWN
 */
export async function targetsOfPractice(db: Queryable, register: Register, practice: string, today: LocalDate): Promise<readonly Target[]> {
  const targets = (await targetsDue(db, register, today)).filter((target) => target.practice === practice);
  if (targets.length > 0) return targets;
  throw new GatewayError(
    'PRACTICE_HAS_NOT_WITHDRAWN',
    'The register shows no flow of this practice under an agreement it has withdrawn from. Record the withdrawal first.',
    { status: 409 },
  );
}

/**
 * RULE-RET-1. The months of an agreement count from the day a record is about: the day it ended, or began where no end is
 * given; a registration or a demographic record, which goes on, from the day it was received. A calendar month goes as a
 * whole when its first day has reached the agreed months, with the key its backups were sealed with, so nothing is kept
 * longer than agreed, and at most a month goes early.
 * @param before the day that is the agreed months ago
 * @returns first day that is kept
 */
export function wholeMonth(before: LocalDate): LocalDate {
  const [year = 0, month = 1] = before.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10) as LocalDate;
}
