import { readdir, readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ConfigurationError } from '../shared/errors.ts';
import { faultOfFile, parseJson } from '../shared/json-text.ts';

/** Absent is an answer; a file or folder that is there and cannot be read is a fault, and never taken for an empty one. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** As bytes, because text would hide what is not UTF-8. */
export const readIfThere = (path: string): Promise<Buffer | undefined> => readFile(path).catch(unlessMissing);

/** Names of the JSON files of a folder, in order. */
export async function listJson(folder: string): Promise<string[]> {
  const files = (await readdir(folder).catch(unlessMissing)) ?? [];
  return files.filter((file) => file.endsWith('.json')).sort();
}

/**
 * @param file as the operator knows it, below the configuration directory
 * @throws ConfigurationError with every problem of the file
 */
export function parseFile<T>(schema: z.ZodType<T>, bytes: Buffer, file: string): T {
  const read = parseJson(bytes);
  if ('fault' in read) throw new ConfigurationError([`${file}: ${faultOfFile[read.fault]}`]);
  const result = schema.safeParse(read.value);
  if (result.success) return result.data;
  throw new ConfigurationError(result.error.issues.map((issue) => `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`));
}
