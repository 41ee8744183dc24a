import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../shared/errors.ts';
import { faultOfFile, parseJson } from '../shared/json-text.ts';
import { settings } from '../shared/settings.ts';

export const activityClasses = [
  'admission',
  'attendance',
  'outpatient',
  'contact',
  'gp-encounter',
  'urgent-call',
  'medicine',
  'social-care',
] as const;
export type ActivityClass = (typeof activityClasses)[number];

const names = z.array(z.string().min(1)).min(1);
const kindsOfSetting = z.strictObject({ setting: z.enum(settings), kinds: names });

const activityFile = z.strictObject({
  version: z.string(),
  source: z.string(),
  licence: z.string(),
  notActivity: names,
  classes: z.strictObject(Object.fromEntries(activityClasses.map((name) => [name, z.array(kindsOfSetting).min(1)])) as ActivityShape),
  emergency: z.strictObject({ attributes: names, methods: names }),
});
type ActivityShape = Record<ActivityClass, z.ZodArray<typeof kindsOfSetting>>;

/** Which events are an admission, an attendance, a contact …, and how an emergency admission is recognised. */
export type ActivityRules = z.infer<typeof activityFile>;

const conditionsFile = z.strictObject({
  version: z.string(),
  source: z.string(),
  licence: z.string(),
  matching: z.string(),
  shownBy: names,
  conditions: z
    .array(
      z.strictObject({
        condition: z.string().regex(/^[a-z0-9-]+$/),
        title: z.string(),
        longTerm: z.boolean(),
        // An ICD-10 rule is a category or longer; shorter ones would never be found (summary-sql.ts).
        codes: z.array(z.string().regex(/^(?:icd10:[A-Z][0-9][0-9A-Z].*|(?!icd10:)[a-z0-9]+:.+)$/)).min(1),
      }),
    )
    .min(1),
});

/** Conditions by the codes that show them: icd10 codes match by their beginning, other systems exactly. */
export type ConditionRules = z.infer<typeof conditionsFile>;

/** What a summary is made by. */
export interface SummaryRules {
  readonly activity: ActivityRules;
  readonly conditions: ConditionRules;
}

/**
 * Reads one JSON file of rules and checks it.
 * @throws ConfigurationError naming the file and every problem: a risk that cannot be explained is not calculated.
 */
export async function readRules<T>(directory: string, file: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readFile(join(directory, file)).catch(() => undefined);
  const read = bytes === undefined ? undefined : parseJson(bytes);
  if (read === undefined || 'fault' in read) {
    throw new ConfigurationError([`risk/${file} ${read === undefined ? 'is missing' : faultOfFile[read.fault]}`]);
  }
  const parsed = schema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(parsed.error.issues.map((issue) => `risk/${file} ${issue.path.join('.')}: ${issue.message}`));
}

/** Reads `activity.json` and `conditions.json` of a directory (normally `config/risk`). */
export async function loadSummaryRules(directory: string): Promise<SummaryRules> {
  const [activity, conditions] = await Promise.all([
    readRules(directory, 'activity.json', activityFile),
    readRules(directory, 'conditions.json', conditionsFile),
  ]);
  return { activity, conditions };
}
