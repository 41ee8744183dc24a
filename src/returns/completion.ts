import { formatProblem, readNumber } from './answer-format.ts';
import type { Question } from './question.ts';
import type { Answer } from './return.ts';
import type { Condition, ReturnTemplate } from './template.ts';

/** The value of a cell, asked or worked out; null when it is blank or not there. */
export type ValueOf = (cell: string) => Answer;

export const isBlank = (answer: Answer): boolean => answer === null || (typeof answer === 'string' && answer.trim() === '');

/**
 * Values as the checks of the print see them: 'if a value does not pass the validation criteria the cell will be Red'. An
 * answer that does not fit its cell is no answer, so nothing counts it and nothing is decided by it.
 */
export function fittingValues(template: ReturnTemplate, questions: readonly Question[], value: ValueOf): ValueOf {
  const unfit = new Set(
    questions.filter((question) => formatProblem(template, question, value(question.id)) !== undefined).map(({ id }) => id),
  );
  return (cell) => (unfit.has(cell) ? null : value(cell));
}

/** Numbers are the same however they are written: `3282763`, `£3,282,763`. */
const same = (left: Answer, right: Answer): boolean => (readNumber(left) ?? left) === (readNumber(right) ?? right);

/** Must a conditional cell be filled? Undefined while the cells that decide are blank. */
export function isRequired(condition: Condition, value: ValueOf): boolean | undefined {
  if ('blank' in condition) return isBlank(value(condition.blank));
  if ('question' in condition) {
    const deciding = value(condition.question);
    if (isBlank(deciding)) return condition.whenBlank === 'not-required' ? false : undefined;
    return condition.in.some((answer) => answer === deciding);
  }
  const pairs = condition.differ.map(([left, right]) => [value(left), value(right)] as const);
  if (pairs.some(([left, right]) => !isBlank(left) && !isBlank(right) && !same(left, right))) return true;
  return pairs.some(([left, right]) => isBlank(left) || isBlank(right)) ? undefined : false;
}

/**
 * Is a cell filled, or is nothing owed there? A blank conditional cell counts as answered once its condition is answered
 * otherwise: so the printed checklist says 'Yes'. A cell the print never counts is never owed.
 */
export function isAnswered(question: Pick<Question, 'id' | 'requiredWhen' | 'counted' | 'countedWith'>, value: ValueOf): boolean {
  if (!isBlank(value(question.id))) return true;
  if (!question.counted && question.countedWith === undefined) return true;
  return question.requiredWhen !== undefined && isRequired(question.requiredWhen, value) === false;
}

/** Is a question answered with everything that is counted with it, as its one cell of the printed checklist says? */
export const isComplete = (question: Question, questions: readonly Question[], value: ValueOf): boolean =>
  isAnswered(question, value) && questions.every((other) => other.countedWith !== question.id || isAnswered(other, value));
