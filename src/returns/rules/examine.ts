import type { LocalDate } from '../../shared/clock.ts';
import { readNumber } from '../answer-format.ts';
import { valuesWith } from '../calculate.ts';
import { type Answer, answersOf, type Return, valuesOf } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';
import type { Examined } from './rule.ts';
import { quarterOfPeriod } from './words.ts';

/**
 * Earlier returns, newest first: the one before this by name, the others by their ids, which hold their year and quarter.
 * Before the period of a rehearsal came something else, so there it is compared with none.
 */
function earlierFirst(document: Return, template: ReturnTemplate): Readonly<Record<string, Answer>>[] {
  if (document.rehearsal) return [];
  const rank = (id: string) => (id === template.previous ? 0 : 1);
  return Object.entries(document.previous)
    .filter(([id]) => id !== template.id)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? 1 : -1))
    .map(([, answers]) => answers);
}

/** Prepares a return for the rules. @param at the day on which it is judged */
export function examine(document: Return, template: ReturnTemplate, at: LocalDate): Examined {
  const cells = answersOf(document);
  const shown = new Map(document.sheets.flatMap((sheet) => sheet.calculated.map((cell) => [cell.id, cell] as const)));
  const earlier = earlierFirst(document, template);
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
      return typeof given === 'string' ? given.trim() : '';
    },
    number: (question) =>
      readNumber(answer(question)) ??
      readNumber(shown.get(question)?.value ?? null) ??
      earlier.map((answers) => readNumber(answers[question] ?? null)).find((value) => value !== undefined),
    shown: (cell) => shown.get(cell),
    workedOut: valuesWith({ template, place: document.place, previous: document.previous, answer }),
    before: (question) => before?.[question],
  };
}
