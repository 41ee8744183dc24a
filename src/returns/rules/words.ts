import type { Period } from '../return.ts';

/** A quarter of a financial year, as people write it: `Q2 16/17` is quarter 2 of the year that begins in April 2016. */
export interface NamedQuarter {
  readonly quarter: number;
  readonly year: number;
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

const targetFigure = /(?:target|goal|plan|trajectory|ambition)(?: of| is| was|:)? \d[\d,]*(?:\.\d+)?\s*(?:%|per ?cent)?/gi;

/** Percentages, decimals and grouped numbers: what a performance is given in. Years, dates and targets are none. */
export const figuresOf = (text: string): number =>
  [
    ...flatten(text)
      .replace(targetFigure, '')
      .matchAll(/\d[\d,]*(?:\.\d+)?\s*(?:%|per ?cent)|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\b\d+\.\d+\b/g),
  ].length;

/** Times that are not the quarter a commentary is about. */
const anotherTime =
  /\b(?:last|previous|preceding|prior|next|following|coming) (?:financial )?(?:year|quarter|month|winter|spring|summer|autumn)s?\b/i;
const thisTime = /\b(?:now|current(?:ly)?|to date|this (?:quarter|year))\b/i;
const financialYear = /\b(?:20)(\d\d)\s*[/-]\s*(?:20)?\d\d\b/g;

/** Is a piece of text about the quarter, or about another time? Undefined where it names none. */
export function isAbout(piece: string, quarter?: NamedQuarter): boolean | undefined {
  const named = quarter === undefined ? [] : quartersNamed(piece, quarter.year);
  const years =
    quarter === undefined ? [] : [...piece.replace(quarterLabel, '').matchAll(financialYear)].map(([, year]) => 2000 + Number(year));
  const own =
    named.some((one) => one.quarter === quarter?.quarter && one.year === quarter.year) || years.some((year) => year === quarter?.year);
  if (own || thisTime.test(piece)) return true;
  return named.length > 0 || years.length > 0 || anotherTime.test(piece) ? false : undefined;
}

const available = /\b(data|numerators?|denominators?|figures?)\b[^.]{0,120}?\bnot (?:yet |currently |be |been )*available\b/i;

/** Does a text say that there are no data to go by? What was missing at another time says nothing of this quarter. */
export const saysNoData = (text: string, quarter?: NamedQuarter): boolean =>
  flatten(text)
    .split(/[.;!?](?=\s|$)/)
    .some((sentence) => available.test(sentence) && isAbout(sentence, quarter) !== false);
