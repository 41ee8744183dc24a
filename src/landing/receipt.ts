import type { Refusal } from '../register/terms.ts';

export type DeliveryState = 'landed' | 'refused' | 'duplicate';

/** What the sender gets back, always. `received = landed + updated + unchanged + withheld + quarantined`, to the row. */
export interface Receipt {
  readonly delivery: string;
  readonly flow: string;
  readonly batch?: string;
  readonly sha256: string;
  readonly state: DeliveryState;
  readonly received: number;
  readonly landed: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly withheld: Readonly<Record<string, number>>;
  readonly quarantined: Readonly<Record<string, number>>;
  /** Rows removed because a snapshot or period was replaced, or because what their sender says of them now may not land; not received rows. */
  readonly removed: number;
  /** FHIR resource types that are out of scope, with counts; their sum is withheld.OUT_OF_SCOPE. */
  readonly outOfScope: Readonly<Record<string, number>>;
  /** Values dropped by reason: not in the agreement, free text, column not in the data set. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly warnings: Readonly<Record<string, number>>;
  readonly linkage: { readonly existing: number; readonly new: number };
  readonly refusals: readonly Refusal[];
  readonly problems: string;
  readonly duplicateOf?: string;
  readonly started: string;
  readonly finished: string;
}
