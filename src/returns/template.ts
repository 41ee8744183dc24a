import { z } from 'zod';

const cellId = z.string().regex(/^[a-z]+(\.[a-z0-9-]+)+$/);
const questionPattern = z
  .string()
  .regex(/^[a-z]+(\.[a-z0-9-]+)+(\.\{column\})?$/)
  .describe('Stable question id; {column} is replaced by the key of the column');
const isoDate = z.iso.date();

const inputSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), maxLength: z.int().positive().max(32_767) }),
  z.strictObject({ kind: z.literal('choice'), list: z.string().describe('Name of a drop-down list of this template') }),
  z.strictObject({ kind: z.literal('date'), format: z.enum(['DD/MM/YYYY', 'DD/MM/YY']) }),
  z.strictObject({ kind: z.literal('date-or-live'), format: z.enum(['DD/MM/YYYY', 'DD/MM/YY']) }),
  z.strictObject({ kind: z.literal('count') }).describe('A whole number within the limits of the template'),
  z.strictObject({ kind: z.literal('money') }).describe('Pounds within the limits of the template, to the penny'),
  z.strictObject({ kind: z.literal('number') }).describe('A number within the limits of the template, decimals allowed'),
  z.strictObject({ kind: z.literal('percent') }),
]);
export type AnswerInput = z.infer<typeof inputSchema>;

const conditionSchema = z
  .union([
    z.strictObject({
      question: cellId,
      in: z.array(z.string()).min(1),
      whenBlank: z.enum(['unknown', 'not-required']).optional().describe('What a blank deciding cell means; default unknown'),
    }),
    z.strictObject({ blank: cellId }),
    z.strictObject({ differ: z.array(z.tuple([cellId, cellId])).min(1) }),
  ])
  .describe('When the cell must be filled: another holds one of these answers, another is blank, or one of these pairs differs');
/** When a cell must be filled; a blank counts as answered otherwise. */
export type Condition = z.infer<typeof conditionSchema>;

const asked = {
  input: inputSchema,
  requiredWhen: conditionSchema.optional().describe('A blank counts as answered unless this holds'),
  counted: z.literal(false).optional().describe('Never counted among the questions, never owed'),
  countedWith: cellId.optional().describe('Counted as part of this question: both are answered, or neither counts'),
};
const questionCell = z.strictObject({ question: cellId, ...asked });

export const formulas = ['per-100000', 'population', 'sum', 'previous', 'given', 'remaining-characters'] as const;
const calculation = {
  calculated: cellId.describe('Pre-populated cell: shown, never asked, not counted among the questions'),
  formula: z
    .enum(formulas)
    .describe(
      'per-100000: of, over the population. sum: of all, when all are there. previous: the answer of an earlier template. given: what the national body filled in for the place. remaining-characters: of the text',
    ),
  of: z.union([cellId, z.array(cellId).min(1)]).optional(),
  from: z.array(z.string()).min(1).optional().describe('For previous: earlier templates, the one to prefer first'),
  shows: z.enum(['number', 'money', 'text']).optional().describe('Default number'),
  decimals: z.int().min(0).max(3).optional().describe('Default 0'),
};
const calculatedCell = z.strictObject(calculation);
const printedCell = z.strictObject({ printed: z.string().describe('Text of the national body in a cell, the same for every place') });

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
  z.strictObject({ text: z.string(), question: questionPattern, input: inputSchema.optional() }),
  z.strictObject({
    text: z.string(),
    cells: z.array(z.union([questionCell, calculatedCell, printedCell, z.null()])).describe('One cell for each column; null is no cell'),
  }),
]);

const formRow = z.union([
  z.strictObject({ text: z.string(), question: cellId, ...asked }),
  z.strictObject({ text: z.string(), ...calculation }),
  z.strictObject({ text: z.string(), printed: z.string() }),
]);

const checklistTable = z.strictObject({
  columns: z.array(z.string()).optional(),
  rows: z.array(z.strictObject({ text: z.string(), cells: z.array(z.union([cellId, z.null()])).min(1) })).min(1),
});

const blockSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('title'), text: z.string() }),
  z.strictObject({ kind: z.literal('place'), label: z.string() }),
  z.strictObject({ kind: z.literal('heading'), text: z.string() }),
  z.strictObject({ kind: z.literal('note'), text: z.string() }),
  z.strictObject({ kind: z.literal('paragraphs'), texts: z.array(z.string()).min(1) }).describe('Running text: definitions, guidance'),
  z
    .strictObject({ kind: z.literal('key'), input: z.string(), prepopulated: z.string(), irrelevant: z.string() })
    .describe('Cell colour key'),
  z.strictObject({ kind: z.literal('completion'), label: z.string() }).describe('Table of sections with the number of questions answered'),
  z
    .strictObject({
      kind: z.literal('checklist'),
      sections: z.array(z.strictObject({ heading: z.string(), sheet: z.string(), tables: z.array(checklistTable).min(1) })).min(1),
    })
    .describe("A computed 'Yes' or 'No' for each question of each section"),
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
export type ChecklistBlock = Extract<Block, { kind: 'checklist' }>;

const limitsSchema = z.strictObject({
  number: z.strictObject({ min: z.number(), max: z.number() }),
  text: z.int().positive().max(32_767),
});

/** The printed guidance restricts numbers to 0 to 100,000,000; a cell of the workbook holds 32,767 characters. */
export const usualLimits: z.infer<typeof limitsSchema> = { number: { min: 0, max: 100_000_000 }, text: 32_767 };

/** One quarter's return as data: sheets in printed order, exact texts, drop-downs in exact case, layout. */
export const returnTemplateSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string(),
  quarter: z.string(),
  period: z.strictObject({ from: isoDate, to: isoDate }).describe('First and last day of the quarter the return asks about'),
  due: isoDate.optional(),
  previous: z.string().optional().describe('Template of the quarter before'),
  source: z.string().describe('Where the texts come from: what is printed, what is taken from elsewhere, what is general knowledge'),
  repairs: z
    .array(z.strictObject({ where: z.string(), printed: z.string(), read: z.string(), reason: z.string() }))
    .default([])
    .describe('Words damaged or lost in the copy of the printed return, and how they are read here'),
  submission: z
    .strictObject({
      to: z.string(),
      fileName: z.string().describe('Name of the file to send; {place} is replaced by the name of the place'),
      time: z
        .string()
        .regex(/^\d\d:\d\d$/)
        .optional()
        .describe('Time of the due day, local'),
    })
    .optional(),
  limits: limitsSchema.default(usualLimits),
  sheetsPrinted: z
    .array(z.strictObject({ name: z.string(), questions: z.int().positive() }))
    .min(1)
    .describe('Every section of the national workbook with its number of questions'),
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
      given: z
        .record(z.string(), z.union([z.string(), z.number()]))
        .default({})
        .describe('What the national body filled in for this place, by calculated cell'),
    }),
  ),
  sheets: z.array(z.strictObject({ name: z.string(), source: z.string().optional(), blocks: z.array(blockSchema).min(1) })).min(1),
});
export type ReturnTemplate = z.infer<typeof returnTemplateSchema>;

export { type Calculation, calculationsOf, cellQuestion, type Question, questionsOf } from './question.ts';
