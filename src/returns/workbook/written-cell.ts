import type { LocalDate } from '../../shared/clock.ts';
import { readDate, readNumber } from '../answer-format.ts';
import { printDate } from '../period.ts';
import type { Answer } from '../return.ts';
import type { AnswerInput } from '../template.ts';
import { toSerial } from './serial-date.ts';

/** What a cell of the workbook holds, and how the workbook shows it. */
export interface WrittenCell {
  readonly value: string | number | null;
  readonly format?: string;
}

/** A spreadsheet keeps 15 digits of a number; so does an answer, or it would differ from itself when it comes back. */
export const fifteenDigits = (value: number): number => Number(value.toPrecision(15));

const decimalsOf = (value: number): number => /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;
const dateFormats = { 'DD/MM/YYYY': 'dd/mm/yyyy', 'DD/MM/YY': 'dd/mm/yy' } as const;

function numberFormat(input: AnswerInput, value: number | undefined): string | undefined {
  const whole = value === undefined || Number.isInteger(value);
  switch (input.kind) {
    case 'count':
      return '#,##0';
    case 'money':
      return whole ? '"£"#,##0' : '"£"#,##0.00';
    case 'percent':
      return `0${value === undefined || whole ? '' : `.${'0'.repeat(Math.min(decimalsOf(fifteenDigits(value)), 4))}`}%`;
    case 'number':
      return whole ? '#,##0' : `#,##0.${'0'.repeat(Math.min(decimalsOf(value), 4))}`;
    case 'date':
    case 'date-or-live':
      return dateFormats[input.format];
    case 'text':
      // Text, so that a telephone number typed into it keeps its nought.
      return '@';
    case 'choice':
      return undefined;
  }
}

/**
 * An answer as its cell: dates as days that can be counted with, percentages as fractions, numbers as numbers. What does not
 * read as its kind is written as it stands, for a person to correct; reading it back reports it.
 */
export function writeCell(input: AnswerInput, answer: Answer): WrittenCell {
  const given = answer === '' ? null : answer;
  const withFormat = (value: string | number | null, format: string | undefined): WrittenCell => ({
    value,
    ...(format !== undefined && { format }),
  });
  switch (input.kind) {
    case 'text':
    case 'choice':
      return withFormat(given, numberFormat(input, undefined));
    case 'date':
    case 'date-or-live': {
      const date = readDate(given);
      return withFormat((date && toSerial(date)) ?? given, numberFormat(input, undefined));
    }
    default: {
      const number = readNumber(given);
      if (number === undefined) return withFormat(given, numberFormat(input, undefined));
      return withFormat(input.kind === 'percent' ? fifteenDigits(number) / 100 : fifteenDigits(number), numberFormat(input, number));
    }
  }
}

/** A date in the form its cell prints. */
export const dateAnswer = (input: Extract<AnswerInput, { format: unknown }>, date: LocalDate): string => printDate(date, input.format);

/** The one form of an answer: what reading its cell gives back. `'94%'` is 94, `'2017-03-31'` is `'31/03/17'`, an empty text is nothing. */
export function normalAnswer(input: AnswerInput, answer: Answer): Answer {
  if (answer === null || answer === '') return null;
  if (input.kind === 'text' || input.kind === 'choice') return answer;
  if (input.kind === 'date' || input.kind === 'date-or-live') {
    const date = readDate(answer);
    return date === undefined ? answer : dateAnswer(input, date);
  }
  const number = readNumber(answer);
  return number === undefined ? answer : fifteenDigits(number);
}
