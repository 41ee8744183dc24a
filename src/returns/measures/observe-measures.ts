import { flowEvidence, noEvidence, type Observation, type PeriodFacts } from '../observation.ts';
import type { Evidence } from '../return.ts';
import type { MeasureValue } from './measure.ts';

/** The metric of the Supporting Metrics sheet, by the question it stands beside. */
const metrics: Readonly<Record<string, string>> = {
  'sm.nea': 'nea',
  'sm.dtoc': 'dtoc',
  'sm.local': 'ltc-supported',
  'sm.patient-experience': 'fft',
  'sm.residential': 'residential',
  'sm.reablement': 'reablement',
};

/** Flows named in the evidence of a metric: enough to begin with; the register holds them all. */
const cited = 20;

const perText = (per: number): string => (per === 100 ? 'rate (%)' : per === 1 ? 'value' : `rate per ${per.toLocaleString('en-GB')}`);

export const numeratorNames = { total: 'numerator', average: 'numerator (average per month)', level: 'numerator (at the end)' } as const;

/** Numerator, denominator and rate as they may leave: `*` where they were withheld. */
export function released(value: MeasureValue): Evidence['shares'] {
  if (!value.seen) return {};
  const star = (number: number | null): '*' | number | null => (number === null && value.suppressed ? '*' : number);
  return {
    [numeratorNames[value.numeratorIs]]: star(value.numerator),
    denominator: value.denominator,
    [perText(value.per)]: star(value.rate),
  };
}

/**
 * The metrics beside what people say of their progress: the number says where the metric is, and only a person who knows
 * the target can say whether that is on track.
 */
export function observeMeasures(facts: PeriodFacts, values: ReadonlyMap<string, MeasureValue>): Map<string, Observation> {
  const found = new Map<string, Observation>();
  for (const [question, measure] of Object.entries(metrics)) {
    const value = values.get(measure);
    if (value === undefined) continue;
    const flows = facts.flows.filter(({ flow }) => value.flows.includes(flow.id) && facts.landed.has(flow.id)).slice(0, cited);
    const observation: Observation = {
      ...noEvidence,
      standing: 'beside',
      answer: null,
      reason: value.seen ? `${value.title}. ${value.reason}` : value.reason,
      query: {
        id: `measure-${value.measure}-${value.version}`,
        description: `${value.title} (${value.version}): ${value.populationBasis}. ${value.source}`,
      },
      flows: flows.map((entry) => flowEvidence(facts, entry)),
      landed: flows.flatMap(({ flow }) => facts.landed.get(flow.id) ?? []),
      shares: released(value),
      counted: value.counted,
    };
    for (const part of ['progress', 'commentary']) found.set(`${question}.${part}`, observation);
  }
  return found;
}
