import type { LocalDate } from '../shared/clock.ts';

/** Look-back of the score: two calendar years (the published rule), or 730 days as some NHS programmes count it. */
export const hfrsWindows = ['years2', 'days730'] as const;
export type HfrsWindow = (typeof hfrsWindows)[number];

export const hfrsBands = ['low', 'intermediate', 'high'] as const;
export type HfrsBand = (typeof hfrsBands)[number];

/** Weights in tenths of a point, so that no sum ever crosses a band by a rounding error (2.4 + 2.3 + 0.3 is 5.0, not 4.999…). */
export interface HfrsTable {
  readonly version: string;
  readonly source: string;
  readonly minimumAge: number;
  readonly weights: ReadonlyMap<string, number>;
  readonly intermediateFromTenths: number;
  readonly highAboveTenths: number;
}

export interface CodedDiagnosis {
  readonly code: string;
  readonly date: LocalDate;
}

export interface HfrsScore {
  readonly scoreTenths: number;
  readonly band: HfrsBand;
  /** Groups that counted, in alphabetical order: the explanation of the score. */
  readonly groups: readonly string[];
}

/**
 * Three-character ICD-10 group of a code as hospitals write it: any case, dots, spaces, dagger and asterisk marks, X
 * padding after the third character (`F03X`, `R69X6`). Undefined when it is no ICD-10 code.
 *
 * ASCII on purpose: the same rule runs in SQL, whose upper() of other letters depends on the database's locale.
 */
export function icd10Group(code: string): string | undefined {
  const group = code
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 3)
    .toUpperCase();
  return /^[A-Z][0-9][0-9A-Z]$/.test(group) ? group : undefined;
}

/** First day of the look-back that ends on `index`; 29 February minus two years is 28 February. */
export function hfrsWindowStart(index: LocalDate, window: HfrsWindow): LocalDate {
  if (window === 'days730') return new Date(Date.parse(`${index}T00:00:00Z`) - 730 * 86_400_000).toISOString().slice(0, 10) as LocalDate;
  const year = String(Number(index.slice(0, 4)) - 2).padStart(4, '0');
  return (index.endsWith('-02-29') ? `${year}-02-28` : `${year}${index.slice(4)}`) as LocalDate;
}

/** Band of a score in tenths: below 5 low, 5 to 15 intermediate (both ends), above 15 high (Gilbert 2018). */
export function bandHfrs(table: HfrsTable, scoreTenths: number): HfrsBand {
  if (scoreTenths < table.intermediateFromTenths) return 'low';
  return scoreTenths > table.highAboveTenths ? 'high' : 'intermediate';
}

/** Score of a person whose groups inside the window are already known; repeats do not matter because it is a set. */
export function scoreHfrsGroups(table: HfrsTable, groups: ReadonlySet<string>): HfrsScore {
  const counted = [...groups].filter((group) => table.weights.has(group)).sort();
  const scoreTenths = counted.reduce((sum, group) => sum + (table.weights.get(group) ?? 0), 0);
  return { scoreTenths, band: bandHfrs(table, scoreTenths), groups: counted };
}

/**
 * Hospital Frailty Risk Score (Lancet 2018;391:1775-82) of one person as of `index`. Each group counts once, in any
 * position, over all stays with `index − 2 years ≤ date ≤ index`, both ends in; codes outside the table count nothing.
 */
export function scoreHfrs(
  table: HfrsTable,
  diagnoses: Iterable<CodedDiagnosis>,
  index: LocalDate,
  window: HfrsWindow = 'years2',
): HfrsScore {
  const from = hfrsWindowStart(index, window);
  const groups = new Set<string>();
  for (const { code, date } of diagnoses) {
    if (date < from || date > index) continue;
    const group = icd10Group(code);
    if (group !== undefined) groups.add(group);
  }
  return scoreHfrsGroups(table, groups);
}

/** `62` tenths → `6.2`. */
export const formatTenths = (tenths: number): string => `${Math.floor(tenths / 10)}.${tenths % 10}`;
