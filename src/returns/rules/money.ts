import { readNumber, sameAnswer } from '../answer-format.ts';
import type { Question } from '../question.ts';
import { calculationsOf } from '../template.ts';
import { type Examined, type Hit, type Rule, together } from './rule.ts';
import { saysNothing } from './words.ts';

const sides = ['income', 'expenditure'] as const;
type Side = (typeof sides)[number];

const pooledFund = 'ie.pooled-fund';
const planned = (side: Side): string => `ie.${side}.plan.total`;
const comment = (side: Side): string => `ie.${side}.comment`;

/** The pooled fund is printed rounded to whole pounds, so less than one pound is no difference. */
const differ = (a: number | undefined, b: number | undefined): boolean => a !== undefined && b !== undefined && Math.abs(a - b) >= 1;

/** Undefined while one of the parts is not known. */
const sum = (parts: readonly (number | undefined)[]): number | undefined =>
  parts.reduce((total, part) => (total === undefined || part === undefined ? undefined : total + part), 0);

/** Pairs of amounts that the sheet asks a comment on when they differ: the printed 'Please comment if …', which each quarter words anew. */
const comparedIn = ({ requiredWhen }: Question): readonly (readonly [string, string])[] =>
  requiredWhen !== undefined && 'differ' in requiredWhen ? requiredWhen.differ : [];

/** Differences, of annual totals or of single quarters, that a comment is asked on and that nobody comments on. */
const uncommented =
  (wanted: (pair: readonly [string, string]) => boolean) =>
  ({ questions, words, number }: Examined): Hit[] =>
    questions
      .filter(({ id }) => saysNothing(words(id)))
      .flatMap((question) => {
        const unlike = comparedIn(question).filter((pair) => wanted(pair) && differ(number(pair[0]), number(pair[1])));
        return together(unlike.length === 0 ? [] : [...new Set(unlike.flat()), question.id]);
      });

const ofTheFund = (pair: readonly [string, string]): boolean => pair.includes(pooledFund);

/** Rules about income into and expenditure from the pooled fund. */
export const moneyRules: readonly Rule[] = [
  {
    id: 'TOTAL_WRONG',
    severity: 'error',
    message: 'A total is not the sum of its parts.',
    remedy: 'Restore the formula of the total, or correct the part.',
    source: "Income and expenditure: 'Plan, forecast, and actual figures … for each quarter to year end'",
    find: ({ template, shown, value }) =>
      calculationsOf(template)
        .filter(({ formula }) => formula === 'sum')
        .filter(({ id, of }) => differ(readNumber(shown(id)?.value ?? null), sum(of.map((part) => readNumber(value(part))))))
        .map(({ id, of }) => ({ questions: [id, ...of] })),
  },
  {
    id: 'IE_ANNUAL_NOT_POOLED_FUND',
    severity: 'error',
    message: 'An annual total differs from the pooled fund, and no comment says why.',
    remedy: 'Correct the amounts, or explain the difference in the comment of the section.',
    source: "Income and expenditure, 'Please comment if …': planned and forecast totals (Q1), forecast (Q2, Q3), forecast and actual (Q4)",
    find: uncommented(ofTheFund),
  },
  {
    id: 'IE_ACTUAL_NOT_PLANNED',
    severity: 'error',
    message: 'The actual of the quarter differs from its plan or forecast, and no comment says why.',
    remedy: 'Correct the amounts, or explain the difference in the comment of the section.',
    source: "Income and expenditure, Q1 to Q3: 'The Q2 actual differs from the Q2 plan and / or Q2 forecast'",
    find: uncommented((pair) => !ofTheFund(pair)),
  },
  {
    id: 'IE_PLAN_NOT_POOLED_FUND',
    severity: 'warning',
    message: 'The plan of the year differs from the pooled fund, and no comment says why.',
    remedy: 'Ask for the pre-populated plan to be corrected, or explain the difference in the comment of the section.',
    source: 'Guidance: planned income and planned expenditure should equal the total pooled budget',
    find: ({ questions, number, words }) => {
      // Where the sheet itself asks for a comment on the plan, IE_ANNUAL_NOT_POOLED_FUND says so.
      const asked = new Set(questions.flatMap(comparedIn).flat());
      return sides
        .filter((side) => !asked.has(planned(side)) && saysNothing(words(comment(side))))
        .filter((side) => differ(number(planned(side)), number(pooledFund)))
        .map((side) => ({ questions: [planned(side), pooledFund, comment(side)] }));
    },
  },
  {
    id: 'IE_AMENDED_WITHOUT_COMMENT',
    severity: 'warning',
    message: 'Amounts differ from those returned the quarter before, and no comment says why.',
    remedy: 'Put back what was returned, or name the amendment in the commentary.',
    source: "Guidance: commentary should refer to 'amendments to forecasts made since the previous quarter'",
    find: ({ answer, before, questions, words }) => {
      if (!saysNothing(words('ie.commentary'))) return [];
      return sides
        .filter((side) => saysNothing(words(comment(side))))
        .flatMap((side) =>
          together(
            questions
              .map(({ id }) => id)
              .filter((id) => id.startsWith(`ie.${side}.`) && differ(readNumber(answer(id)), readNumber(before(id) ?? null))),
          ),
        );
    },
  },
  {
    id: 'PREPOPULATED_CHANGED',
    severity: 'error',
    message: 'A pre-populated cell does not hold what was returned before, or what the national body filled in.',
    remedy: "Restore the cell. To amend what was returned, change this quarter's own cell and say so in the comment.",
    source: "Footnotes: 'Pre-populated Plan figures are sourced from the Q1 16/17 collection …'",
    find: ({ template, shown, workedOut }) =>
      calculationsOf(template)
        .filter(({ formula }) => formula === 'given' || formula === 'previous')
        .filter(({ id }) => {
          const [held, expected] = [shown(id)?.value ?? null, workedOut(id)];
          return held !== null && expected !== null && !sameAnswer(held, expected);
        })
        .map(({ id }) => ({ questions: [id] })),
  },
];
