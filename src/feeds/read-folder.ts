import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { faultOfFile, parseJson } from '../shared/json-text.ts';

/** A configuration file after its shape was checked, with the name people know it by in messages. */
export interface ConfigurationFile<T> {
  /** `feeds/sus-apc.json` */
  readonly file: string;
  readonly value: T;
}

/** Names in a folder with one ending, in a fixed order; none when the folder is absent. */
export async function listFolder(directory: string, ending: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith(ending)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Reads every JSON file of `directory/folder` against a schema; what is wrong goes to `problems`, and reading goes on. */
export async function readFolder<T>(
  directory: string,
  folder: string,
  schema: z.ZodType<T>,
  problems: string[],
): Promise<readonly ConfigurationFile<T>[]> {
  const names = await listFolder(join(directory, folder), '.json');
  if (names.length === 0) problems.push(`${folder}/: no .json file is here`);
  const read: ConfigurationFile<T>[] = [];
  for (const name of names) {
    const file = `${folder}/${name}`;
    const value = parseFile(file, await readFile(join(directory, folder, name)), schema, problems);
    if (value !== undefined) read.push({ file, value });
  }
  return read;
}

/** Parses one file; undefined, with every reason in `problems`, when it cannot be used. */
export function parseFile<T>(file: string, bytes: Buffer, schema: z.ZodType<T>, problems: string[]): T | undefined {
  const read = parseJson(bytes);
  if ('fault' in read) {
    problems.push(`${file}: ${faultOfFile[read.fault]}`);
    return undefined;
  }
  const parsed = schema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues)
    problems.push(`${file}: ${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`);
  return undefined;
}
