import type { MeasureValue } from './measures/measure.ts';
import { noEvidence, type Observation } from './observation.ts';
import type { Answer } from './return.ts';
import type { Thresholds } from './thresholds.ts';

/** Question, and the measure that is shown beside its answer. */
const budgets = [
  ['am.phb.in-place', 'phb-in-place'],
  ['am.phb.new', 'phb-new'],
  ['am.phb.stopped', 'phb-stopped'],
  ['am.phb.percent-chc', 'phb-chc'],
] as const;

/** A count is shown as counted, the share of continuing healthcare as a percentage; a small number of people as a star. */
const shown = (value: MeasureValue): Answer => (value.suppressed ? '*' : value.measure === 'phb-chc' ? value.rate : value.numerator);

/** Measure 4 beside the human's answer: the feed need not carry every budget, and its counts leave with the return. */
export function observeBudgets(
  values: ReadonlyMap<string, MeasureValue>,
  rule: Thresholds['personalHealthBudgets'],
): Map<string, Observation> {
  const found = new Map<string, Observation>();
  for (const [question, measure] of budgets) {
    const value = values.get(measure);
    // A feed that says nothing of budgets does not say that there are none.
    if (value === undefined || !value.seen) continue;
    found.set(question, {
      ...noEvidence,
      standing: 'beside',
      answer: shown(value),
      // The share is shown without the two counts it is made of.
      ...(measure !== 'phb-chc' && { counted: value.counted }),
      reason:
        'Counted in the continuing healthcare feed, which need not carry every personal health budget; 1 to 7 are shown as *, others to the nearest 5.',
      query: {
        id: 'personal-health-budgets',
        description:
          'People with a personal health budget in the continuing healthcare feed: in place on the last day, started in the period, stopped in the period',
      },
      thresholds: [{ id: rule.id, value: null, reason: rule.reason }],
    });
  }
  return found;
}
