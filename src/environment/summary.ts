import type { Transaction } from '../database/query.ts';
import { holdWhileLanding } from '../objections/lock.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { SummaryRules } from './activity.ts';
import { bind } from './bind.ts';
import { activitySql, activityValues, prepareForScan } from './summary-sql.ts';

/** Two refreshes at once would write the same rows; the second waits for the first. */
const summaryLock = 7_318_007;

/** Columns are named, so that a migration that adds one cannot shift the others. */
const columns = `person_id, as_of, age, age_band, sex, admissions_6m, admissions_12m, emergency_admissions_6m, emergency_admissions_12m,
  attendances_6m, attendances_12m, outpatients_6m, outpatients_12m, contacts_6m, contacts_12m, gp_encounters_6m, gp_encounters_12m,
  urgent_calls_6m, urgent_calls_12m, social_care_events_6m, social_care_events_12m, medicines_12m, conditions, long_term_conditions,
  cost_12m_pence, last_event_on, settings_seen`;

/**
 * Makes the summary of the given people (or of everybody) as of a date, replacing what was there; who has died or left the
 * environment has no row afterwards. One statement for all, never one per person.
 * @returns rows in the summary that were made.
 */
export async function refreshSummaries(
  tx: Transaction,
  request: {
    readonly asOf: LocalDate;
    readonly personIds: readonly string[] | 'all';
    readonly deliveryNo?: string;
    readonly rules: SummaryRules;
  },
): Promise<number> {
  const persons = request.personIds === 'all' ? null : request.personIds;
  // An objection that arrives meanwhile is applied behind this, never under it (objections/lock.ts).
  await holdWhileLanding(tx);
  await tx.query('select pg_advisory_xact_lock($1)', [summaryLock]);
  await prepareForScan(tx);
  await tx.query('delete from environment.person_summary where $1::bigint[] is null or person_id = any ($1)', [persons]);
  const insert = bind(
    `insert into environment.person_summary (${columns}, refreshed_by) select ${columns}, :deliveryNo::bigint from (${activitySql}) a`,
    { ...activityValues({ asOf: request.asOf, flows: null, persons }, request.rules), deliveryNo: request.deliveryNo ?? '0' },
  );
  const made = await tx.query(insert.text, insert.values);
  return made.rowCount ?? 0;
}
