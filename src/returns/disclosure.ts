import type { ReleasedCount } from './return.ts';

/**
 * A count of people or of their records, as it may leave the gateway in evidence: 1 to 7 become `*`, everything else the
 * nearest 5, nothing stays 0 (HES and ECDS small-numbers rule since September 2018).
 */
export function releaseCount(count: number): ReleasedCount {
  if (count === 0) return 0;
  return count < 8 ? '*' : Math.round(count / 5) * 5;
}

/** A percentage with one decimal, from released counts only, so that it cannot be turned back into the true ones. */
export const releaseShare = (part: number, whole: number): '*' | number | null =>
  shareOfReleased([[releaseCount(part), releaseCount(whole)]]);

/**
 * The percentage of sums of counts that are shown one by one, each part with its whole. The sums are made of what is shown:
 * rounded by itself, a sum would give away the one count that is hidden (OpenSAFELY: totals are sums of rounded cells).
 * Pairs with a hidden count are left out.
 * @returns null where there is nothing, `*` where nothing may be shown
 */
export function shareOfReleased(pairs: readonly (readonly [part: ReleasedCount, whole: ReleasedCount])[]): '*' | number | null {
  let [part, whole, hidden] = [0, 0, false];
  for (const [one, of] of pairs) {
    if (one === '*' || of === '*') hidden = true;
    else [part, whole] = [part + one, whole + of];
  }
  if (whole === 0) return hidden ? '*' : null;
  // Roundings can go apart; a share above 100 % would only confuse.
  return Math.min(100, Math.round((part / whole) * 1000) / 10);
}

/** Whole numbers a count may be, both ends inclusive. */
export interface CountRange {
  readonly least: number;
  readonly most: number;
}

/** What a reader who knows the rule learns from one count that is shown: `*` is 1 to 7, 10 is 8 to 12. */
export function rangeOfReleased(shown: ReleasedCount): CountRange {
  if (shown === '*') return { least: 1, most: 7 };
  return shown === 0 ? { least: 0, most: 0 } : { least: Math.max(8, shown - 2), most: shown + 2 };
}

/** As many numbers as the rounding itself leaves open; fewer, and something else has given the count away. */
export const fewestCandidates = 5;

/** Is so little left open that the count is as good as shown? That nothing happened may be known: zero is shown anyway. */
export const isRecovered = ({ least, most }: CountRange): boolean => most > 0 && most - least + 1 < fewestCandidates;
