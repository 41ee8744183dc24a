import { z } from 'zod';
import { returnTemplateSchema } from './template.ts';

/**
 * JSON Schema (2020-12) of a return template, as published in docs/generated/return-template.schema.json: a new quarter
 * is a file, and editors check it while it is typed. What a schema cannot say is in `templateProblems`.
 */
export const returnTemplateJsonSchemaText = (): string => {
  const schema = z.toJSONSchema(returnTemplateSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ ...schema, title: 'Haven Gateway return template' }, null, 2)}\n`;
};
