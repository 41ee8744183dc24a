import { z } from 'zod';

const questionId = z
  .string()
  .regex(/^[a-z]+(\.[a-z0-9-]+)+(\.\{column\})?$/)
  .describe('Stable question id; {column} is replaced by the key of the column');
const isoDate = z.iso.date();

const inputSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), maxLength: z.int().positive().max(32_767) }),
  z.strictObject({ kind: z.literal('choice'), list: z.string().describe('Name of a drop-down list of this template') }),
  z.strictObject({ kind: z.literal('date'), format: z.enum(['DD/MM/YYYY', 'DD/MM/YY']) }),
  z.strictObject({ kind: z.literal('date-or-live'), format: z.enum(['DD/MM/YYYY', 'DD/MM/YY']) }),
  z.strictObject({ kind: z.literal('count') }).describe('A number from 0 to 100,000,000: the limit the printed guidance gives'),
  z.strictObject({ kind: z.literal('percent') }),
]);
export type AnswerInput = z.infer<typeof inputSchema>;

const gridColumn = z.strictObject({
  key: z.string(),
  label: z.string(),
  input: inputSchema.optional().describe('When the cells of a column, not of a row, share an input'),
  previous: z.string().optional().describe('Pre-populated with the answer of this earlier template'),
  requiredWhen: z
    .strictObject({ column: z.string(), in: z.array(z.string()).min(1) })
    .optional()
    .describe('A blank counts as answered unless another column of the row holds one of these'),
});

const gridRow = z.union([
  z.strictObject({ heading: z.string() }),
  z.strictObject({ text: z.string(), question: questionId, input: inputSchema.optional() }),
]);

const formRow = z.union([
  z.strictObject({ text: z.string(), question: questionId, input: inputSchema }),
  z.strictObject({
    text: z.string(),
    calculated: questionId.describe('Pre-populated cell: shown, never asked, not counted among the questions'),
    formula: z.enum(['per-100000', 'population']),
    of: z.string().optional(),
    decimals: z.int().min(0).max(3),
  }),
]);

const blockSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('title'), text: z.string() }),
  z.strictObject({ kind: z.literal('place'), label: z.string() }),
  z.strictObject({ kind: z.literal('heading'), text: z.string() }),
  z.strictObject({ kind: z.literal('note'), text: z.string() }),
  z.strictObject({ kind: z.literal('completion'), label: z.string() }).describe('Table of sections with the number of questions answered'),
  z.strictObject({ kind: z.literal('form'), rows: z.array(formRow).min(1) }),
  z.strictObject({
    kind: z.literal('grid'),
    prompt: z.string().optional(),
    corner: z.string().optional(),
    columns: z.array(gridColumn).min(1),
    rows: z.array(gridRow).min(1),
  }),
]);
export type Block = z.infer<typeof blockSchema>;
export type GridBlock = Extract<Block, { kind: 'grid' }>;

/** One quarter's return as data: sheets in printed order, exact texts, drop-downs in exact case, layout. */
export const returnTemplateSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string(),
  quarter: z.string(),
  period: z.strictObject({ from: isoDate, to: isoDate }).describe('First and last day of the quarter the return asks about'),
  due: isoDate.optional(),
  previous: z.string().optional().describe('Template of the quarter before'),
  source: z.string(),
  sheetsPrinted: z
    .array(z.strictObject({ name: z.string(), questions: z.int().positive() }))
    .min(1)
    .describe('Every section of the national workbook with its number of questions; `sheets` may hold fewer'),
  lists: z.record(
    z.string(),
    z.strictObject({
      options: z.array(z.string()).min(1),
      notSeenInPrint: z.array(z.string()).describe('Options nobody chose in the printed returns: check against the national workbook'),
    }),
  ),
  places: z.record(
    z.string(),
    z.strictObject({
      name: z.string(),
      population: z.strictObject({ value: z.int().positive(), basis: z.string(), source: z.string() }),
    }),
  ),
  sheets: z.array(z.strictObject({ name: z.string(), blocks: z.array(blockSchema).min(1) })).min(1),
});
export type ReturnTemplate = z.infer<typeof returnTemplateSchema>;

