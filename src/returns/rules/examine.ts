import type { LocalDate } from '../../shared/clock.ts';
import { readNumber } from '../answer-format.ts';
import { valuesWith } from '../calculate.ts';
import { type Answer, answersOf, type Return, valuesOf } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';
import type { Examined } from './rule.ts';
import { quarterOfPeriod } from './words.ts';

/** Prepares a return for the rules. @param at the day on which it is judged */
export function examine(document: Return, template: ReturnTemplate, at: LocalDate): Examined {
  const cells = answersOf(document);
  const shown = new Map(document.sheets.flatMap((sheet) => sheet.calculated.map((cell) => [cell.id, cell] as const)));
  // Before the period of a rehearsal came something else, so it is compared with none.
  const before = template.previous === undefined || document.rehearsal ? undefined : document.previous[template.previous];
  const questions = questionsOf(template);
  const values = valuesOf(document);
  const answer = (question: string): Answer => cells.get(question)?.answer ?? null;
  return {
    document,
    template,
    quarter: quarterOfPeriod(template.period),
    questions,
    cells: questions.flatMap(({ id }) => cells.get(id) ?? []),
    at,
    answer,
    value: (cell) => values.get(cell) ?? null,
    cell: (question) => cells.get(question),
    words: (question) => {
      const given = answer(question);
      return typeof given === 'string' ? given : '';
    },
    number: (cell) => readNumber(values.get(cell) ?? null),
    shown: (cell) => shown.get(cell),
    workedOut: valuesWith({ template, place: document.place, previous: document.previous, answer }),
    before: (question) => before?.[question],
  };
}
