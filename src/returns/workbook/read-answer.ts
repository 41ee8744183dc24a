import { parseLocalDate } from '../../shared/clock.ts';
import { formatProblem, isReadable } from '../answer-format.ts';
import type { Question } from '../question.ts';
import type { Answer } from '../return.ts';
import type { AnswerInput, ReturnTemplate } from '../template.ts';
import type { NumberKind } from './number-formats.ts';
import type { CellProblemCode } from './refusals.ts';
import { type DateSystem, fromSerial } from './serial-date.ts';
import type { StoredCell } from './sheet-cells.ts';
import { dateAnswer, fifteenDigits } from './written-cell.ts';

export interface ReadingContext {
  readonly template: ReturnTemplate;
  readonly dates: DateSystem;
  /** Kind of each cell format of the workbook. */
  readonly formats: readonly NumberKind[];
}

export type ReadAnswer = { readonly answer: Answer } | { readonly problem: CellProblemCode };

const problem = (code: CellProblemCode): ReadAnswer => ({ problem: code });

/** What {@link formatProblem} found, by the kind of the cell. */
const misfits: Readonly<Record<AnswerInput['kind'], CellProblemCode>> = {
  text: 'CELL_TEXT_TOO_LONG',
  choice: 'CELL_NOT_AN_OPTION',
  date: 'CELL_DATE_INVALID',
  'date-or-live': 'CELL_DATE_INVALID',
  count: 'CELL_OUT_OF_RANGE',
  money: 'CELL_OUT_OF_RANGE',
  number: 'CELL_OUT_OF_RANGE',
  percent: 'CELL_OUT_OF_RANGE',
};

const plainNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

function readNumberCell(cell: StoredCell, percent: boolean, { formats }: ReadingContext): ReadAnswer {
  if (cell.type === 'text') return problem('CELL_NUMBER_AS_TEXT');
  if (cell.type !== 'number' || !plainNumber.test(cell.value)) return problem('CELL_NUMBER_INVALID');
  const number = Number(cell.value);
  if (formats[cell.style] === 'date') return problem('CELL_NUMBER_INVALID');
  if (!percent) return formats[cell.style] === 'percent' ? problem('CELL_NUMBER_INVALID') : { answer: fifteenDigits(number) };
  if (formats[cell.style] !== 'percent') return problem('CELL_PERCENT_AS_NUMBER');
  return { answer: fifteenDigits(number * 100) };
}

function readDateCell(cell: StoredCell, input: Extract<AnswerInput, { format: unknown }>, context: ReadingContext): ReadAnswer {
  if (cell.type === 'text') {
    return input.kind === 'date-or-live' && cell.value === 'Live' ? { answer: 'Live' } : problem('CELL_DATE_AS_TEXT');
  }
  if (cell.type === 'iso-date') {
    const date = parseLocalDate(cell.value.replace(/T00:00:00(\.0+)?Z?$/, ''));
    return date === undefined ? problem('CELL_DATE_INVALID') : { answer: dateAnswer(input, date) };
  }
  if (context.formats[cell.style] !== 'date') return problem('CELL_DATE_AS_NUMBER');
  const date = plainNumber.test(cell.value) ? fromSerial(Number(cell.value), context.dates) : undefined;
  if (date === undefined) return problem('CELL_DATE_INVALID');
  const answer = dateAnswer(input, date);
  // Two digits of a year are of this century (the template's): a date of another would come back as a different one.
  return input.format === 'DD/MM/YY' && !date.startsWith('20') ? problem('CELL_DATE_INVALID') : { answer };
}

function readTextCell(cell: StoredCell, input: AnswerInput): ReadAnswer {
  if (cell.type !== 'text') return problem(input.kind === 'choice' ? 'CELL_NOT_AN_OPTION' : 'CELL_NUMBER_IN_TEXT');
  return isReadable(cell.value) ? { answer: cell.value } : problem('CELL_TEXT_UNREADABLE');
}

/**
 * The answer in a cell, in the one form an answer has (`normalAnswer`), or what is wrong with the cell. Nothing is guessed: a
 * date typed as text stays a problem, even where only one date could be meant.
 */
export function readAnswer(question: Question, cell: StoredCell | undefined, context: ReadingContext): ReadAnswer {
  if (cell === undefined) return { answer: null };
  const { input } = question;
  if (cell.formula) return problem('CELL_FORMULA');
  if (cell.type === 'error') return problem('CELL_ERROR_VALUE');
  if (cell.type === 'truth') return problem('CELL_TRUTH_VALUE');
  if (cell.value === '') return { answer: null };
  const read =
    input.kind === 'text' || input.kind === 'choice'
      ? readTextCell(cell, input)
      : input.kind === 'date' || input.kind === 'date-or-live'
        ? readDateCell(cell, input, context)
        : readNumberCell(cell, input.kind === 'percent', context);
  if ('problem' in read) return read;
  return formatProblem(context.template, question, read.answer) === undefined ? read : problem(misfits[input.kind]);
}
