import { isAnswered } from '../completion.ts';
import { type Return, valuesOf } from '../return.ts';
import { questionsOf, type ReturnTemplate } from '../template.ts';

export interface MissingAnswer {
  readonly sheet: string;
  readonly question: string;
  readonly text: string;
}

/** What the return still owes, in printed order: what the checklist counts and nobody has answered. */
export function missingAnswers(document: Return, template: ReturnTemplate): MissingAnswer[] {
  const values = valuesOf(document);
  return questionsOf(template)
    .filter((question) => !isAnswered(question, (cell) => values.get(cell) ?? null))
    .map(({ sheet, id, text }) => ({ sheet, question: id, text }));
}
