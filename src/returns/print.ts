import { readNumber } from './answer-format.ts';
import type { Answer } from './return.ts';
import type { AnswerInput } from './template.ts';

/** How a cell writes its value: the input of a question, or what a pre-populated cell shows. */
type Written = AnswerInput | { readonly shows: 'number' | 'money' | 'text'; readonly decimals: number };

const grouped = (value: number, fraction: { minimumFractionDigits?: number; maximumFractionDigits: number }): string =>
  value.toLocaleString('en-GB', fraction);

/** A value as the sheets print it: `24`, `£3,282,763`, `94%`, `13.3`. Rounded half up, grouped by thousands. Blank is ''. */
export function printAnswer(written: Written, answer: Answer): string {
  if (answer === null) return '';
  const kind = 'kind' in written ? written.kind : written.shows;
  const number = readNumber(answer);
  if (number === undefined) return String(answer);
  switch (kind) {
    case 'money':
      return `£${grouped(number, { maximumFractionDigits: 2, ...(Number.isInteger(number) ? {} : { minimumFractionDigits: 2 }) })}`;
    case 'percent':
      return `${number}%`;
    case 'count':
      return grouped(number, { maximumFractionDigits: 0 });
    case 'number': {
      const decimals = 'decimals' in written ? written.decimals : undefined;
      return grouped(
        number,
        decimals === undefined ? { maximumFractionDigits: 3 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals },
      );
    }
    default:
      return String(answer);
  }
}
