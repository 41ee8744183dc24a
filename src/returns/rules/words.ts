import type { Period } from '../return.ts';

/** A quarter of a financial year, as people write it: `Q2 16/17` is quarter 2 of the year that begins in April 2016. */
export interface NamedQuarter {
  readonly quarter: number;
  readonly year: number;
}

/** A figure beside the target it is held against, both in the same unit. */
export interface AgainstTarget {
  readonly value: number;
  readonly target: number;
}

/** One line, one space between words: printed text breaks its lines anywhere. */
export const flatten = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What two texts have in common when nobody rewrote anything: case, punctuation and spaces do not count. */
export const wordsOnly = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%.]+/gu, ' ')
    .trim();

/** Text that fills a cell and explains nothing; the printed returns hold `n/a`, `no comment` and `nil comment`. */
export const saysNothing = (text: string): boolean =>
  /^(|[-–.]|n\/?a|nil|none|not applicable|((no|nil) )?comments?|nothing to (add|report))\.?$/i.test(flatten(text));

/** The quarter a period is. Financial years begin in April. */
export function quarterOfPeriod({ from }: Pick<Period, 'from'>): NamedQuarter {
  const [year, month] = [Number(from.slice(0, 4)), Number(from.slice(5, 7))];
  return month < 4 ? { quarter: 4, year: year - 1 } : { quarter: Math.floor((month - 1) / 3), year };
}

const quarterLabel = /\bQ(?:uarter\s*)?([1-4])\b(?:\s*(?:of\s*)?(?:20)?(\d\d)\s*[/-]\s*(?:20)?\d\d\b)?/gi;

/** Quarters a text names, in order. One without its year is of the year given. */
export const quartersNamed = (text: string, year: number): NamedQuarter[] =>
  [...text.matchAll(quarterLabel)].map(([, quarter, short]) => ({
    quarter: Number(quarter),
    year: short === undefined ? year : 2000 + Number(short),
  }));

const number = String.raw`(\d[\d,]*(?:\.\d+)?)\s*(%|per ?cent)?`;
const target = `(?:target|goal|plan|trajectory|ambition)`;
const held = String.raw`(?:against|versus|vs\.?|compared (?:with|to))`;
const article = `(?:a |an |the |our |its )?(?:[a-z-]+ ){0,2}?`;
const valueFirst = new RegExp(`${number},? ${held} ${article}${target}(?: of| is| was|:)? ${number}`, 'gi');
const targetFirst = new RegExp(`${target}(?: of| is| was|:)? ${number}[^.%]{0,60}? (?:is|was|at|achieved|reached) ${number}`, 'gi');

const toNumber = (text: string | undefined): number => Number(text?.replaceAll(',', ''));

/** Figures a commentary holds against a target: `93% against a target of 91.7%`. */
export function figuresAgainstTarget(text: string): AgainstTarget[] {
  const line = flatten(text);
  const read = (pattern: RegExp, order: (first: number, second: number) => AgainstTarget): AgainstTarget[] =>
    [...line.matchAll(pattern)].flatMap(([, first, unit, second, otherUnit]) =>
      (unit === undefined) === (otherUnit === undefined) ? [order(toNumber(first), toNumber(second))] : [],
    );
  const found = read(valueFirst, (value, of) => ({ value, target: of }));
  return found.length > 0 ? found : read(targetFirst, (of, value) => ({ value, target: of }));
}

/** Percentages, decimals and grouped numbers: what a performance is given in. Years, dates and targets are none. */
export const figuresOf = (text: string): number =>
  [
    ...flatten(text)
      .replace(new RegExp(`${target}(?: of| is| was|:)? ${number}`, 'gi'), '')
      .matchAll(/\d[\d,]*(?:\.\d+)?\s*(?:%|per ?cent)|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\b\d+\.\d+\b/g),
  ].length;

const available = /\b(data|numerators?|denominators?|figures?)\b[^.]{0,120}?\bnot (?:yet |currently |be |been )*available\b/i;

/** Does a text say that there are no data to go by? */
export const saysNoData = (text: string): boolean => available.test(flatten(text));

/** Whether more or less of a metric is better; where nobody says, `above` and `below` mean nothing. */
export type Better = 'higher' | 'lower';

const goal = String.raw`(?:the |our |its |this )?(?:\w+ )?(?:target|goal|plan|trajectory)\b`;
const standing = String.raw`\b(?:is|are|was|were|remains?|now|currently|significantly|slightly|well|just|running)`;
const phrase = (pattern: string): RegExp => new RegExp(pattern, 'i');

const offTarget = phrase(String.raw`(?<!\b(?:not|never|longer)(?: \w+)? )\boff[- ](?:target|goal|track|plan|trajectory)\b`);
const behind = phrase(`${standing} (?:behind|short of) ${goal}`);
const failed = phrase(String.raw`\b(?:missing|missed|(?:fails?|failed|failing) to (?:meet|achieve)) ${goal}`);
const notMet = phrase(
  String.raw`\b(?:not|cannot|unlikely to)(?: \w+)? (?:on (?:track|target)\b|(?:meet|meeting|achieve|achieving|hit|hitting) (?:\w+ )?${goal})`,
);
const met = phrase(
  String.raw`(?<!\b(?:not|cannot|unlikely)(?: \w+)? )\b(?:on track to (?:meet|achieve|hit)|meets?|meeting|exceeds?|exceeded|exceeding) (?:\w+ )?${goal}`,
);
const beyond = { above: phrase(`${standing} above ${goal}`), below: phrase(`${standing} (?:below|under) ${goal}`) };

/** Does a text say that a target is being missed? Below it is worse only where more is better. */
export function saysMissed(text: string, better?: Better): boolean {
  const line = flatten(text);
  const worse = better === undefined ? undefined : beyond[better === 'higher' ? 'below' : 'above'];
  return [offTarget, behind, failed, notMet, worse].some((pattern) => pattern?.test(line));
}

/** Does a text say that a target is being met? */
export function saysMet(text: string, better?: Better): boolean {
  const beaten = better === undefined ? undefined : beyond[better === 'higher' ? 'above' : 'below'];
  return [met, beaten].some((pattern) => pattern?.test(flatten(text))) && !saysMissed(text, better);
}
