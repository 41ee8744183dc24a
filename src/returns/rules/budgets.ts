import { readNumber } from '../answer-format.ts';
import type { Answer } from '../return.ts';
import type { Rule } from './rule.ts';

const decimalsOf = (answer: Answer): number => /\.(\d+)/.exec(String(answer))?.[1]?.length ?? 0;

/** Is there a whole number of `total` people whose share, rounded as printed, is the percentage? */
export function isAttainable(percent: number, total: number, decimals: number): boolean {
  if (total === 0) return percent === 0;
  const scale = 10 ** decimals;
  // Only the two counts beside the exact share can round to it.
  const near = (percent / 100) * total;
  return [Math.floor(near), Math.ceil(near)].some((part) => Math.round((part / total) * 100 * scale) === Math.round(percent * scale));
}

/** Rules about personal health budgets (measure 4). */
export const budgetRules: readonly Rule[] = [
  {
    id: 'PHB_STOCK_FLOW',
    severity: 'error',
    message: 'Personal health budgets in place are not those of the quarter before, plus the new, less the stopped.',
    remedy: 'Count again: in place at the end = in place before + new - stopped.',
    source: 'Southend returns 2016-17: 24 + 7 - 17 = 14, printed 24, in every quarter',
    find: ({ answer, before }) => {
      const [now, started, stopped] = ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped'].map((id) => readNumber(answer(id)));
      const opening = readNumber(before('am.phb.in-place') ?? null);
      if (now === undefined || started === undefined || stopped === undefined || opening === undefined) return [];
      return opening + started - stopped === now ? [] : [{ questions: ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped'] }];
    },
  },
  {
    id: 'PHB_FLOW_IMPOSSIBLE',
    severity: 'error',
    message: 'More budgets are new in the quarter than the sum of those in place and those stopped.',
    remedy: 'A new budget is either still in place or was stopped: correct one of the three numbers.',
    source: 'Arithmetic of measure 4',
    find: ({ answer }) => {
      const [now, started, stopped] = ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped'].map((id) => readNumber(answer(id)));
      return now !== undefined && started !== undefined && stopped !== undefined && started > now + stopped
        ? [{ questions: ['am.phb.in-place', 'am.phb.new', 'am.phb.stopped'] }]
        : [];
    },
  },
  {
    id: 'PERCENT_NOT_ATTAINABLE',
    severity: 'error',
    message: 'No whole number of people gives this percentage of the personal health budgets in place.',
    remedy: 'Work the percentage out from the same people that are counted as in place.',
    source: 'Southend returns 2016-17: 94 % of 24; 22 of 24 is 91.7 %, 23 of 24 is 95.8 %',
    find: ({ answer }) => {
      const total = readNumber(answer('am.phb.in-place'));
      const percent = readNumber(answer('am.phb.percent-chc'));
      if (total === undefined || percent === undefined) return [];
      return isAttainable(percent, total, decimalsOf(answer('am.phb.percent-chc')))
        ? []
        : [{ questions: ['am.phb.percent-chc', 'am.phb.in-place'] }];
    },
  },
];
