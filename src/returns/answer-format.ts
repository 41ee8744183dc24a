import { parseLocalDate } from '../shared/clock.ts';
import { readPrintedDate } from './period.ts';
import type { Answer } from './return.ts';
import type { Question, ReturnTemplate } from './template.ts';

const largest = 100_000_000;

/** Reads a number as people print it: `24`, `180,589`, `94%`. Undefined when it is none. */
export function readNumber(answer: Answer): number | undefined {
  if (typeof answer === 'number') return answer;
  if (answer === null || !/^\d[\d,]*(\.\d+)?%?$/.test(answer.trim())) return undefined;
  return Number(answer.replace(/[,%]/g, ''));
}

/** Reads a date as printed or as ISO text; undefined when it does not exist. */
export const readDate = (answer: Answer) => (typeof answer === 'string' ? (readPrintedDate(answer) ?? parseLocalDate(answer)) : undefined);

/** Why an answer does not fit its cell, in plain English; undefined when it fits. Drop-downs match in exact case. */
export function formatProblem(template: ReturnTemplate, question: Question, answer: Answer): string | undefined {
  if (answer === null) return undefined;
  const { input } = question;
  switch (input.kind) {
    case 'choice':
      return template.lists[input.list]?.options.some((option) => option === answer) ? undefined : 'is not one of the options of its list';
    case 'date':
      return readDate(answer) === undefined ? `is not a date written ${input.format}` : undefined;
    case 'date-or-live':
      return answer === 'Live' || readDate(answer) !== undefined ? undefined : `is neither a date written ${input.format} nor 'Live'`;
    case 'count': {
      const count = readNumber(answer);
      return count !== undefined && Number.isInteger(count) && count >= 0 && count <= largest
        ? undefined
        : 'is not a whole number from 0 to 100,000,000';
    }
    case 'percent': {
      const percent = readNumber(answer);
      return percent !== undefined && percent >= 0 && percent <= 100 ? undefined : 'is not a percentage from 0 to 100';
    }
    case 'text':
      return typeof answer === 'string' && answer.length <= input.maxLength
        ? undefined
        : `is not text of at most ${input.maxLength} characters`;
  }
}
