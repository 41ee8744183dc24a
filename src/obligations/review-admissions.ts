import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import { addJob } from '../jobs/add-job.ts';
import { admit } from '../register/admit.ts';
import { nextChange } from '../register/next-change.ts';
import type { Register } from '../register/register.ts';
import { type Clock, type LocalDate, localDate } from '../shared/clock.ts';

export interface AdmissionReview {
  readonly flows: number;
  readonly changed: readonly { readonly flow: string; readonly admitted: boolean; readonly codes: readonly string[] }[];
  /** First day on which the gate will answer otherwise for any flow, if nobody changes the register. */
  readonly next: LocalDate | undefined;
}

interface Known {
  readonly flow_id: string;
  readonly admitted: boolean;
  readonly codes: string[];
}

/** Half past midnight in London in winter, and in summer: after the day has begun in either. */
const startOf = (date: LocalDate): Date => new Date(`${date}T00:30:00Z`);

/**
 * Asks the gate about every flow as of today, records each answer that differs from the last one in the audit log, and plans
 * to ask again on the first day on which any answer changes. A flow that stops by a date is so on record as stopped on that
 * day, whether or not anybody delivers.
 */
export async function reviewAdmissions(db: Pool, register: Register, clock: Clock): Promise<AdmissionReview> {
  const at = localDate(clock.now());
  const answers = [...register.flows.keys()].map((flow) => {
    const admission = admit(register, flow, at);
    const codes = admission.admitted ? [] : [...new Set(admission.refusals.map(({ code }) => code))].sort();
    return { flow, admitted: admission.admitted, codes, changesOn: nextChange(register, flow, at)?.on };
  });
  const next = answers.flatMap(({ changesOn }) => changesOn ?? []).sort()[0];
  return transaction(db, async (tx) => {
    // One review at a time: two would both see the old answer and record the change twice.
    const known = await tx.query<Known>(
      'with first as materialized (select pg_advisory_xact_lock(hashtext($1))) select a.flow_id, a.admitted, a.codes from first, obligations.admission a',
      ['obligations.admission'],
    );
    const before = new Map(known.rows.map((row) => [row.flow_id, row]));
    const changed = answers.filter(({ flow, admitted, codes }) => {
      const was = before.get(flow);
      return was === undefined || was.admitted !== admitted || was.codes.join() !== codes.join();
    });
    await tx.query(
      `insert into obligations.admission (flow_id, admitted, codes, asked_on, changes_on)
       select flow_id, admitted, string_to_array(codes, ','), $5, changes_on
       from unnest($1::text[], $2::boolean[], $3::text[], $4::date[]) as said (flow_id, admitted, codes, changes_on)
       on conflict (flow_id) do update
         set admitted = excluded.admitted, codes = excluded.codes, asked_on = excluded.asked_on, changes_on = excluded.changes_on`,
      [
        answers.map(({ flow }) => flow),
        answers.map(({ admitted }) => admitted),
        answers.map(({ codes }) => codes.join()),
        answers.map(({ changesOn }) => changesOn ?? null),
        at,
      ],
    );
    await tx.query('delete from obligations.admission where flow_id <> all ($1)', [answers.map(({ flow }) => flow)]);
    // The first review of an installation is a beginning and not two hundred changes of mind.
    for (const { flow, admitted, codes } of before.size === 0 ? [] : changed) {
      await recordAudit(tx, { type: 'admission.changed', actor: 'haven', subject: flow, detail: { admitted, codes, at } }, clock);
    }
    if (next !== undefined) await addJob(tx, 'review-admissions', {}, { key: 'review-admissions-next', runAt: startOf(next) });
    return { flows: answers.length, changed: changed.map(({ flow, admitted, codes }) => ({ flow, admitted, codes })), next };
  });
}
