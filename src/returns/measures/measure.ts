import { z } from 'zod';
import type { Queryable } from '../../database/query.ts';
import type { Register } from '../../register/register.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { settings } from '../../shared/settings.ts';
import type { Period, ReleasedCount } from '../return.ts';

const text = z.string().min(1).max(2000);
const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);
const names = z.array(z.string().min(1)).min(1);

/** A fact of an event: any of these attributes (feeds name the same fact differently) holds one of these values. */
const condition = z.strictObject({
  attributes: names,
  in: names.optional().describe('One of these, compared without case, spaces and punctuation (RULE-CLD-1)'),
  notIn: names.optional().describe('None of these; an absent value is none of them'),
});
export type MeasureCondition = z.infer<typeof condition>;

/** Which events are meant. */
const selection = z.strictObject({
  setting: z.enum(settings),
  kinds: names,
  where: z.array(condition).default([]),
});
export type EventSelection = z.infer<typeof selection>;

/** No upper end. */
export const oldest = 150;

const age = z
  .strictObject({ from: z.int().min(0).max(120).default(0), to: z.int().min(0).max(oldest).default(oldest) })
  .describe('Completed years on the day counted, from the first of the birth month; nobody of unknown age is counted');

/** When two hospital spells are one continuous stay: the second begins soon after the first, and one of them says so. */
const transfers = z.strictObject({
  withinDays: z.int().min(0),
  arriving: z.array(condition).min(1).describe('Any of these facts of the later spell'),
  leaving: z.array(condition).min(1).describe('Any of these facts of the earlier spell'),
});

export const inServiceCounts = ['entered', 'left', 'at-end', 'days'] as const;

/**
 * How a number is counted from the events of one person. A spell (one provider, one first day) counts once, however many
 * records it has (RULE-APC-2), and every way of counting gives days, which are kept by month.
 * `starts`, `ends`: the first or last day of each spell.
 * `stays-longer-than`: the last day of each stay of more than `nights` nights that began as one of `of`.
 * `delayed-days`: every day from being ready to leave to leaving, in the month it lies in; a day that is not recorded is no delay.
 * `followed-within`: the first day of a spell that began 0 to `days` days after the end of another spell of `after`.
 * `discharged-into`: the day a spell of `after` ended that the service `of` followed within `days` days.
 * `at-home-after`: the same day, where `nights` after it the person is alive and in none of `away`.
 * `in-service`: people in a service, whose events may overlap or follow one another without a day between: who entered and
 * left in the period, who is there at its end, and the days they spent there.
 */
const countRule = z.discriminatedUnion('how', [
  z.strictObject({ how: z.literal('starts'), of: selection, age: age.optional() }),
  z.strictObject({ how: z.literal('ends'), of: selection, age: age.optional() }),
  z.strictObject({ how: z.literal('stays-longer-than'), of: selection, nights: z.int().min(0), transfers, age: age.optional() }),
  z.strictObject({ how: z.literal('delayed-days'), of: selection, age: age.optional() }),
  z.strictObject({ how: z.literal('followed-within'), of: selection, after: selection, days: z.int().min(0), age: age.optional() }),
  z.strictObject({ how: z.literal('discharged-into'), of: selection, after: selection, days: z.int().min(0), age: age.optional() }),
  z.strictObject({
    how: z.literal('at-home-after'),
    of: selection.describe('The service that begins at discharge'),
    after: selection,
    days: z.int().min(0),
    nights: z.int().min(1),
    away: z.array(selection).min(1).describe('Where a person is who is not at home'),
    age: age.optional(),
  }),
  z.strictObject({
    how: z.literal('in-service'),
    of: selection,
    from: z.string().min(1).optional().describe('Attribute with the first day, where it is not that of the event'),
    to: z.string().min(1).optional().describe('Attribute with the last day'),
    count: z.enum(inServiceCounts),
    age: age.optional(),
  }),
]);
export type CountRule = z.infer<typeof countRule>;

const term = z.strictObject({
  text: text.describe('In words, as the national definition says it'),
  count: countRule.optional().describe('Absent: no data the gateway takes carries it; a person declares it'),
});

/**
 * One measure of one year: `config/returns/measures/<id>-<version>.json`. Definitions change from year to year, and an old
 * year stays computable, so a version is never edited but followed by another.
 */
export const measureDefinitionSchema = z
  .strictObject({
    $schema: z.string().optional(),
    id,
    version: z.string().regex(/^\d{4}-\d{2}$/, 'must be a financial year such as 2016-17'),
    validFrom: z.iso.date().describe('First day the definition is for'),
    validTo: z.iso.date().optional().describe('Last day; absent = until a later version'),
    title: text,
    numerator: term,
    denominator: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('population'),
        text,
        population: id.describe('Name in populations.json, e.g. all-ages, aged-65-and-over'),
      }),
      term.extend({ kind: z.literal('count') }),
      z.strictObject({ kind: z.literal('none'), text }),
    ]),
    populationBasis: text.describe('Whose events are counted, and over which population'),
    per: z.union([z.literal(1), z.literal(100), z.literal(1000), z.literal(100_000)]),
    over: z.enum(['total', 'average-per-month']).default('total').describe('What the numerator is over the months of a period'),
    direction: z.enum(['lower-is-better', 'higher-is-better', 'neither']),
    source: text,
    note: text.optional(),
  })
  .refine(({ validFrom, validTo }) => validTo === undefined || validFrom <= validTo, 'ends before it begins');
export type MeasureDefinition = z.infer<typeof measureDefinitionSchema>;

/**
 * What a measure came to. Every number has been through disclosure control already (1 to 7 are withheld, others are the
 * nearest 5, the rate is of those), so a value may leave with a return.
 */
export interface MeasureValue {
  readonly measure: string;
  readonly version: string;
  readonly title: string;
  readonly period: Period;
  /** Null: not computed (`reason` says why), or withheld where `suppressed`. */
  readonly numerator: number | null;
  /** A total of the period adds up over periods; an average and a level (who is there at the end) do not. */
  readonly numeratorIs: 'total' | 'average' | 'level';
  /** Null: nobody gave the population, or the count is missing or withheld. */
  readonly denominator: number | null;
  /** numerator ÷ denominator × per, one decimal. */
  readonly rate: number | null;
  readonly per: number;
  readonly suppressed: boolean;
  /**
   * The counts behind it as they may leave, by what they count (`<rule>.<what>`): measures that count alike have one name for it.
   * Whoever shows the measure holds them against all that was shown before (evidence-pack/measured-counts.ts).
   */
  readonly counted: Readonly<Record<string, ReleasedCount>>;
  readonly populationBasis: string;
  readonly source: string;
  readonly direction: MeasureDefinition['direction'];
  /** Data the numerator is counted from landed in the period. False is 'declare it', never 'none happened'. */
  readonly seen: boolean;
  /** Flows of the place whose events can count. */
  readonly flows: readonly string[];
  /** Landed deliveries of these flows in the period. */
  readonly deliveries: number;
  readonly reason: string;
}

export interface MeasureRequest {
  readonly place: string;
  readonly period: Period;
  readonly register: Register;
  /** Configuration directory. */
  readonly config: string;
  /** The day it is asked on; default today. What is only known later is too early before that. */
  readonly at?: LocalDate;
}

/** Door: src/returns/measures/measure-values.ts. Keyed by measure id; every measure that has a version for the period is there. */
export type MeasureValues = (db: Queryable, request: MeasureRequest) => Promise<Map<string, MeasureValue>>;