/** One cell to be answered. */
export interface Question {
  readonly id: string;
  readonly sheet: string;
  /** Printed text; a cell of a grid adds its column heading after a dash. */
  readonly text: string;
  readonly input: AnswerInput;
  readonly requiredWhen?: { readonly question: string; readonly in: readonly string[] };
}

/** A pre-populated cell that is worked out, not asked. */
export interface Calculation {
  readonly id: string;
  readonly sheet: string;
  readonly text: string;
  readonly formula: 'per-100000' | 'population';
  readonly of?: string;
  readonly decimals: number;
}

export const cellQuestion = (pattern: string, column: string): string => pattern.replace('{column}', column);

function* gridQuestions(sheet: string, block: GridBlock): Generator<Question> {
  for (const row of block.rows) {
    if ('heading' in row) continue;
    for (const column of block.columns) {
      const input = column.input ?? row.input;
      if (column.previous !== undefined || input === undefined) continue;
      const required = column.requiredWhen;
      yield {
        id: cellQuestion(row.question, column.key),
        sheet,
        text: `${row.text} – ${column.label}`,
        input,
        ...(required && { requiredWhen: { question: cellQuestion(row.question, required.column), in: required.in } }),
      };
    }
  }
}

/** Every question of the template in printed order. */
export function questionsOf(template: ReturnTemplate): Question[] {
  return template.sheets.flatMap(({ name, blocks }) =>
    blocks.flatMap((block) => {
      if (block.kind === 'grid') return [...gridQuestions(name, block)];
      if (block.kind !== 'form') return [];
      return block.rows.flatMap((row) => ('question' in row ? [{ id: row.question, sheet: name, text: row.text, input: row.input }] : []));
    }),
  );
}

/** Every pre-populated cell of the template in printed order. */
export function calculationsOf(template: ReturnTemplate): Calculation[] {
  return template.sheets.flatMap(({ name, blocks }) =>
    blocks.flatMap((block) =>
      block.kind !== 'form'
        ? []
        : block.rows.flatMap((row) => {
            if (!('calculated' in row)) return [];
            const { calculated: id, text, formula, decimals } = row;
            return [{ id, sheet: name, text, formula, decimals, ...(row.of !== undefined && { of: row.of }) }];
          }),
    ),
  );
}

/** What the schema cannot say: lists that are named but missing, ids used twice, conditions on nothing. */
export function templateProblems(template: ReturnTemplate): string[] {
  const questions = questionsOf(template);
  const ids = new Set(questions.map((q) => q.id));
  const problems: string[] = [];
  if (ids.size !== questions.length) problems.push(`${template.id}: a question id is used twice`);
  for (const { id, input, requiredWhen } of questions) {
    if (input.kind === 'choice' && template.lists[input.list] === undefined) {
      problems.push(`${template.id}: question ${id} names the list ${input.list}, which the template lacks`);
    }
    if (requiredWhen && !ids.has(requiredWhen.question))
      problems.push(`${template.id}: question ${id} depends on a question that is not there`);
  }
  for (const { id, of } of calculationsOf(template)) {
    if (of !== undefined && !ids.has(of)) problems.push(`${template.id}: calculation ${id} rests on a question that is not there`);
  }
  for (const { name } of template.sheets) {
    const printed = template.sheetsPrinted.find((s) => s.name === name)?.questions;
    const count = questions.filter((q) => q.sheet === name).length;
    if (printed !== count) problems.push(`${template.id}: sheet ${name} holds ${count} questions, printed ${printed ?? 'nowhere'}`);
  }
  if (template.period.to < template.period.from) problems.push(`${template.id}: the period ends before it begins`);
  return problems;
}
