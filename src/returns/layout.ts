import { readNumber } from './answer-format.ts';
import { type ChecklistCell, checklistOf } from './checklist.ts';
import { isBlank, isRequired } from './completion.ts';
import { cellQuestion } from './question.ts';
import { type Answer, answersOf, type Return, valuesOf } from './return.ts';
import type { AnswerInput, Block, ChecklistBlock, Condition, GridBlock, ReturnTemplate } from './template.ts';

/**
 * One cell of the printed sheet. `input` is for the author, `prepopulated` is worked out, `irrelevant` need not be filled,
 * `yes` and `no` are the green and the red of the checklist.
 */
export interface SheetCell {
  readonly style: 'title' | 'heading' | 'note' | 'label' | 'column' | 'input' | 'prepopulated' | 'irrelevant' | 'yes' | 'no';
  readonly value: string | number | null;
  /** Number format of the workbook, for numbers. */
  readonly format?: string;
  readonly question?: string;
  readonly input?: AnswerInput;
  readonly options?: readonly string[];
  /** Id of a pre-populated cell. */
  readonly calculated?: string;
}

export type SheetRow = readonly (SheetCell | null)[];

const row = (...cells: (SheetCell | null)[]): SheetRow => cells;
const say = (style: SheetCell['style'], value: string): SheetCell => ({ style, value });
const decimalFormat = (decimals: number): string => (decimals === 0 ? '#,##0' : `#,##0.${'0'.repeat(decimals)}`);

/** Amounts and percentages are numbers with a format, so that the workbook can calculate with them. */
function cellValue(input: AnswerInput, answer: Answer): Pick<SheetCell, 'value' | 'format'> {
  const numeric = input.kind === 'count' || input.kind === 'money' || input.kind === 'number' || input.kind === 'percent';
  const number = numeric ? readNumber(answer) : undefined;
  if (number === undefined) return { value: answer };
  if (input.kind === 'percent') return { value: number / 100, format: Number.isInteger(number) ? '0%' : '0.0%' };
  const format = Number.isInteger(number) ? '#,##0' : '#,##0.00';
  return { value: number, format: input.kind === 'money' ? `"£"${format}` : format };
}

interface Printing {
  readonly template: ReturnTemplate;
  readonly document: Return;
  readonly answer: (question: string) => Answer;
  /** Every cell, asked or pre-populated. */
  readonly value: (cell: string) => Answer;
}

interface Asked {
  readonly question: string;
  readonly input: AnswerInput;
  readonly requiredWhen?: Condition | undefined;
}

function inputCell({ template, answer, value }: Printing, { question, input, requiredWhen }: Asked): SheetCell {
  const options = input.kind === 'choice' ? template.lists[input.list]?.options : undefined;
  const needless = requiredWhen !== undefined && isRequired(requiredWhen, value) === false && isBlank(answer(question));
  return { style: needless ? 'irrelevant' : 'input', ...cellValue(input, answer(question)), question, input, ...(options && { options }) };
}

type Calculated = { calculated: string; shows?: 'number' | 'money' | 'text' | undefined; decimals?: number | undefined };

function calculatedCell({ value }: Printing, { calculated, shows = 'number', decimals = 0 }: Calculated): SheetCell {
  const found = value(calculated);
  const number = shows === 'text' ? undefined : readNumber(found);
  const format = shows === 'money' ? `"£"${decimalFormat(decimals)}` : decimalFormat(decimals);
  return { style: 'prepopulated', calculated, ...(number === undefined ? { value: found } : { value: number, format }) };
}

type AnyCell = Asked | Calculated | { printed: string } | null;

function printedCell(printing: Printing, cell: AnyCell): SheetCell | null {
  if (cell === null) return null;
  if ('question' in cell) return inputCell(printing, cell);
  if ('calculated' in cell) return calculatedCell(printing, cell);
  return say('prepopulated', cell.printed);
}

