import { matrixSettings } from '../../shared/settings.ts';
import { readDate } from '../answer-format.ts';
import { isBlank, isRequired } from '../completion.ts';
import type { Question } from '../question.ts';
import { type Examined, type Rule, together } from './rule.ts';
import { saysNothing } from './words.ts';

const correspondence = matrixSettings.map((setting) => `am.nhs-number.correspondence.${setting}`);
const progress = matrixSettings.map((setting) => `am.open-api.status.${setting}`);

const notMet: ReadonlySet<unknown> = new Set(['No', 'No - In Progress']);

/** Cells of a group, when the group says something that its condition denies. */
const saying = ({ answer }: Examined, group: readonly string[], value: string): string[] => group.filter((id) => answer(id) === value);

const namesSharing =
  /^7\. Digital interoperability|\bdata[- ]sharing\b|\b(?:information|record)[- ]sharing\b|\bsharing (?:of )?(?:data|information|records)\b/i;

/** Challenges of the year-end feedback that are about sharing data, by their category or in the author's own words. */
const sharingChallenges = ({ cells }: Examined): string[] =>
  cells
    .filter(({ id, answer }) => id.startsWith('ye.challenge.') && typeof answer === 'string' && namesSharing.test(answer))
    .map(({ id }) => id);

/** The answer that decides whether a question must be answered. */
const decidedBy = ({ requiredWhen }: Question): string | undefined =>
  requiredWhen !== undefined && 'question' in requiredWhen ? requiredWhen.question : undefined;

/** Dates and explanations that are asked only when something is not met, with the question that decides. */
const followUps = ({ questions }: Examined) =>
  questions.flatMap((question) => {
    const decider = decidedBy(question);
    return decider !== undefined && question.input.kind !== 'choice' && /^(nc|budget)\./.test(question.id)
      ? [{ ...question, decider }]
      : [];
  });

const owed = ({ value }: Examined, { requiredWhen }: Question): boolean =>
  requiredWhen !== undefined && isRequired(requiredWhen, value) === true;

/** Contradictions between the national conditions and the cells that show whether they are met. */
export const conditionRules: readonly Rule[] = [
  {
    id: 'CONDITION_4I_CONTRADICTED',
    severity: 'error',
    message: 'Condition 4i says that the NHS number is the consistent identifier, while settings answer No.',
    remedy: "Answer condition 4i with 'No - In Progress' and a date, or correct the settings.",
    source: 'Southend returns 2016-17, all quarters: 4i Yes, mental health and palliative No',
    find: (examined) => (examined.answer('nc.4i.answer') === 'Yes' ? together(saying(examined, correspondence, 'No'), 'nc.4i.answer') : []),
  },
  {
    id: 'CONDITION_4II_CONTRADICTED',
    severity: 'error',
    message: 'Condition 4ii says that Open APIs are pursued, while every setting answers Unavailable.',
    remedy: "Answer condition 4ii with 'No - In Progress' and a date, or correct the settings.",
    source: 'Consequence of the definitions of condition 4ii and measure 2',
    find: (examined) => {
      const unavailable = saying(examined, progress, 'Unavailable');
      return examined.answer('nc.4ii.answer') === 'Yes' && unavailable.length === progress.length
        ? together(unavailable, 'nc.4ii.answer')
        : [];
    },
  },
  {
    id: 'CONDITION_4III_CONTRADICTED',
    severity: 'error',
    message: 'Condition 4iii says that information governance controls are in place, while the evidence says otherwise.',
    remedy: 'Bring the agreements of the flows in the evidence into force, stop the flows, or answer with a date.',
    source: "Southend Q4: 4iii Yes, while the year-end feedback names 'Digital interoperability and sharing data' as a challenge",
    find: (examined) => {
      if (examined.answer('nc.4iii.answer') !== 'Yes') return [];
      const challenges = sharingChallenges(examined);
      const observed = examined.cell('nc.4iii.answer')?.evidence?.observed ?? null;
      return challenges.length > 0 || (observed !== null && observed !== 'Yes') ? [{ questions: ['nc.4iii.answer', ...challenges] }] : [];
    },
  },
  {
    id: 'CONDITION_UNDERSTATED',
    severity: 'warning',
    message: 'A condition is not met, while every cell it rests on says that it is.',
    remedy: 'Answer the condition with Yes, or correct the cells.',
    source: 'The reverse of CONDITION_4I_CONTRADICTED and CONDITION_4II_CONTRADICTED',
    find: (examined) => {
      const using = saying(examined, correspondence, 'Yes');
      const live = saying(examined, progress, 'Live');
      return [
        ...(notMet.has(examined.answer('nc.4i.answer')) && using.length === correspondence.length ? together(using, 'nc.4i.answer') : []),
        ...(examined.answer('nc.4ii.answer') === 'No' ? together(live, 'nc.4ii.answer') : []),
      ];
    },
  },
  {
    id: 'CONDITION_NOT_EXPLAINED',
    severity: 'error',
    message: 'A condition that is not met has no date or no explanation.',
    remedy: 'Enter the date by which it will be met, and why it was not.',
    source: "National Conditions: 'If No or No - In Progress is selected …'",
    find: (examined) =>
      followUps(examined)
        .filter((question) => question.id.startsWith('nc.') && owed(examined, question))
        .filter(({ id }) => isBlank(examined.answer(id)) || saysNothing(String(examined.answer(id))))
        .map(({ id }) => ({ questions: [id] })),
  },
  {
    id: 'CONDITION_MET_YET_EXPLAINED',
    severity: 'warning',
    message: 'A condition is met, and yet it gives a date or a reason for not being met.',
    remedy: 'Take the date and the reason out, or answer the condition as they say.',
    source: 'National Conditions: date and explanation are asked only of a condition that is not met',
    find: (examined) =>
      followUps(examined)
        .filter(({ id, decider }) => examined.answer(decider) === 'Yes' && !saysNothing(examined.words(id)))
        .map(({ id, decider }) => ({ questions: [decider, id] })),
  },
  {
    id: 'PROMISED_DATE_PASSED',
    severity: 'error',
    message: 'The date by which something was to be met has passed, and it is still not met.',
    remedy: 'Answer Yes if it is met by now; otherwise give the new date.',
    source: "National Conditions and Budget Arrangements: 'estimated date when condition will be met'; stale dates of Southend Q4",
    find: (examined) =>
      followUps(examined)
        .filter((question) => owed(examined, question))
        .filter(({ id, input }) => {
          const promised = input.kind === 'date' ? readDate(examined.answer(id)) : undefined;
          return promised !== undefined && promised < examined.at;
        })
        .map(({ id, decider }) => ({ questions: [decider, id] })),
  },
  {
    id: 'POOLING_NOT_DATED',
    severity: 'error',
    message: 'The funds have not been pooled, and no date says when they will be.',
    remedy: 'Enter the date on which the section 75 pooled budget will begin.',
    source: "Budget Arrangements: 'If the answer to the above is No please indicate when this will happen'",
    find: (examined) =>
      followUps(examined)
        .filter((question) => question.id.startsWith('budget.') && owed(examined, question) && isBlank(examined.answer(question.id)))
        .map(({ id, decider }) => ({ questions: [decider, id] })),
  },
];
