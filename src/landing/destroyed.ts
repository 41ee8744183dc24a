import type { Queryable } from '../database/query.ts';
import type { Refusal } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';

const refusals: Readonly<Record<string, Refusal>> = {
  DESTRUCTION_UNDER_WAY: {
    code: 'DESTRUCTION_UNDER_WAY',
    clause: 'UK GDPR art. 5(1)(e) (storage limitation)',
    message:
      'The data of this flow are being destroyed, and nothing can be delivered to it. Wait for the certificate, and send again if the flow still runs.',
  },
  AGREEMENT_DESTROYED: {
    code: 'AGREEMENT_DESTROYED',
    clause: 'UK GDPR art. 5(1)(b) and (e) (purpose and storage limitation)',
    message:
      'What this agreement brought was destroyed, and nothing can be delivered under it. Have its legal basis put in force again, through the register, before sending.',
  },
};

/** Why nothing may land in this flow although the register admits it; empty where nothing of it is, or is being, destroyed. */
export async function refuseDestroyed(db: Queryable, flowId: string, at: LocalDate): Promise<readonly Refusal[]> {
  const { rows } = await db.query<{ code: string | null }>('select destruction.refusal($1, $2::date) as code', [flowId, at]);
  const code = rows[0]?.code;
  if (code === null || code === undefined) return [];
  return [
    refusals[code] ?? {
      code,
      clause: 'UK GDPR art. 5(1)(e)',
      message: 'Nothing can be delivered to this flow. Ask those who keep the register of the place.',
    },
  ];
}
