import { z } from 'zod';
import { loadSummaryRules, readRules, type SummaryRules } from '../environment/activity.ts';
import { ConfigurationError } from '../shared/errors.ts';
import type { CriteriaTable } from './criteria.ts';
import type { HfrsTable } from './hfrs.ts';
import type { TierRule } from './tiers.ts';

const described = { version: z.string(), source: z.string().min(20), licence: z.string().min(3) };
const count = z.int().nonnegative();

const hfrsFile = z.strictObject({
  ...described,
  model: z.literal('hfrs'),
  title: z.string(),
  validFor: z.string(),
  minimumAge: count,
  bands: z.strictObject({ intermediateFromTenths: count, highAboveTenths: count }),
  weightsInTenths: z.record(z.string().regex(/^[A-Z][0-9][0-9A-Z]$/), z.int().positive()),
});

const criteriaFile = z.strictObject({
  ...described,
  model: z.literal('southend-criteria'),
  title: z.string(),
  highRiskFrom: z.int().min(1).max(5),
  over65: z.strictObject({ minimumAge: count }),
  // The summary counts six and twelve months, so no other look-back can be asked for.
  attendances: z.strictObject({ minimum: z.int().positive(), months: z.union([z.literal(6), z.literal(12)]) }),
  longTermConditions: z.strictObject({ minimum: z.int().positive() }),
  polypharmacy: z.strictObject({ minimumMedicines: z.int().positive(), months: z.literal(12), source: z.string() }),
  cognitive: z.strictObject({ conditions: z.array(z.string()).min(1) }),
});

const tiersFile = z.strictObject({
  ...described,
  scheme: z.string(),
  ties: z.string(),
  tiers: z.array(z.strictObject({ tier: z.string(), toPerMille: z.int().min(1).max(1000), meaning: z.string() })).min(1),
});

/** Everything the models of this version need, as `config/risk` says it. */
export interface RiskTables {
  readonly hfrs: HfrsTable;
  readonly criteria: CriteriaTable;
  readonly tiers: readonly TierRule[];
  readonly summary: SummaryRules;
}

/** Reads and checks `hfrs.json` of a directory (normally `config/risk`). */
export async function loadHfrsTable(directory: string): Promise<HfrsTable> {
  const { version, source, minimumAge, bands, weightsInTenths } = await readRules(directory, 'hfrs.json', hfrsFile);
  return { version, source, minimumAge, ...bands, weights: new Map(Object.entries(weightsInTenths)) };
}

/** Reads every table of the risk models; ConfigurationError with the problems of the first file that has any. */
export async function loadRiskTables(directory: string): Promise<RiskTables> {
  const [hfrs, c, tiers, summary] = await Promise.all([
    loadHfrsTable(directory),
    readRules(directory, 'southend-criteria.json', criteriaFile),
    readRules(directory, 'tiers.json', tiersFile),
    loadSummaryRules(directory),
  ]);
  const known = new Set(summary.conditions.conditions.map(({ condition }) => condition));
  const problems = c.cognitive.conditions.filter((condition) => !known.has(condition));
  if (problems.length > 0) throw new ConfigurationError(problems.map((p) => `risk/southend-criteria.json: conditions.json has no ${p}`));
  const cuts = tiers.tiers.map(({ toPerMille }) => toPerMille);
  if (cuts.at(-1) !== 1000 || cuts.some((cut, index) => cut <= (cuts[index - 1] ?? 0)))
    throw new ConfigurationError(['risk/tiers.json: toPerMille must rise from tier to tier and end at 1000']);
  return {
    hfrs,
    criteria: {
      version: c.version,
      source: c.source,
      highRiskFrom: c.highRiskFrom,
      minimumAge: c.over65.minimumAge,
      attendances: c.attendances.minimum,
      attendanceMonths: c.attendances.months,
      longTermConditions: c.longTermConditions.minimum,
      medicines: c.polypharmacy.minimumMedicines,
      medicineMonths: c.polypharmacy.months,
      cognitiveConditions: c.cognitive.conditions,
    },
    tiers: tiers.tiers,
    summary,
  };
}
