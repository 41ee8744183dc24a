import { formatProblem } from '../answer-format.ts';
import { isAnswered } from '../calculate.ts';
import type { Rule } from './rule.ts';

/** Rules about the form itself: what the national workbook would refuse. */
export const formRules: readonly Rule[] = [
  {
    id: 'ANSWER_NOT_ALLOWED',
    severity: 'error',
    message: 'An answer does not fit its cell.',
    remedy: 'Choose from the list in its exact spelling, or write the number or date as the heading asks.',
    source: 'Guidance of the template: drop-downs; numbers from 0 to 100,000,000',
    find: ({ template, questions, answer }) =>
      questions.flatMap((question) => {
        const problem = formatProblem(template, question, answer(question.id));
        return problem === undefined ? [] : [{ questions: [question.id], detail: `It ${problem}.` }];
      }),
  },
  {
    id: 'CONDITION_NOT_EXPLAINED',
    severity: 'error',
    message: 'A condition that is not met has no date or no explanation.',
    remedy: 'Enter the date by which it will be met, and why it was not.',
    source: "National Conditions: 'If No or No - In Progress is selected …'",
    find: ({ questions, answer }) =>
      questions
        .filter(({ requiredWhen }) => requiredWhen?.in.some((value) => value === answer(requiredWhen.question)))
        .filter((question) => !isAnswered(question, answer))
        .map(({ id }) => ({ questions: [id] })),
  },
  {
    id: 'UNANSWERED',
    severity: 'warning',
    message: 'Questions are not answered.',
    remedy: 'Ask the people who know. The gateway leaves blank what it neither saw nor was told.',
    source: 'Cover: send only when every section is complete',
    find: ({ questions, answer }) => {
      const open = questions.filter((question) => question.requiredWhen === undefined && !isAnswered(question, answer));
      return open.length === 0 ? [] : [{ questions: open.map(({ id }) => id) }];
    },
  },
];
