import { fittingValues, isAnswered } from '../completion.ts';
import { type Return, valuesOf } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';

export interface MissingAnswer {
  readonly sheet: string;
  readonly question: string;
  readonly text: string;
}

/** What the return still owes, in printed order: what the checklist counts and nobody has answered with something that fits. */
export function missingAnswers(document: Return, template: ReturnTemplate): MissingAnswer[] {
  const values = valuesOf(document);
  const questions = questionsOf(template);
  const fitting = fittingValues(template, questions, (cell) => values.get(cell) ?? null);
  return questions.filter((question) => !isAnswered(question, fitting)).map(({ sheet, id, text }) => ({ sheet, question: id, text }));
}
