import type { Transaction } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { SummaryRules } from './activity.ts';
import { refreshSummaries } from './summary.ts';

/** A delivery that touches more than this share of the people is cheaper to answer by making every summary again. */
const wholeFrom = 0.2;

/**
 * Brings the summaries up to date after deliveries. Give the people the deliveries touched where they are known
 * (`linkage` knows who lost a record; the events of a delivery do not); otherwise everybody's are made again.
 * @returns how many summaries were made.
 */
export async function refreshAfterDelivery(
  tx: Transaction,
  request: { readonly asOf: LocalDate; readonly rules: SummaryRules; readonly personIds?: readonly string[]; readonly deliveryNo?: string },
): Promise<number> {
  const { rows } = await tx.query<{ people: string; stale: boolean }>(
    `select count(*)::text as people, coalesce(bool_or(as_of <> $1::date), true) as stale from environment.person_summary`,
    [request.asOf],
  );
  const people = Number(rows[0]?.people ?? 0);
  // Summaries of different dates in one table would make a cohort of no date at all.
  const some = request.personIds !== undefined && rows[0]?.stale === false && request.personIds.length <= people * wholeFrom;
  const { asOf, rules, deliveryNo } = request;
  return refreshSummaries(tx, {
    asOf,
    rules,
    personIds: some && request.personIds !== undefined ? request.personIds : 'all',
    ...(deliveryNo === undefined ? {} : { deliveryNo }),
  });
}

/** Takes back everything derived from these people (an objection that reaches back, a destroyed agreement). */
export async function forgetDerived(tx: Transaction, personIds: readonly string[]): Promise<{ summaries: number; scores: number }> {
  const summaries = await tx.query('delete from environment.person_summary where person_id = any ($1::bigint[])', [personIds]);
  const scores = await tx.query('delete from risk.score where person_id = any ($1::bigint[])', [personIds]);
  return { summaries: summaries.rowCount ?? 0, scores: scores.rowCount ?? 0 };
}
