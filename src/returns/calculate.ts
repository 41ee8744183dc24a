import { readNumber } from './answer-format.ts';
import type { Answer, CalculatedCell } from './return.ts';
import type { Calculation, ReturnTemplate } from './template.ts';

/** Half up, as spreadsheets show numbers; grouped by thousands, as the sheets print them. */
const show = (value: number, decimals: number): string =>
  value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** Works out a pre-populated cell. A place the template does not know has no population, so nothing is guessed. */
export function calculate(
  template: ReturnTemplate,
  place: string,
  calculation: Calculation,
  answer: (question: string) => Answer,
): CalculatedCell {
  const { id, text, formula, of, decimals } = calculation;
  const population = template.places[place]?.population;
  const numerator = of === undefined ? undefined : readNumber(answer(of));
  const value =
    population === undefined
      ? null
      : formula === 'population'
        ? population.value
        : numerator === undefined
          ? null
          : (numerator / population.value) * 100_000;
  const source = population === undefined ? 'No population for this place in the template' : `${population.basis}, ${population.source}`;
  return { id, text, value, shown: value === null ? '' : show(value, decimals), source };
}

/** A blank conditional cell counts as answered once its condition is answered otherwise: so the printed checklist says 'Yes'. */
export function isAnswered(
  question: { readonly requiredWhen?: { readonly question: string; readonly in: readonly string[] }; readonly id: string },
  answer: (question: string) => Answer,
): boolean {
  const given = answer(question.id);
  if (given !== null && given !== '') return true;
  if (question.requiredWhen === undefined) return false;
  const deciding = answer(question.requiredWhen.question);
  return typeof deciding === 'string' && deciding !== '' && !question.requiredWhen.in.includes(deciding);
}