function gridRows(printing: Printing, block: GridBlock): SheetRow[] {
  const body = block.rows.map((line) => {
    if ('heading' in line) return row(say('heading', line.heading));
    if ('cells' in line) return row(say('label', line.text), ...line.cells.map((cell) => printedCell(printing, cell)));
    const cells = block.columns.map((column): SheetCell | null => {
      if (column.previous !== undefined) {
        const earlier = printing.document.previous[column.previous]?.[cellQuestion(line.question, 'answer')];
        return { style: 'prepopulated', value: earlier ?? null };
      }
      const input = column.input ?? line.input;
      if (input === undefined) return null;
      const required = column.requiredWhen;
      const requiredWhen = required && { question: cellQuestion(line.question, required.column), in: required.in };
      return inputCell(printing, { question: cellQuestion(line.question, column.key), input, requiredWhen });
    });
    return row(say('label', line.text), ...cells);
  });
  const heading = row(
    block.corner === undefined ? null : say('column', block.corner),
    ...block.columns.map(({ label }) => say('column', label)),
  );
  return [...(block.prompt === undefined ? [] : [row(say('note', block.prompt)), row()]), heading, ...body, row()];
}

const verdict = (complete: boolean): SheetCell => (complete ? say('yes', 'Yes') : say('no', 'No'));

function completionRows({ template, document }: Printing, label: string): SheetRow[] {
  const sections = template.sheetsPrinted.map(({ name }, index) => {
    const count = document.counts[name];
    const complete = count !== undefined && count.answered === count.total;
    return row(say('label', `${index + 1}. ${name}`), { style: complete ? 'yes' : 'no', value: count?.answered ?? null });
  });
  return [row(null, say('column', label)), ...sections, row()];
}

function checklistRows({ document, template }: Printing, block: ChecklistBlock): SheetRow[] {
  const mark = (cell: ChecklistCell): SheetCell | null => (cell === null ? null : verdict(cell.complete));
  return checklistOf(document, template)
    .filter(({ sheet }) => block.sections.some((section) => section.sheet === sheet))
    .flatMap(({ heading, tables }) => [
      row(say('heading', heading)),
      ...tables.flatMap(({ columns, rows }) => [
        ...(columns.length === 0 ? [] : [row(null, ...columns.map((column) => say('column', column)))]),
        ...rows.map(({ text, cells }) => row(say('label', text), ...cells.map(mark))),
      ]),
      row(),
    ]);
}

function blockRows(printing: Printing, block: Block): SheetRow[] {
  switch (block.kind) {
    case 'title':
    case 'heading':
      return [row(say(block.kind, block.text)), row()];
    case 'note':
      return [row(say('note', block.text)), row()];
    case 'paragraphs':
      return [...block.texts.map((text) => row(say('label', text))), row()];
    case 'key':
      return [
        row(say('input', block.input)),
        row(say('prepopulated', block.prepopulated)),
        row(say('irrelevant', block.irrelevant)),
        row(),
      ];
    case 'place':
      return [row(say('label', block.label), { style: 'prepopulated', value: printing.document.placeName }), row()];
    case 'completion':
      return completionRows(printing, block.label);
    case 'checklist':
      return checklistRows(printing, block);
    case 'grid':
      return gridRows(printing, block);
    case 'form':
      return [...block.rows.map((line) => row(say('label', line.text), printedCell(printing, line))), row()];
  }
}

/** The sheets of a filled return in printed order and layout: rows of cells, first column first. */
export function layOut(document: Return, template: ReturnTemplate): { readonly name: string; readonly rows: readonly SheetRow[] }[] {
  const cells = answersOf(document);
  const values = valuesOf(document);
  const printing: Printing = {
    template,
    document,
    answer: (question) => cells.get(question)?.answer ?? null,
    value: (cell) => values.get(cell) ?? null,
  };
  const warning = document.note === null ? [] : [row(say('heading', document.note)), row()];
  return template.sheets.map(({ name, blocks }) => ({
    name,
    rows: [...warning, ...blocks.flatMap((block) => blockRows(printing, block))],
  }));
}

/** Address of a cell, as spreadsheets name it: column A is 0, row 1 is 0. Returns have fewer than 26 columns. */
export const cellAddress = (rowIndex: number, columnIndex: number): string => `${String.fromCharCode(65 + columnIndex)}${rowIndex + 1}`;
