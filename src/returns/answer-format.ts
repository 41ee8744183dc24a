import { parseLocalDate } from '../shared/clock.ts';
import { readPrintedDate } from './period.ts';
import type { Answer } from './return.ts';
import type { Question, ReturnTemplate } from './template.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unreadable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u;

/** Whether a text can be kept and comes back from a workbook as it was: no control characters, no halves of characters. */
export const isReadable = (text: string): boolean => !unreadable.test(text);

/** Reads a number as people print it: `24`, `180,589`, `94%`, `£3,282,763`. Undefined when it is none. */
export function readNumber(answer: Answer): number | undefined {
  if (typeof answer === 'number') return answer;
  if (answer === null || !/^£?\d[\d,]*(\.\d+)?%?$/.test(answer.trim())) return undefined;
  return Number(answer.replace(/[£,%]/g, ''));
}

/** Reads a date as printed or as ISO text; undefined when it does not exist. */
export const readDate = (answer: Answer) => (typeof answer === 'string' ? (readPrintedDate(answer) ?? parseLocalDate(answer)) : undefined);

/** Numbers and dates are the same however they are written: `£3,282,763` and 3282763, `31/03/17` and `2017-03-31`. */
export const sameAnswer = (left: Answer, right: Answer): boolean =>
  left === right || [readNumber, readDate].some((read) => read(left) !== undefined && read(left) === read(right));

const digits = String.raw`(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?`;

/** How a number may be written in a cell of its kind: 24 per cent is no count, and 94 pounds are no percentage. */
const writtenAs = {
  count: new RegExp(`^${digits}$`),
  number: new RegExp(`^${digits}$`),
  money: new RegExp(`^£?${digits}$`),
  percent: new RegExp(`^${digits}%?$`),
} as const;

/** The number in a cell of a kind; undefined when it is none, or is written as one of another kind. */
const readAs = (kind: keyof typeof writtenAs, answer: Answer): number | undefined =>
  typeof answer === 'string' && !writtenAs[kind].test(answer.trim()) ? undefined : readNumber(answer);

/** Pounds have pennies and no less: a third decimal is a mistake. */
const inPennies = (pounds: number): boolean => Math.abs(pounds * 100 - Math.round(pounds * 100)) < 1e-6;

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
    case 'count':
    case 'money':
    case 'number': {
      const { min, max } = template.limits.number;
      const number = readAs(input.kind, answer);
      const fits = number !== undefined && number >= min && number <= max;
      const kind = { count: 'a whole number', money: 'an amount in pounds', number: 'a number' }[input.kind];
      const exact =
        number !== undefined && (input.kind === 'count' ? Number.isInteger(number) : input.kind === 'number' || inPennies(number));
      return fits && exact ? undefined : `is not ${kind} from ${min.toLocaleString('en-GB')} to ${max.toLocaleString('en-GB')}`;
    }
    case 'percent': {
      const percent = readAs('percent', answer);
      return percent !== undefined && percent >= 0 && percent <= 100 ? undefined : 'is not a percentage from 0 to 100';
    }
    case 'text':
      if (typeof answer === 'string' && !isReadable(answer)) return 'holds control characters or halves of characters';
      return typeof answer === 'string' && answer.length <= input.maxLength
        ? undefined
        : `is not text of at most ${input.maxLength} characters`;
  }
}
