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
  problemRows = 0;
}
