import type { Issue } from '../feeds/record.ts';

/**
 * One source record, read and checked but still with identifiers: it exists only inside the black box, for the moment
 * between the reader and the pseudonym. Strings are '' where nothing was sent; dates are ISO.
 */
export interface Candidate {
  readonly row: number;
  readonly nhsNumber: string;
  readonly nhsNumberStatus: string;
  readonly supersededBy: string;
  readonly localPatientId: string;
  readonly aliases: readonly string[];
  readonly refersToPatient: boolean;
  readonly introducesPatient: boolean;
  readonly birthDate: string;
  readonly deathDate: string;
  readonly sex: string;
  readonly ethnicCategory: string;
  readonly postcode: string;
  readonly practice: string;
  readonly registeredFrom: string;
  readonly sourceId: readonly string[];
  readonly sourceAt: string;
  readonly deleted: boolean;
  readonly kind: string;
  readonly start: string;
  readonly end: string;
  readonly ready: string;
  readonly provider: string;
  /** PostgreSQL array literal of `system:CODE`, or ''. */
  readonly codes: string;
  readonly sensitive: boolean;
  readonly costPence: string;
  /** JSON object text, or ''. */
  readonly attributes: string;
  readonly period: string;
  readonly withhold: string;
  readonly error: Issue | undefined;
}

/** What a record says about the person rather than about the event. */
export type Demographics = Pick<
  Candidate,
  'nhsNumberStatus' | 'sex' | 'birthDate' | 'ethnicCategory' | 'postcode' | 'practice' | 'registeredFrom' | 'deathDate'
>;

/** A number beside its name: what was dropped, warned about, withheld. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  get total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  toObject(): Record<string, number> {
    return Object.fromEntries([...this.counts].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
