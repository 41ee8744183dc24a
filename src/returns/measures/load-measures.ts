import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/errors.ts';
import { listJson } from '../configuration-file.ts';
import type { Period } from '../return.ts';
import { type MeasureDefinition, measureDefinitionSchema } from './measure.ts';

export const populationsSchema = z.strictObject({
  $schema: z.string().optional(),
  note: z.string().optional(),
  places: z.record(
    z.string(),
    z.record(
      z.string(),
      z.array(
        z.strictObject({
          validFrom: z.iso.date(),
          validTo: z.iso.date(),
          value: z.int().positive(),
          basis: z.string().min(1),
          source: z.string().min(1),
        }),
      ),
    ),
  ),
});
type Populations = z.infer<typeof populationsSchema>;
export type Population = Populations['places'][string][string][number];

export interface Measures {
  /** Every version of every measure, ids in order and versions oldest first. */
  readonly definitions: readonly MeasureDefinition[];
  readonly populations: Populations;
}

const folder = join('returns', 'measures');
const populationsFile = 'populations.json';

async function parse<T>(config: string, file: string, schema: z.ZodType<T>, problems: string[]): Promise<T | undefined> {
  const path = join(folder, file);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(config, path), 'utf8'));
  } catch (error) {
    problems.push(`${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'is not JSON'}`);
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) problems.push(`${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}`);
  return undefined;
}

/**
 * Reads `config/returns/measures`: one file for each version of a measure, and the populations they divide by.
 * @throws ConfigurationError with every problem
 */
export async function loadMeasures(config: string): Promise<Measures> {
  const problems: string[] = [];
  const files = (await listJson(join(config, folder))).filter((file) => file !== populationsFile);
  const definitions: MeasureDefinition[] = [];
  for (const file of files) {
    const found = await parse(config, file, measureDefinitionSchema, problems);
    if (found === undefined) continue;
    if (file !== `${found.id}-${found.version}.json`)
      problems.push(`${join(folder, file)}: must be named ${found.id}-${found.version}.json`);
    definitions.push(found);
  }
  const populations = await parse(config, populationsFile, populationsSchema, problems);
  definitions.sort((a, b) => (a.id === b.id ? (a.validFrom < b.validFrom ? -1 : 1) : a.id < b.id ? -1 : 1));
  for (const [at, later] of definitions.entries()) {
    const earlier = definitions[at - 1];
    if (earlier?.id !== later.id) continue;
    if (earlier.validTo === undefined || earlier.validTo >= later.validFrom)
      problems.push(`${folder}: version ${earlier.version} of ${later.id} must end before version ${later.version} begins`);
  }
  if (problems.length > 0 || populations === undefined) throw new ConfigurationError(problems);
  return { definitions, populations };
}

/** The version of each measure that the whole period lies in. */
export function definitionsFor({ definitions }: Measures, period: Period): MeasureDefinition[] {
  return definitions.filter(({ validFrom, validTo }) => validFrom <= period.from && (validTo === undefined || period.to <= validTo));
}

/** The population of a place that the whole period is divided by; none is guessed from another year. */
export function populationOf({ populations }: Measures, place: string, name: string, period: Period): Population | undefined {
  return populations.places[place]?.[name]?.find(({ validFrom, validTo }) => validFrom <= period.from && period.to <= validTo);
}
