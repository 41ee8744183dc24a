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
export function releaseShare(part: number, whole: number): '*' | number | null {
  if (whole === 0) return null;
  const [numerator, denominator] = [releaseCount(part), releaseCount(whole)];
  if (numerator === '*' || denominator === '*') return '*';
  // Both roundings can go apart; a share above 100 % would only confuse.
  return Math.min(100, Math.round((numerator / denominator) * 1000) / 10);
}
