import { z } from 'zod';
import { populationsSchema } from './load-measures.ts';
import { measureDefinitionSchema } from './measure.ts';

const text = (schema: z.ZodType): string => `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', reused: 'ref' }), undefined, 2)}\n`;

/** The published JSON Schemas of `config/returns/measures`, by file of docs/generated. */
export const measureSchemas: Readonly<Record<string, () => string>> = {
  'measure.schema.json': () => text(measureDefinitionSchema),
  'measure-populations.schema.json': () => text(populationsSchema),
};
