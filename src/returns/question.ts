import type { AnswerInput, Condition, formulas, GridBlock, ReturnTemplate } from './template.ts';

/** One cell to be answered. */
export interface Question {
  readonly id: string;
  readonly sheet: string;
  /** Printed text; a cell of a grid adds its column heading after a dash. */
  readonly text: string;
  readonly input: AnswerInput;
  readonly requiredWhen?: Condition;
  /** False for a cell that the print does not count by itself: a comment box, or the second half of a question. */
  readonly counted: boolean;
  /** The question that is counted with this one. */
  readonly countedWith?: string;
}

/** A pre-populated cell that is worked out or filled in nationally, not asked. */
export interface Calculation {
  readonly id: string;
  readonly sheet: string;
  readonly text: string;
  readonly formula: (typeof formulas)[number];
  readonly of: readonly string[];
  readonly from: readonly string[];
  readonly shows: 'number' | 'money' | 'text';
  readonly decimals: number;
}

export type TemplateCell = { readonly question: Question } | { readonly calculation: Calculation };

export const cellQuestion = (pattern: string, column: string): string => pattern.replace('{column}', column);

type FormRow = Extract<ReturnTemplate['sheets'][number]['blocks'][number], { kind: 'form' }>['rows'][number];
type CellsRow = Extract<GridBlock['rows'][number], { cells: unknown }>;
type Defined = FormRow | NonNullable<CellsRow['cells'][number]>;

function* cellOf(sheet: string, text: string, cell: Defined): Generator<TemplateCell> {
  if ('question' in cell) {
    const { question: id, input, requiredWhen, counted, countedWith } = cell;
    const alone = counted === undefined && countedWith === undefined;
    const question = { id, sheet, text, input, ...(requiredWhen && { requiredWhen }), counted: alone, ...(countedWith && { countedWith }) };
    yield { question };
  } else if ('calculated' in cell) {
    const { calculated: id, formula, of = [], from = [], shows = 'number', decimals = 0 } = cell;
    yield { calculation: { id, sheet, text, formula, of: typeof of === 'string' ? [of] : of, from, shows, decimals } };
  }
}

function* gridCells(sheet: string, block: GridBlock): Generator<TemplateCell> {
  for (const row of block.rows) {
    if ('heading' in row) continue;
    for (const [index, column] of block.columns.entries()) {
      const text = `${row.text} – ${column.label}`;
      if ('cells' in row) {
        const cell = row.cells[index] ?? null;
        if (cell !== null) yield* cellOf(sheet, text, cell);
        continue;
      }
      const input = column.input ?? row.input;
      if (column.previous !== undefined || input === undefined) continue;
      const required = column.requiredWhen;
      const requiredWhen = required && { question: cellQuestion(row.question, required.column), in: required.in };
      yield {
        question: { id: cellQuestion(row.question, column.key), sheet, text, input, ...(requiredWhen && { requiredWhen }), counted: true },
      };
    }
  }
}

/** Every cell of the template that holds an answer or a calculation, in printed order. */
export const cellsOf = (template: ReturnTemplate): TemplateCell[] =>
  template.sheets.flatMap(({ name, blocks }) =>
    blocks.flatMap((block) => {
      if (block.kind === 'grid') return [...gridCells(name, block)];
      return block.kind === 'form' ? block.rows.flatMap((row) => [...cellOf(name, row.text, row)]) : [];
    }),
  );

/** Every question of the template in printed order, also those the print does not count. */
export const questionsOf = (template: ReturnTemplate): Question[] =>
  cellsOf(template).flatMap((cell) => ('question' in cell ? [cell.question] : []));

/** Every pre-populated cell of the template in printed order. */
export const calculationsOf = (template: ReturnTemplate): Calculation[] =>
  cellsOf(template).flatMap((cell) => ('calculation' in cell ? [cell.calculation] : []));
