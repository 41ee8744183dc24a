import type { Change } from '../../../fixtures/returns/consistent-return.ts';

/** What a return says: [in words, change from a return without contradictions, what else is found in it]. */
export type Row = readonly [says: string, change: Change, also?: readonly string[]];

/** One rule: returns in which it finds something, and their neighbours in which it does not. */
export interface RuleCases {
  readonly rule: string;
  readonly found: readonly Row[];
  readonly notFound: readonly Row[];
}

export const settings = ['gp', 'hospital', 'social-care', 'community', 'mental-health', 'specialised-palliative'] as const;

/** The same answer for every setting. */
export const everywhere = <T>(prefix: string, answer: T): Record<string, T> =>
  Object.fromEntries(settings.map((setting) => [`${prefix}.${setting}`, answer]));
