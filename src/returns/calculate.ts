import { readNumber } from './answer-format.ts';
import { isBlank, type ValueOf } from './completion.ts';
import { printAnswer } from './print.ts';
import { type Calculation, calculationsOf } from './question.ts';
import type { Answer, CalculatedCell } from './return.ts';
import type { ReturnTemplate } from './template.ts';

/** What the pre-populated cells of one return are worked out from. */
export interface CalculationFacts {
  readonly template: ReturnTemplate;
  readonly place: string;
  /** Answers of earlier templates, by template and cell. */
  readonly previous: Readonly<Record<string, Readonly<Record<string, Answer>>>>;
  /** This return's answer to a question; null for any other cell. */
  readonly answer: (question: string) => Answer;
}

function sum(values: readonly Answer[]): number | null {
  const numbers = values.map(readNumber);
  // Pennies are added as whole numbers: 0.1 + 0.2 is not 0.3 in binary.
  return numbers.some((number) => number === undefined)
    ? null
    : numbers.reduce((total: number, number) => total + Math.round((number ?? 0) * 100), 0) / 100;
}

function workOut({ template, place, previous }: CalculationFacts, calculation: Calculation, value: ValueOf): Answer {
  const { id, formula, of, from } = calculation;
  const population = template.places[place]?.population.value;
  const [first = ''] = of;
  switch (formula) {
    case 'population':
      return population ?? null;
    case 'per-100000': {
      const numerator = readNumber(value(first));
      return population === undefined || numerator === undefined ? null : (numerator / population) * 100_000;
    }
    case 'sum':
      return sum(of.map(value));
    case 'given':
      return template.places[place]?.given[id] ?? null;
    case 'previous':
      return from.map((earlier) => previous[earlier]?.[first] ?? null).find((answer) => !isBlank(answer)) ?? null;
    case 'remaining-characters':
      return template.limits.text - String(value(first) ?? '').length;
  }
}

function sourceOf({ template, place }: CalculationFacts, { formula, from }: Calculation): string {
  const population = template.places[place]?.population;
  switch (formula) {
    case 'population':
    case 'per-100000':
      return population === undefined ? 'No population for this place in the template' : `${population.basis}, ${population.source}`;
    case 'sum':
    case 'remaining-characters':
      return 'Worked out from the answers of this return';
    case 'given':
      return 'Filled in by the national body for this place';
    case 'previous':
      return `Answer of an earlier return: ${from.join(', ')}`;
  }
}

/** Every value of a return by cell: answers, and what is worked out from them. A cell that is not there is null. */
export function valuesWith(facts: CalculationFacts): ValueOf {
  const calculations = new Map(calculationsOf(facts.template).map((calculation) => [calculation.id, calculation]));
  const value =
    (open: ReadonlySet<string>): ValueOf =>
    (id) => {
      const calculation = calculations.get(id);
      if (calculation === undefined) return facts.answer(id);
      // A cell that rests on itself has no value.
      return open.has(id) ? null : workOut(facts, calculation, value(new Set([...open, id])));
    };
  return value(new Set());
}

/** Works out a pre-populated cell. What nobody knows for the place stays blank: nothing is guessed. */
export function calculate(facts: CalculationFacts, calculation: Calculation, valueAt: ValueOf = valuesWith(facts)): CalculatedCell {
  const { id, text } = calculation;
  const value = valueAt(id);
  return { id, text, value, shown: printAnswer(calculation, value), source: sourceOf(facts, calculation) };
}
