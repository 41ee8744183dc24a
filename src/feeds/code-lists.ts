import { z } from 'zod';
import { type Digested, sha256Of } from '../shared/digest.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { readFolder } from './read-folder.ts';

/**
 * `normalised` compares without case, spaces and punctuation, as DHSC itself does with client level data: councils send
 * one literal with a hyphen, an en dash or a colon. Everything else is `exact`, because `01` is not `1`.
 */
const codeListSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: z.string().min(1),
  source: z.string().min(1),
  matching: z.enum(['exact', 'normalised']).default('exact'),
  values: z
    .array(z.strictObject({ code: z.string().min(1), meaning: z.string().min(1), aliases: z.array(z.string().min(1)).default([]) }))
    .min(1),
});

/** A national or local list of values, ready to be asked. */
export interface CodeList extends Digested {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  /** Meaning by code, in the order of the list. */
  readonly meanings: ReadonlyMap<string, string>;
  has(value: string): boolean;
  /** The code as the list writes it; undefined when the value is not in the list. */
  find(value: string): string | undefined;
}

const normalise = (value: string): string => value.toLowerCase().replace(/[^\p{L}\p{N}%&]/gu, '');

/**
 * Loads every list under `directory/code-lists`.
 *
 * @throws ConfigurationError with every problem
 */
export async function loadCodeLists(directory: string): Promise<ReadonlyMap<string, CodeList>> {
  const problems: string[] = [];
  const lists = await readCodeLists(directory, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return lists;
}

/** As loadCodeLists, for a caller that gathers problems of its own. */
export async function readCodeLists(directory: string, problems: string[]): Promise<ReadonlyMap<string, CodeList>> {
  const lists = new Map<string, CodeList>();
  for (const { file, value } of await readFolder(directory, 'code-lists', codeListSchema, problems)) {
    if (file !== `code-lists/${value.id}.json`) problems.push(`${file}: the id differs from the file name`);
    lists.set(value.id, compileList(file, value, problems));
  }
  return lists;
}

function compileList(file: string, list: z.output<typeof codeListSchema>, problems: string[]): CodeList {
  const key = list.matching === 'normalised' ? normalise : (value: string): string => value;
  const codes = new Map<string, string>();
  for (const { code, aliases } of list.values) {
    for (const value of [code, ...aliases]) {
      const other = codes.get(key(value));
      if (other !== undefined && other !== code) problems.push(`${file}: "${value}" means both "${other}" and "${code}"`);
      codes.set(key(value), code);
    }
  }
  return {
    sha256: sha256Of(JSON.stringify(list)),
    id: list.id,
    title: list.title,
    source: list.source,
    meanings: new Map(list.values.map(({ code, meaning }) => [code, meaning])),
    has: (value) => codes.has(key(value)),
    find: (value) => codes.get(key(value)),
  };
}
