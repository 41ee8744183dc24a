import { z } from 'zod';
import { sourceIds } from './source-ids.ts';

const text = z.string().trim().min(1).max(2000);
const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens')
  .max(80);

const column = z.strictObject({
  column: id.describe('Column of the source; `haven return report sources` lists them'),
  heading: text.optional().describe("Default: the source's own"),
});

const table = z.strictObject({
  caption: text,
  source: z.enum(sourceIds).describe('Where the figures come from; `haven return report sources` says what each knows'),
  rows: z
    .array(z.string().min(1).max(200))
    .min(1)
    .optional()
    .describe('Keys of the rows wanted, in this order; default all, in the order of the source'),
  tagged: id.optional().describe('Only rows with this tag, e.g. section-251'),
  columns: z.array(column).min(1).optional().describe('Default: every column of the source'),
  each: z.literal('quarter').optional().describe('The columns once for each quarter of the period: figures over time'),
  none: text.describe('What is said when there is no row'),
});
export type ReportTable = z.infer<typeof table>;

const question = z.strictObject({
  id,
  text,
  options: z.array(text).min(2).optional().describe('The only answers taken'),
});
export type ReportQuestion = z.infer<typeof question>;

const section = z.strictObject({
  heading: text,
  text: z.array(text).default([]),
  tables: z.array(table).default([]),
  questions: z.array(question).default([]).describe('What only people can say: declared like the answers of a return'),
});

/** Which days a report is about: the last one is in it. */
const period = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('quarter') }),
  z.strictObject({
    kind: z.literal('quarter-before').describe('The last quarter that has ended: counts of an open one are not complete'),
  }),
  z.strictObject({ kind: z.literal('quarters'), count: z.int().min(2).max(12).describe('This quarter and those before it') }),
  z.strictObject({ kind: z.literal('calendar-year') }),
  z.strictObject({ kind: z.literal('financial-year').describe('1 April to 31 March') }),
]);
export type ReportPeriod = z.infer<typeof period>;

/** A report as a file, `config/returns/reports/<id>.json`: known observations put together anew, without code. */
export const reportTemplateSchema = z.strictObject({
  $schema: z.string().optional(),
  id,
  title: text,
  about: text.describe('What the report is for, and who reads it'),
  source: text.describe('The duty or the paper that asks for it'),
  period: period.describe('The period when none is given'),
  sections: z.array(section).min(1),
  cannotKnow: z
    .array(text)
    .default([])
    .describe('What the gateway cannot know about this subject whatever the data: stated in every report'),
});
export type ReportTemplate = z.infer<typeof reportTemplateSchema>;

/**
 * JSON Schema (2020-12) of a report template, published in docs/generated/report-template.schema.json, so that an editor
 * checks a report while it is typed.
 */
export const reportTemplateJsonSchemaText = (): string => {
  const schema = z.toJSONSchema(reportTemplateSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ ...schema, title: 'Haven Gateway report template' }, null, 2)}\n`;
};
