import { CopyBytes } from './copy-bytes.ts';
import type { Supersession, Wanted } from './persons.ts';
import type { Place, RowBuffer } from './row-buffer.ts';

/** What an accepted row says beside its record; most rows of a person who has been met say nothing. */
export interface Aside {
  /** Copy text for `sight` behind sequence and person, or '' where this person's demographics are staged already. */
  readonly sight: string;
  readonly superseded: Supersession | undefined;
  /** The sender's own ids this record introduces its person by, as keyed hashes. */
  readonly introduces: readonly string[];
  readonly verified: boolean;
  /** Set where the age at the event must still be checked against what other flows know: the date of the event. */
  readonly ageAt: string;
}

/** Records judged together: large enough for one round trip to be cheap, small enough to stay in memory. */
export class ScreenedBatch {
  /** Rows that passed everything that can be judged without knowing who they are about. */
  readonly rows: RowBuffer;
  readonly asides = new Map<Place, Aside>();
  readonly wanted: Wanted = [];
  /** A binary COPY of the rows that wait for who they refer to, or nothing. */
  readonly deferred = new CopyBytes();
  /** Copy text for the temporary tables of the same names. */
  patientRefs = '';
  seen = '';
  problems = '';
  /** Records looked at, whatever became of them. */
  judged = 0;

  constructor(rows: RowBuffer) {
    this.rows = rows;
  }
}
