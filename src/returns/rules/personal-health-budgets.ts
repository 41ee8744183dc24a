import { readNumber } from '../answer-format.ts';
import type { Answer } from '../return.ts';
import { calculationsOf } from '../template.ts';
import type { Hit, Rule } from './rule.ts';

const [inPlace, started, stopped, share] = ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped', 'am.phb.percent-chc'] as const;
const [rate, population] = ['am.phb.rate', 'am.phb.population'] as const;

const decimalsOf = (shown: string): number => /\.(\d+)/.exec(shown)?.[1]?.length ?? 0;

/** Half up, as spreadsheets show numbers. The nudge undoes binary fractions: 1.005 is printed as 1.01. */
const round = (value: number, decimals: number): number => Math.round(value * 10 ** decimals * (1 + Number.EPSILON)) / 10 ** decimals;

/** Is there a whole number of `total` people whose share, rounded as printed, is the percentage? */
export function isAttainable(percent: number, total: number, decimals: number): boolean {
  if (total === 0) return percent === 0;
  // Only the two counts beside the exact share can round to it.
  const near = (percent / 100) * total;
  return [Math.floor(near), Math.ceil(near)].some((part) => round((part / total) * 100, decimals) === round(percent, decimals));
}

/** Is a printed rate the count per 100,000 of the population, rounded as it is printed? Fewer decimals contradict nothing. */
export function isRateOf(printed: string, count: number, people: number): boolean {
  const value = readNumber(printed);
  return value !== undefined && people > 0 && round((count / people) * 100_000, decimalsOf(printed)) === value;
}

const numbers = (answer: (question: string) => Answer) => [inPlace, started, stopped].map((id) => readNumber(answer(id)));

const asOne = (contradicts: boolean, ...questions: readonly string[]): readonly Hit[] => (contradicts ? [{ questions }] : []);

/** Rules about personal health budgets (measure 4). */
export const budgetRules: readonly Rule[] = [
  {
    id: 'PHB_STOCK_FLOW',
    severity: 'error',
    message: 'Personal health budgets in place are not those of the quarter before, plus the new, less the stopped.',
    remedy: 'Count again: in place at the end = in place before + new - stopped.',
    source: 'Southend returns 2016-17: 24 + 7 - 17 = 14, printed 24, in every quarter that has one before it',
    find: ({ answer, before }) => {
      const [now, more, fewer] = numbers(answer);
      const opening = readNumber(before(inPlace) ?? null);
      if (now === undefined || more === undefined || fewer === undefined || opening === undefined) return [];
      return asOne(opening + more - fewer !== now, inPlace, started, stopped);
    },
  },
  {
    id: 'PHB_FLOW_IMPOSSIBLE',
    severity: 'error',
    message: 'More budgets are new in the quarter than the sum of those in place and those stopped.',
    remedy: 'A new budget is either still in place or was stopped: correct one of the three numbers.',
    source: 'Arithmetic of measure 4',
    find: ({ answer }) => {
      const [now, more, fewer] = numbers(answer);
      if (now === undefined || more === undefined || fewer === undefined) return [];
      return asOne(more > now + fewer, inPlace, started, stopped);
    },
  },
  {
    id: 'PERCENT_NOT_ATTAINABLE',
    severity: 'error',
    message: 'No whole number of people gives this percentage of the personal health budgets in place.',
    remedy: 'Work the percentage out from the same people that are counted as in place.',
    source: 'Southend returns 2016-17: 94 % of 24; 22 of 24 is 91.7 %, 23 of 24 is 95.8 %',
    find: ({ answer }) => {
      const [total, percent] = [readNumber(answer(inPlace)), readNumber(answer(share))];
      if (total === undefined || percent === undefined) return [];
      return asOne(!isAttainable(percent, total, decimalsOf(String(answer(share)))), share, inPlace);
    },
  },
  {
    id: 'RATE_NOT_RECOMPUTABLE',
    severity: 'error',
    message: 'A rate per 100,000 is not its number over the population, at the decimals it is printed with.',
    remedy: 'Restore the formula of the pre-populated cell, or correct the number.',
    source: 'Southend returns 2016-17: 24 of 180,589 printed 13 and 13.3, of 182,046 printed 13; all three are right',
    find: ({ template, number, shown }) =>
      calculationsOf(template)
        .filter(({ formula }) => formula === 'per-100000')
        .filter(({ id, of: [counted = ''] }) => {
          const [printed, count, people] = [shown(id)?.shown ?? '', number(counted), number(population)];
          return printed !== '' && count !== undefined && people !== undefined && !isRateOf(printed, count, people);
        })
        .map(({ id, of }) => ({ questions: [id, ...of, population] })),
  },
  {
    id: 'POPULATION_BASIS_WRONG',
    severity: 'error',
    message: 'The population is not the one that the template gives for the period.',
    remedy: 'Use the mid-year projection that the template names; registered patients and other years are other denominators.',
    source: 'Southend: 174,000, 175,000, 180,589 (mid 2016), 182,046 (mid 2017) and 186,000 (registered) in one set of papers',
    find: ({ template, document, shown }) => {
      const expected = template.places[document.place]?.population;
      const given = shown(population)?.value ?? null;
      if (given === null || expected === undefined || given === expected.value) return [];
      return [{ questions: [population], detail: `Its basis is ${expected.basis}.` }];
    },
  },
  {
    id: 'POPULATION_BASIS_CHANGED',
    severity: 'information',
    message: 'The population is another than in the quarter before, so the two rates do not compare.',
    remedy: 'Compare the numbers in place, or work both rates out from one population.',
    source: 'Southend Q4 2016-17: 24 budgets are 13.29 per 100,000 by mid 2016 and 13.18 by mid 2017',
    find: ({ before, shown }) => {
      const [then, now] = [readNumber(before(population) ?? null), readNumber(shown(population)?.value ?? null)];
      return asOne(then !== undefined && now !== undefined && then !== now, rate, population);
    },
  },
];
