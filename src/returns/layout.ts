import { readNumber } from './answer-format.ts';
import { type Answer, answersOf, type Return } from './return.ts';
import { type AnswerInput, type Block, cellQuestion, type GridBlock, type ReturnTemplate } from './template.ts';

/**
 * One cell of the printed sheet. `input` is for the author, `prepopulated` is worked out, `irrelevant` need not be filled;
 * `yes` and `no` are validation cells, green and red in the workbook.
 */
export interface SheetCell {
  readonly style: 'title' | 'heading' | 'note' | 'label' | 'column' | 'input' | 'prepopulated' | 'irrelevant' | 'yes' | 'no';
  readonly value: string | number | null;
  /** Number format of the workbook, for numbers. */
  readonly format?: string;
  readonly question?: string;
  readonly options?: readonly string[];
}

export type SheetRow = readonly (SheetCell | null)[];

const row = (...cells: (SheetCell | null)[]): SheetRow => cells;
const say = (style: SheetCell['style'], value: string): SheetCell => ({ style, value });

/** A percentage is a number with a percent format, so that the workbook can calculate with it. */
function cellValue(input: AnswerInput, answer: Answer): Pick<SheetCell, 'value' | 'format'> {
  const number = input.kind === 'count' || input.kind === 'percent' ? readNumber(answer) : undefined;
  if (number === undefined) return { value: answer };
  if (input.kind === 'count') return { value: number, format: '#,##0' };
  return { value: number / 100, format: Number.isInteger(number) ? '0%' : '0.0%' };
}

interface Printing {
  readonly template: ReturnTemplate;
  readonly document: Return;
  readonly answer: (question: string) => Answer;
}

function inputCell({ template, answer }: Printing, question: string, input: AnswerInput): SheetCell {
  const options = input.kind === 'choice' ? template.lists[input.list]?.options : undefined;
  return { style: 'input', ...cellValue(input, answer(question)), question, ...(options && { options }) };
}

function gridRows(printing: Printing, block: GridBlock): SheetRow[] {
  const { document, answer } = printing;
  const body = block.rows.map((line) => {
    if ('heading' in line) return row(say('heading', line.heading));
    const cells = block.columns.map((column): SheetCell | null => {
      if (column.previous !== undefined) {
        const earlier = document.previous[column.previous]?.[cellQuestion(line.question, 'answer')];
        return { style: 'prepopulated', value: earlier ?? null };
      }
      const input = column.input ?? line.input;
      if (input === undefined) return null;
      const cell = inputCell(printing, cellQuestion(line.question, column.key), input);
      const required = column.requiredWhen;
      const deciding = required && answer(cellQuestion(line.question, required.column));
      const needless = required !== undefined && typeof deciding === 'string' && !required.in.includes(deciding);
      return needless && cell.value === null ? { ...cell, style: 'irrelevant' } : cell;
    });
    return row(say('label', line.text), ...cells);
  });
  const heading = row(
    block.corner === undefined ? null : say('column', block.corner),
    ...block.columns.map(({ label }) => say('column', label)),
  );
  return [...(block.prompt === undefined ? [] : [row(say('note', block.prompt)), row()]), heading, ...body, row()];
}

function completionRows({ template, document }: Printing, label: string): SheetRow[] {
  const sections = template.sheetsPrinted.map(({ name }, index) => {
    const count = document.counts[name];
    const complete = count !== undefined && count.answered === count.total;
    return row(
      say('label', `${index + 1}. ${name}`),
      { style: 'prepopulated', value: count?.answered ?? null },
      say('note', count === undefined ? 'Not in this form: fill it in the national workbook' : complete ? 'Yes' : 'No'),
    );
  });
  return [row(null, say('column', label)), ...sections, row()];
}

function blockRows(printing: Printing, block: Block): SheetRow[] {
  switch (block.kind) {
    case 'title':
    case 'heading':
      return [row(say(block.kind, block.text)), row()];
    case 'note':
      return [row(say('note', block.text)), row()];
    case 'place':
      return [row(say('label', block.label), { style: 'prepopulated', value: printing.document.placeName }), row()];
    case 'completion':
      return completionRows(printing, block.label);
    case 'grid':
      return gridRows(printing, block);
    case 'form': {
      const calculated = new Map(printing.document.sheets.flatMap((sheet) => sheet.calculated).map((cell) => [cell.id, cell]));
      const lines = block.rows.map((line) => {
        if ('question' in line) return row(say('label', line.text), inputCell(printing, line.question, line.input));
        const format = line.decimals === 0 ? '#,##0' : `#,##0.${'0'.repeat(line.decimals)}`;
        return row(say('label', line.text), { style: 'prepopulated', value: calculated.get(line.calculated)?.value ?? null, format });
      });
      return [...lines, row()];
    }
  }
}

/** The sheets of a filled return in printed order and layout: rows of cells, first column first. */
export function layOut(document: Return, template: ReturnTemplate): { readonly name: string; readonly rows: readonly SheetRow[] }[] {
  const cells = answersOf(document);
  const printing: Printing = { template, document, answer: (question) => cells.get(question)?.answer ?? null };
  const warning = document.note === null ? [] : [row(say('heading', document.note)), row()];
  return template.sheets.map(({ name, blocks }) => ({
    name,
    rows: [...warning, ...blocks.flatMap((block) => blockRows(printing, block))],
  }));
}

/** Address of a cell, as spreadsheets name it: column A is 0, row 1 is 0. Returns have fewer than 26 columns. */
export const cellAddress = (rowIndex: number, columnIndex: number): string => `${String.fromCharCode(65 + columnIndex)}${rowIndex + 1}`;
