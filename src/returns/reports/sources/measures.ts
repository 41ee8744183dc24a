import type { MeasureValue } from '../../measures/measure.ts';
import { measureValues } from '../../measures/measure-values.ts';
import { released } from '../../measures/observe-measures.ts';
import type { Observation } from '../../observation.ts';
import { columnsOf, measured, type ObservedRow, type ReportSource, toDeclare } from '../source.ts';

/** Disclosure control has been at the value already: a withheld number is `*`, and a missing one is for a human to say. */
function cellsOf(value: MeasureValue): ObservedRow['cells'] {
  const query = {
    id: `measure-${value.measure}-${value.version}`,
    description: `${value.title}: ${value.populationBasis}. ${value.source}`,
  };
  const say = (answer: string | number | null): Observation =>
    answer === null
      ? toDeclare(query, value.reason)
      : { ...measured(query, answer, value.reason), shares: released(value), counted: value.counted };
  const number = (part: number | null) => (part === null && value.suppressed ? '*' : part);
  const defined = { id: 'measure-definition', description: 'The definition of the measure, config/returns/measures' };
  return {
    rate: say(number(value.rate)),
    numerator: say(number(value.numerator)),
    denominator: say(value.denominator),
    ...columnsOf((answer) => measured(defined, answer, 'As the measure is defined.'), {
      per: value.per,
      basis: value.populationBasis,
      source: value.source,
      version: value.version,
    }),
  };
}

export const measures: ReportSource = {
  id: 'measures',
  about: 'National and interface measures, versioned by year; what no data carry is for a human to declare',
  row: 'a measure, by its id in config/returns/measures',
  columns: {
    rate: 'Rate',
    per: 'Per',
    numerator: 'Numerator',
    denominator: 'Denominator',
    basis: 'Counted over',
    version: 'Version',
    source: 'Definition',
  },
  async observe({ db, place, period, register, config }) {
    const values = await measureValues(db, { place: place.place.id, period, register, config });
    return [...values.values()].map((value) => ({ key: value.measure, label: value.title, cells: cellsOf(value) }));
  },
};
