import { readdir, readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ConfigurationError } from '../shared/errors.ts';

/** Absent is an answer; a file or folder that is there and cannot be read is a fault, and never taken for an empty one. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

export const readIfThere = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(unlessMissing);

/** Names of the JSON files of a folder, in order. */
export async function listJson(folder: string): Promise<string[]> {
  const files = (await readdir(folder).catch(unlessMissing)) ?? [];
  return files.filter((file) => file.endsWith('.json')).sort();
}

/**
 * @param file as the operator knows it, below the configuration directory
 * @throws ConfigurationError with every problem of the file
 */
export function parseFile<T>(schema: z.ZodType<T>, text: string, file: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigurationError([`${file}: is not JSON`]);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigurationError(result.error.issues.map((issue) => `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`));
}
