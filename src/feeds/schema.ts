import { z } from 'zod';
import { feedSpecificationSchema } from './specification.ts';

/**
 * JSON Schema (2020-12) of a data set specification, as published in docs/generated/feed.schema.json: editors check a
 * new feed file while it is typed. What a schema cannot say (references between columns) is in cross-checks.ts.
 */
export function feedJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(feedSpecificationSchema, { io: 'input', target: 'draft-2020-12' });
  return { ...schema, title: 'Haven Gateway data set specification' };
}

/** The committed text of that file. */
export const feedJsonSchemaText = (): string => `${JSON.stringify(feedJsonSchema(), null, 2)}\n`;
