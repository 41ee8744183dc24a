import type { SheetCell } from '../layout.ts';
import type { AnswerInput } from '../template.ts';
import type { WrittenCell } from './written-cell.ts';

/** What decides how wide a column and how high a row must be. */
export interface ShapedCell {
  readonly cell: SheetCell;
  readonly written: WrittenCell;
  readonly answer?: { readonly input: AnswerInput };
}
export type ShapedRow = readonly (ShapedCell | null)[];

/** Heights are given because not every program works them out for a file it did not write. Points; 409 is the most a row can have. */
const line = 13.5;
const highest = 405;
const factors: Partial<Record<SheetCell['style'], number>> = { title: 1.7, heading: 1.25, column: 1.12 };

/** A cell for prose: a comment, an explanation, the narrative. */
export const isProse = (one: ShapedCell | null | undefined): boolean =>
  one?.answer?.input.kind === 'text' && one.answer.input.maxLength > 1000;

/** Cells in a row of their own that run over the whole width: titles, notes, running text. */
export const isAlone = (row: ShapedRow): boolean => {
  const [first, ...others] = row;
  return (
    first != null &&
    first.answer === undefined &&
    others.every((one) => one === null) &&
    !['input', 'prepopulated', 'irrelevant', 'column'].includes(first.cell.style)
  );
};

/** Widths in characters: the fewer the columns, the wider; a column of comments is wider than one of ticks. */
export function columnWidths(rows: readonly ShapedRow[]): number[] {
  const count = Math.max(...rows.map((row) => row.length), 2);
  const narrow = count <= 2 ? 64 : count <= 4 ? 32 : 19;
  return Array.from({ length: count }, (_, column) => {
    if (column === 0) return 60;
    return count > 2 && rows.some((row) => isProse(row[column])) ? Math.max(narrow, 44) : narrow;
  });
}

/** Lines a text takes in a width, broken at its own line ends. An estimate: nothing can measure it before it is shown. */
export const linesIn = (text: string, width: number): number =>
  text.split(/\r\n|\r|\n/).reduce((lines, part) => lines + Math.max(1, Math.ceil((part.length * 1.04) / Math.max(1, width - 1))), 0);

/** Height of a row in points; undefined where one line is enough. */
export function rowHeight(row: ShapedRow, widths: readonly number[]): number | undefined {
  const whole = widths.reduce((sum, width) => sum + width, 0);
  const heights = row.map((one, column) => {
    if (one === null || typeof one.written.value !== 'string') return 0;
    const factor = factors[one.cell.style] ?? 1;
    const width = isAlone(row) ? whole : (widths[column] ?? 0);
    const lines = linesIn(one.written.value, width / factor);
    return lines * line * Math.max(1, factor);
  });
  const height = Math.max(0, ...heights);
  return height <= line ? undefined : Math.min(highest, Math.round(height * 10) / 10 + 3);
}
