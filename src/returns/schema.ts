import { z } from 'zod';
import { declaredSchema } from './declared.ts';
import { returnTemplateSchema } from './template.ts';

const published = (schema: z.ZodType, title: string): string =>
  `${JSON.stringify({ ...z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }), title }, null, 2)}\n`;

/**
 * JSON Schema (2020-12) of a return template, as published in docs/generated/return-template.schema.json: a new quarter
 * is a file, and editors check it while it is typed. What a schema cannot say is in `templateProblems`.
 */
export const returnTemplateJsonSchemaText = (): string => published(returnTemplateSchema, 'Haven Gateway return template');

/** JSON Schema of what a place declares for a template, as published in docs/generated/return-declared.schema.json. */
export const declaredJsonSchemaText = (): string => published(declaredSchema, 'Haven Gateway declared answers of a return');
