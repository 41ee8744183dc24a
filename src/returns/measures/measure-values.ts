import type { Queryable } from '../../database/query.ts';
import type { RegisteredFlow } from '../../register/register.ts';
import type { Setting } from '../../shared/settings.ts';
import { landedDeliveries } from '../deliveries.ts';
import { releaseCount } from '../disclosure.ts';
import type { Period } from '../return.ts';
import { countBehind } from './count-measures.ts';
import { definitionsFor, loadMeasures, type Measures, populationOf } from './load-measures.ts';
import type { CountRule, MeasureDefinition, MeasureRequest, MeasureValue } from './measure.ts';
import { isWholeMonths, monthsOf, nothingCounted, type PeriodCount, pick, readPeriodCounts } from './month-counts.ts';
import { countName, countsOf, coverageOf, keptRule, ruleName, rulesOf, settingsOf } from './rule.ts';

interface Facts {
  readonly measures: Measures;
  readonly place: string;
  readonly period: Period;
  readonly counts: ReadonlyMap<string, PeriodCount>;
  readonly behind: number;
  /** Last day anything landed that bears on a setting. */
  readonly flows: readonly RegisteredFlow[];
  readonly landed: ReadonlyMap<string, { readonly deliveries: number }>;
  readonly today: string;
}

/** A count before disclosure control, or why there is none. */
type Counted = { readonly value: number } | { readonly missing: string };

const countOf = (facts: Facts, rule: CountRule): PeriodCount => facts.counts.get(ruleName(keptRule(rule))) ?? nothingCounted;

/** Fail closed: what is stale, partial or too early is not a number. */
function judge(facts: Facts, rule: CountRule): Counted {
  const { period } = facts;
  if (!isWholeMonths(period)) return { missing: 'Counts are kept by month: ask for whole months.' };
  if (facts.behind > 0) return { missing: 'Data that landed are not counted yet: run haven return count, or wait for the job.' };
  const coverage = facts.counts.get(ruleName(coverageOf(rule))) ?? nothingCounted;
  if (rule.how === 'in-service' ? !coverage.ever : coverage.months < monthsOf(period).length)
    return { missing: 'No data that carry this landed for at least one month of the period: declare it.' };
  if (rule.how === 'at-home-after' && addDays(period.to, rule.nights) >= facts.today)
    return { missing: `It is too early: the outcome is known ${rule.nights} days after the last discharge of the period.` };
  return { value: pick(countOf(facts, rule), rule.how === 'in-service' ? rule.count : undefined) };
}

const addDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

const round = (value: number): number => Math.round(value * 10) / 10;

/** Who is in a service at the end of a period is a level: it does not add up over periods. */
const isLevel = (rule: CountRule | undefined): boolean => rule?.how === 'in-service' && rule.count === 'at-end';

