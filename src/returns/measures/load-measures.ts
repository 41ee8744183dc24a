import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/errors.ts';
import { listJson, parseFile, readIfThere } from '../configuration-file.ts';
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

/** One file of the folder; undefined, with every reason in `problems`, when it cannot be used. */
async function parse<T>(config: string, file: string, schema: z.ZodType<T>, problems: string[]): Promise<T | undefined> {
  const path = join(folder, file);
  const bytes = await readIfThere(join(config, path));
  if (bytes === undefined) {
    problems.push(`${path}: is missing`);
    return undefined;
  }
  try {
    return parseFile(schema, bytes, path);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
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
