import type { z } from 'zod';
import { GatewayError } from '../shared/errors.ts';
import { parseJson } from '../shared/json-text.ts';

const longestRequest = 8192;

/**
 * A small JSON request about one person, whose number goes no further than the box. A number given twice is none.
 * @param expected what to send, said back instead of what was sent
 * @throws GatewayError REQUEST_INVALID (400)
 */
export async function readRequest<Schema extends z.ZodType>(
  bytes: AsyncIterable<Buffer>,
  schema: Schema,
  expected: string,
): Promise<z.output<Schema>> {
  const invalid = new GatewayError('REQUEST_INVALID', expected, { status: 400 });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > longestRequest) throw invalid;
    chunks.push(chunk);
  }
  const read = parseJson(Buffer.concat(chunks));
  const parsed = 'fault' in read ? undefined : schema.safeParse(read.value);
  if (parsed?.success !== true) throw invalid;
  return parsed.data;
}