/** A definition for a place and period, with nothing in it that disclosure control has not seen. */
function measured(facts: Facts, definition: MeasureDefinition): MeasureValue {
  const { numerator, denominator, per } = definition;
  const rules = countsOf(definition);
  const settings = new Set(rules.flatMap((rule) => settingsOf(keptRule(rule))));
  const flows = facts.flows.filter(({ from }) => settings.has(from.setting as Setting)).map(({ flow }) => flow.id);
  const base = {
    measure: definition.id,
    version: definition.version,
    title: definition.title,
    period: { ...facts.period },
    per,
    numeratorIs: isLevel(numerator.count) ? ('level' as const) : definition.over === 'total' ? ('total' as const) : ('average' as const),
    populationBasis: definition.populationBasis,
    source: definition.source,
    direction: definition.direction,
    flows,
    deliveries: flows.reduce((sum, flow) => sum + (facts.landed.get(flow)?.deliveries ?? 0), 0),
  };
  const none = (reason: string): MeasureValue => ({
    ...base,
    numerator: null,
    denominator: null,
    rate: null,
    suppressed: false,
    counted: {},
    seen: false,
    reason,
  });
  if (numerator.count === undefined) return none('No feed the gateway takes carries this: declare it.');
  const counted = judge(facts, numerator.count);
  if ('missing' in counted) return none(counted.missing);
  const over = denominatorOf(facts, denominator);
  // The average is made of the released total, so that it cannot be turned back into the true one.
  const top = releaseCount(Math.max(0, counted.value));
  if (top === '*' || over.suppressed)
    return {
      ...base,
      numerator: null,
      denominator: over.suppressed ? null : over.value,
      rate: null,
      suppressed: true,
      // A larger numerator is a star here for the sake of its denominator, and tells nothing of itself.
      counted: { ...(top === '*' && { [countName(numerator.count)]: top }), ...over.counted },
      seen: true,
      reason: 'Fewer than 8 people or records: withheld.',
    };
  const months = monthsOf(facts.period).length;
  const released = definition.over === 'average-per-month' ? round(top / months) : top;
  return {
    ...base,
    numerator: released,
    denominator: over.value,
    rate: over.value === null || over.value === 0 ? null : round((released / over.value) * per),
    suppressed: false,
    counted: { [countName(numerator.count)]: top, ...over.counted },
    seen: true,
    reason: over.reason,
  };
}

interface Over {
  readonly value: number | null;
  readonly suppressed: boolean;
  readonly reason: string;
  readonly counted?: MeasureValue['counted'];
}

function denominatorOf(facts: Facts, denominator: MeasureDefinition['denominator']): Over {
  const rounded = 'Counts are to the nearest 5.';
  if (denominator.kind === 'none') return { value: null, suppressed: false, reason: rounded };
  if (denominator.kind === 'population') {
    const found = populationOf(facts.measures, facts.place, denominator.population, facts.period);
    return found === undefined
      ? {
          value: null,
          suppressed: false,
          reason: `${rounded} No population "${denominator.population}" of this place is configured for the period.`,
        }
      : { value: found.value, suppressed: false, reason: `${rounded} Population: ${found.basis}, ${found.source}.` };
  }
  if (denominator.count === undefined) return { value: null, suppressed: false, reason: `${rounded} No feed carries the denominator.` };
  const counted = judge(facts, denominator.count);
  if ('missing' in counted) return { value: null, suppressed: false, reason: `${rounded} ${counted.missing}` };
  const value = releaseCount(Math.max(0, counted.value));
  const own = { [countName(denominator.count)]: value };
  return value === '*'
    ? { value: null, suppressed: true, reason: '', counted: own }
    : { value, suppressed: false, reason: rounded, counted: own };
}

/** Flows of the place, and what landed on them in the period; the rest is read from the counts by month. */
async function gather(db: Queryable, request: MeasureRequest, measures: Measures): Promise<Facts> {
  const { place, period, register } = request;
  const flows = [...register.flows.values()].filter((entry) => entry.place.place.id === place);
  const landed = await landedDeliveries(
    db,
    flows.map(({ flow }) => flow.id),
    period,
  );
  const counts = await readPeriodCounts(db, { rules: [...rulesOf(definitionsFor(measures, period)).keys()], place, period });
  const behind = await countBehind(db, measures.definitions);
  const { rows } = await db.query<{ today: string }>(`select (now() at time zone 'Europe/London')::date as today`);
  return { measures, place, period, counts, behind, flows, landed, today: request.at ?? rows[0]?.today ?? '' };
}

/**
 * Every measure that has a version for the period, by id. Reads the counts that are kept as data arrive and never an
 * event, so it takes as long for a hundred events as for a hundred million.
 * @throws ConfigurationError
 */
export async function measureValues(db: Queryable, request: MeasureRequest): Promise<Map<string, MeasureValue>> {
  const measures = await loadMeasures(request.config);
  const facts = await gather(db, request, measures);
  return new Map(definitionsFor(measures, request.period).map((definition) => [definition.id, measured(facts, definition)]));
}
