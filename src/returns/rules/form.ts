import { formatProblem } from '../answer-format.ts';
import { isAnswered, isRequired } from '../completion.ts';
import type { Question } from '../template.ts';
import { type Examined, type Rule, together } from './rule.ts';
import { wordsOnly } from './words.ts';

const isCover = ({ id }: Question): boolean => id.startsWith('cover.');

/** Follow-ups of conditions and of pooling, and comments on differences: other rules ask for them and say why. */
const hasOwnRule = ({ id, requiredWhen, input }: Question): boolean =>
  id.startsWith('nc.') || (id.startsWith('budget.') && input.kind === 'date') || (requiredWhen !== undefined && 'differ' in requiredWhen);

/** Questions that must be answered, and are not. */
const open = ({ questions, value }: Examined, wanted: (question: Question) => boolean): string[] =>
  questions
    .filter((question) => wanted(question) && !isAnswered(question, value))
    .filter(
      (question) => question.requiredWhen === undefined || (!hasOwnRule(question) && isRequired(question.requiredWhen, value) === true),
    )
    .map(({ id }) => id);

/** Rules about the form itself: what the national workbook would refuse. */
export const formRules: readonly Rule[] = [
  {
    id: 'ANSWER_NOT_ALLOWED',
    severity: 'error',
    message: 'An answer does not fit its cell.',
    remedy: 'Choose from the list in its exact spelling, or write the number, date or text as the heading asks.',
    source: 'Guidance of the template: drop-downs; numbers from 0 to 100,000,000; dates; characters remaining',
    find: ({ template, questions, answer }) =>
      questions.flatMap((question) => {
        const problem = formatProblem(template, question, answer(question.id));
        return problem === undefined ? [] : [{ questions: [question.id], detail: `It ${problem}.` }];
      }),
  },
  {
    id: 'COVER_INCOMPLETE',
    severity: 'warning',
    message: 'The cover does not say whose return this is, who completed it, or who signed it off.',
    remedy: 'Complete the cover. Without a sign-off on behalf of the Health and Wellbeing Board it must not be sent.',
    source: "Cover: 'Who has signed off the report on behalf of the Health and Well Being Board'",
    find: (examined) => together(open(examined, isCover)),
  },
  {
    id: 'COVER_OTHER_BOARD',
    severity: 'error',
    message: 'The cover names another Health and Wellbeing Board than the one the return is for.',
    remedy: 'Check that the file is the right one, then correct the cover.',
    source: "Cover: the file is saved as 'Name HWB'",
    find: ({ document, words }) => {
      const named = wordsOnly(words('cover.board'));
      return named === '' || named === wordsOnly(document.placeName) ? [] : [{ questions: ['cover.board'] }];
    },
  },
  {
    id: 'UNANSWERED',
    severity: 'warning',
    message: 'Questions are not answered.',
    remedy: 'Ask the people who know. The gateway leaves blank what it neither saw nor was told.',
    source: 'Cover: send only when every section is complete',
    find: (examined) => together(open(examined, (question) => !isCover(question))),
  },
];
