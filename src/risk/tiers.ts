/** A stratum of the ranked population: everybody down to this many in a thousand who is not in a tier above. */
export interface TierRule {
  readonly tier: string;
  readonly toPerMille: number;
}

export interface TierSize {
  readonly tier: string;
  /** Last rank (from 1) of the tier; 0 when nobody is in it yet. */
  readonly lastRank: number;
  readonly people: number;
}

/** Last rank at or above a cut: half a person rounds up. Integers only, because 0.005 has no exact binary value. */
export const lastRankAt = (people: number, perMille: number): number => Math.floor((2 * people * perMille + 1000) / 2000);

/**
 * Sizes of the tiers of a ranked population. Cuts are cumulative, so the sizes always add up to `people`: 1,438,682 people
 * give 7,193 / 64,741 / 215,802 / 1,150,946, as printed in the Essex plan of 2014.
 */
export function sizeTiers(people: number, rules: readonly TierRule[]): readonly TierSize[] {
  let above = 0;
  return rules.map(({ tier, toPerMille }) => {
    const lastRank = lastRankAt(people, toPerMille);
    const size = { tier, lastRank, people: lastRank - above };
    above = lastRank;
    return size;
  });
}

/** Tier of a rank (from 1, highest risk first) among `people`. */
export function tierOf(rank: number, people: number, rules: readonly TierRule[]): string | undefined {
  return sizeTiers(people, rules).find(({ lastRank }) => rank <= lastRank)?.tier;
}
