import { z } from 'zod';
import { settings } from '../shared/settings.ts';

/** What a column means to the black box. A column without a role is an attribute or is dropped. */
export const columnRoles = [
  'nhs-number',
  'nhs-number-status',
  'superseded-by-nhs-number',
  'local-patient-id',
  'birth-date',
  'death-date',
  'sex',
  'ethnic-category',
  'postcode',
  'practice',
  'registered-from',
  'source-id',
  'source-timestamp',
  'free-text',
  'identifier',
] as const;

export const columnTypes = [
  'text',
  'code',
  'integer',
  'decimal',
  'money',
  'date',
  'date-time',
  'time',
  'boolean',
  'nhs-number',
  'postcode',
  'organisation',
] as const;

const columnSchema = z.strictObject({
  name: z.string().min(1).max(200).describe('The official field name, exactly as the header prints it'),
  aliases: z.array(z.string().min(1)).default([]).describe('Other headers that mean the same column'),
  type: z.enum(columnTypes),
  role: z.enum(columnRoles).optional(),
  required: z.boolean().default(false).describe('An empty value quarantines the row'),
  mustBePresent: z.boolean().default(false).describe('A header without this column refuses the whole delivery'),
  codeList: z.string().optional().describe('Id of a list under config/code-lists; a value outside it is reported'),
  onUnknownCode: z.enum(['warn', 'quarantine']).default('warn'),
  pattern: z
    .string()
    .max(500)
    .optional()
    .describe(
      'What a value of a code or text column without a code list looks like (a regular expression, from ^ to $); another is left out with a warning, because it may be a name',
    ),
  formats: z
    .array(
      z.enum([
        'YYYY-MM-DD',
        'DD/MM/YYYY',
        'YYYYMMDD',
        'MMYYYY',
        'YYYY-MM-DD HH:mm:ss',
        'YYYY-MM-DDTHH:mm:ss',
        'DD/MM/YYYY HH:mm',
        'YYYY-MM-DD HH:mm',
        'HH:mm',
        'HH:mm:ss',
      ]),
    )
    .optional()
    .describe('Accepted date or time layouts, first match wins; ISO layouts when absent'),
  nullValues: z.array(z.string()).optional().describe('Values that mean nothing was recorded'),
  maxLength: z.int().positive().max(32_767).default(255),
  map: z.record(z.string(), z.string()).optional().describe('Local value → national value, applied before checks'),
  source: z.string().optional().describe('Where the field is defined'),
});

const columnName = z.string().min(1);

/** How one row becomes one event of the person. */
const eventMappingSchema = z.strictObject({
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .describe('Kind of event, e.g. admission, attendance, contact, demographics'),
  kindFrom: z
    .strictObject({ column: columnName, values: z.record(z.string(), z.string()) })
    .optional()
    .describe('Kind by the value of a column; `kind` when none matches'),
  start: z.array(columnName).max(2).default([]).describe('Column of the start, or date and time columns; none for demographics'),
  end: z.array(columnName).max(2).default([]),
  ready: columnName.optional().describe('Discharge ready date'),
  provider: columnName.optional(),
  codes: z
    .array(
      z.strictObject({
        column: columnName,
        system: z.enum(['icd10', 'opcs4', 'snomed', 'dmd', 'readv2', 'ctv3', 'bnf', 'hrg', 'tfc', 'local']),
        separator: z.string().length(1).optional(),
      }),
    )
    .default([]),
  cost: z.strictObject({ column: columnName, unit: z.enum(['pounds', 'pence']) }).optional(),
  attributes: z.array(columnName).default([]).describe('Columns kept as attributes when the agreement allows them'),
});

const columnIs = z.strictObject({ column: columnName, is: z.union([z.literal('not-empty'), z.array(z.string()).min(1)]) });

/** A data set specification: one file under config/feeds, everything the gateway needs to know about a feed. */
export const feedSpecificationSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  version: z.string(),
  title: z.string(),
  setting: z.enum(settings),
  format: z.enum(['csv', 'fhir-r4']),
  source: z.string().describe('Standard or supplier document the field names come from'),
  delimiters: z
    .array(z.enum([',', '|', '\t', ';']))
    .min(1)
    .default([',', '|']),
  nullValues: z.array(z.string()).default(['']),
  columns: z.array(columnSchema).default([]),
  naturalKey: z.array(columnName).default([]).describe('Columns that together identify a source record within its sender'),
  naturalKeyWhereGiven: z
    .array(columnName)
    .default([])
    .describe('Further parts of the key that the standard leaves optional: an empty one is part of the key too, not an error'),
  deletion: z
    .discriminatedUnion('rule', [
      z.strictObject({ rule: z.literal('none') }),
      z.strictObject({ rule: z.literal('tombstone'), column: columnName, values: z.array(z.string()).min(1) }),
      z.strictObject({ rule: z.literal('full-snapshot') }).describe('Each delivery is everything: records it lacks are removed'),
      z
        .strictObject({ rule: z.literal('latest-submission'), period: columnName })
        .describe('The latest delivery for a period replaces the one before'),
    ])
    .default({ rule: 'none' }),
  withhold: z
    .array(
      z.strictObject({
        reason: z.enum(['DUMMY_PATIENT', 'CONFIDENTIAL_RECORD', 'SENSITIVE_PERSON']),
        when: columnIs,
        whenEmpty: z
          .enum(['withhold', 'land'])
          .default('withhold')
          .describe('What an empty value means, by the document of the data set; a value that cannot be read always withholds'),
      }),
    )
    .default([]),
  checks: z
    .array(
      z.discriminatedUnion('check', [
        z.strictObject({
          check: z.literal('not-before'),
          rule: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
          column: columnName,
          earlier: columnName,
          severity: z.enum(['error', 'warning']).default('error'),
          guidance: z.string(),
        }),
        z.strictObject({
          check: z.literal('required-when'),
          rule: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
          column: columnName,
          when: columnIs,
          severity: z.enum(['error', 'warning']).default('error'),
          guidance: z.string(),
        }),
      ]),
    )
    .default([]),
  event: eventMappingSchema.optional().describe('Absent only for FHIR, whose mapping is the reader itself'),
});

export type FeedSpecification = z.infer<typeof feedSpecificationSchema>;
export type FeedColumn = FeedSpecification['columns'][number];
export type ColumnRole = (typeof columnRoles)[number];
