import { z } from 'zod';
import { type Digested, sha256Of } from '../shared/digest.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { readFolder } from './read-folder.ts';

const systems = ['icd10', 'opcs4', 'snomed', 'readv2', 'ctv3', 'dmd', 'bnf'] as const;

const sensitiveListSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  version: z.string().min(1),
  title: z.string().min(1),
  source: z.string().min(1),
  // The only default there is: a list that is loaded excludes, and only an approval named by an agreement lifts it.
  default: z.literal('exclude'),
  note: z.string().optional(),
  refsets: z
    .array(z.strictObject({ id: z.string().regex(/^\d{6,18}$/), title: z.string().min(1), basis: z.string().min(1) }))
    .default([])
    .describe('SNOMED CT reference sets the list stands for; their members are licensed and come from the place'),
  codes: z.array(
    z.strictObject({
      system: z.enum(systems),
      match: z.enum(['exact', 'prefix']),
      code: z.string().regex(/^[A-Za-z0-9._]{2,18}$/),
      topic: z.string().min(1),
      basis: z.string().min(1),
    }),
  ),
});

export interface SensitiveCodeLists extends Digested {
  /** `restricted 2026.1` …: what a delivery was checked against. */
  readonly versions: readonly string[];
  /** Code without its system, as stored: ICD-10 and OPCS-4 without a dot. */
  isSensitive(system: string, code: string): boolean;
}

/**
 * Loads every list under `directory/sensitive-codes` into one question. No list at all is an error: nothing would be
 * excluded, and nobody would notice.
 *
 * @throws ConfigurationError with every problem
 */
export async function loadSensitiveCodes(directory: string): Promise<SensitiveCodeLists> {
  const problems: string[] = [];
  const lists = await readFolder(directory, 'sensitive-codes', sensitiveListSchema, problems);
  const exact = new Set<string>();
  const prefixes = new Map<string, { readonly codes: Set<string>; readonly lengths: Set<number> }>();
  for (const { file, value } of lists) {
    if (file !== `sensitive-codes/${value.id}.json`) problems.push(`${file}: the id differs from the file name`);
    for (const { system, match, code } of value.codes) {
      const bare = withoutPunctuation(system, code);
      if (match === 'exact') {
        exact.add(`${system}:${bare}`);
        continue;
      }
      // The digits of a SNOMED CT id are not a hierarchy, so a prefix of one says nothing.
      if (system === 'snomed' || system === 'dmd') problems.push(`${file}: ${system} ${code} must be matched exactly`);
      const group = prefixes.get(system) ?? { codes: new Set<string>(), lengths: new Set<number>() };
      group.codes.add(bare);
      group.lengths.add(bare.length);
      prefixes.set(system, group);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    sha256: sha256Of(JSON.stringify(lists.map(({ value }) => value))),
    versions: lists.map(({ value }) => `${value.id} ${value.version}`),
    isSensitive(system, code) {
      const bare = withoutPunctuation(system, code);
      if (exact.has(`${system}:${bare}`)) return true;
      const group = prefixes.get(system);
      if (group) for (const length of group.lengths) if (group.codes.has(bare.slice(0, length))) return true;
      return false;
    },
  };
}

const withoutPunctuation = (system: string, code: string): string =>
  system === 'icd10' || system === 'opcs4' ? code.toUpperCase().replace(/[^A-Z0-9]/g, '') : code.trim();
