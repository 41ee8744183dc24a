import { Tally } from './candidate.ts';

/** Counts of one delivery while it streams; every received record ends in exactly one of the first five. */
export class DeliveryTallies {
  received = 0;
  landed = 0;
  updated = 0;
  unchanged = 0;
  readonly withheld = new Tally();
  readonly quarantined = new Tally();
  removed = 0;
  readonly outOfScope = new Tally();
  readonly dropped = new Tally();
  readonly warnings = new Tally();
  /** For the returns: records that speak of a person, those with a usable number, those whose number was verified. */
  numberExpected = 0;
  numberUsable = 0;
  numberVerified = 0;
  /** Records that do not say when their source changed them: what they say counts as said now. */
  untimed = 0;
  problemRows = 0;
  /**
   * Lines the row report still has room for. What is beyond them is counted and not reported: one unknown code list would
   * otherwise write a line for every row, and a small packed file of broken lines would fill the disk with their reports.
   */
  readonly reportable = { warning: 100_000, error: 1_000_000 };

  /** @returns how many of `wanted` lines the report takes; they count as written */
  report(severity: 'warning' | 'error', wanted: number): number {
    const taken = Math.min(wanted, this.reportable[severity]);
    this.reportable[severity] -= taken;
    this.problemRows += taken;
    return taken;
  }
}
