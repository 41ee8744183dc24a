import type { Queryable } from '../database/query.ts';
import { releaseCount, releaseShare } from './disclosure.ts';
import { noEvidence, type Observation } from './observation.ts';
import type { Period } from './return.ts';
import type { Thresholds } from './thresholds.ts';

export interface BudgetCounts {
  readonly inPlace: number;
  readonly started: number;
  readonly stopped: number;
  /** Of those in place, people found eligible for NHS continuing healthcare. */
  readonly eligible: number;
  /** People with any personal health budget: 0 means the feed says nothing, not that there are none. */
  readonly known: number;
}

/**
 * Personal health budgets in the continuing healthcare feed, by person. The dates are attributes in ISO form, so they are
 * compared as text: a date that is not one can then not stop the return.
 * @param flows numbers of the place's flows
 */
export async function countBudgets(db: Queryable, flows: readonly number[], period: Period): Promise<BudgetCounts> {
  const { rows } = await db.query<{ in_place: string; started: string; stopped: string; eligible: string; known: string }>(
    `with budget as (
       select person_id,
              attributes ->> 'PersonalHealthBudgetStartDate' as start_date,
              nullif(attributes ->> 'PersonalHealthBudgetEndDate', '') as end_date,
              attributes ->> 'EligibilityDecision' = 'Eligible' as eligible
       from environment.event
       where setting = 'continuing-healthcare'
         and flow_no = any($1::integer[])
         and attributes ->> 'PersonalHealthBudget' in ('Y', 'true')
     )
     select count(distinct person_id) filter (where start_date <= $3 and (end_date is null or end_date > $3)) as in_place,
            count(distinct person_id) filter (where start_date between $2 and $3) as started,
            count(distinct person_id) filter (where end_date between $2 and $3) as stopped,
            count(distinct person_id) filter (where eligible and start_date <= $3 and (end_date is null or end_date > $3)) as eligible,
            count(distinct person_id) as known
     from budget`,
    [flows, period.from, period.to],
  );
  const [row] = rows;
  return {
    inPlace: Number(row?.in_place ?? 0),
    started: Number(row?.started ?? 0),
    stopped: Number(row?.stopped ?? 0),
    eligible: Number(row?.eligible ?? 0),
    known: Number(row?.known ?? 0),
  };
}

/** Measure 4 beside the human's answer: counts controlled for disclosure, because evidence leaves with the return. */
export function observeBudgets(counts: BudgetCounts, rule: Thresholds['personalHealthBudgets']): Map<string, Observation> {
  if (counts.known === 0) return new Map();
  const beside = (answer: number | string | null): Observation => ({
    ...noEvidence,
    standing: 'beside',
    answer,
    reason:
      'Counted in the continuing healthcare feed, which need not carry every personal health budget; 1 to 7 are shown as *, others to the nearest 5.',
    query: {
      id: 'personal-health-budgets',
      description:
        'People with a personal health budget in the continuing healthcare feed: in place on the last day, started in the period, stopped in the period',
    },
    thresholds: [{ id: rule.id, value: null, reason: rule.reason }],
  });
  return new Map([
    ['am.phb.in-place', beside(releaseCount(counts.inPlace))],
    ['am.phb.new', beside(releaseCount(counts.started))],
    ['am.phb.stopped', beside(releaseCount(counts.stopped))],
    ['am.phb.percent-chc', beside(releaseShare(counts.eligible, counts.inPlace))],
  ]);
}
