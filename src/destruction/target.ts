import type { Queryable } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';

export const destructionReasons = ['agreement', 'retention', 'practice'] as const;
export type DestructionReason = (typeof destructionReasons)[number];

/** Later than any day: everything has run out. */
const always = '9999-12-31' as LocalDate;

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
 * What a practice brought to each agreement it has withdrawn from. A withdrawal is a dated line of the register; a
 * practice that has not withdrawn loses nothing by a slip of the keyboard.
 * @throws GatewayError PRACTICE_HAS_NOT_WITHDRAWN
 */
export function targetsOfPractice(register: Register, practice: string, today: LocalDate): readonly Target[] {
  const flows = [...register.flows.values()].filter(
    ({ sender, agreement }) =>
      sender.ods === practice &&
      agreement.signatories.some(({ organisation, withdrawnOn }) => organisation === practice && withdrawnOn && withdrawnOn <= today) &&
      // Somebody who signed again after withdrawing is in.
      !agreement.signatories.some(({ organisation, withdrawnOn }) => organisation === practice && !withdrawnOn),
  );
  if (flows.length === 0) {
    throw new GatewayError(
      'PRACTICE_HAS_NOT_WITHDRAWN',
      'The register shows no flow of this practice under an agreement it has withdrawn from. Record the withdrawal first.',
      { status: 409 },
    );
  }
  const agreements = new Map(
    flows.map((entry) => [entry.agreement.id, flows.filter((other) => other.agreement.id === entry.agreement.id)]),
  );
  return [...agreements].map(([agreementId, entries]) => ({
    reason: 'practice',
    agreementId,
    practice,
    flows: entries.flatMap(({ flowNo, flow, terms }) => (terms ? [{ flowNo, flowId: flow.id, setting: terms.setting }] : [])),
  }));
}

/**
 * What has run out today. The months of an agreement count from the day a record is about: the day it ended, or began
 * where no end is given; a registration or a demographic record, which goes on, from the day it was received. A calendar
 * month goes as a whole when its first day has reached the agreed months, so nothing is ever kept longer than agreed. An
 * agreement that agreed no time keeps nothing after its last day.
 */
export async function targetsExpired(db: Queryable, today: LocalDate): Promise<readonly Target[]> {
  const { rows } = await db.query<{ agreement_id: string; retain_months: number | null; ended: boolean }>(
    `select a.agreement_id, a.retain_months, coalesce(max(upper(p.period)) <= $1::date, false) as ended
       from register.agreement a left join register.agreement_period p using (agreement_no)
      group by a.agreement_id, a.retain_months order by a.agreement_id`,
    [today],
  );
  const targets: Target[] = [];
  for (const { agreement_id: agreementId, retain_months: months, ended } of rows) {
    const beforeDay = months === null ? (ended ? always : undefined) : retentionCutoff(today, months);
    if (beforeDay !== undefined) targets.push({ reason: 'retention', agreementId, flows: await flowsOf(db, agreementId), beforeDay });
  }
  return targets;
}

/** First day that is kept: the month after the one that holds today, `months` earlier. */
export function retentionCutoff(today: LocalDate, months: number): LocalDate {
  const [year = 0, month = 1] = today.split('-').map(Number);
  const at = year * 12 + (month - 1) - months + 1;
  return parseLocalDate(`${String(Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}-01`) as LocalDate;
}
