import { type DataForm, dataForms, type FlowTerms, type LegalBasisKind, legalBases, type Purpose, purposes } from '../register/terms.ts';
import type { Setting } from '../shared/settings.ts';
import type { DecisionRow, DecisionTable } from './decision-table.ts';
import { type ObjectionKind, type ObjectionReason, objectionKinds } from './kinds.ts';

/** What somebody wants to do with a row, and the objections in force of the person the row is about. */
export interface UseRequest {
  /** A flow may serve several: the row is used only if it may be used for every one. */
  readonly purposes: readonly Purpose[];
  readonly basis: LegalBasisKind;
  readonly form: DataForm;
  /** The setting the record came from: type 1 speaks of the GP record only. */
  readonly origin: Setting;
  readonly objections: readonly ObjectionKind[];
}

export type UseDecision =
  | { readonly use: true }
  /** `row` is the id of the row that decided, or 'none' when no row speaks of the combination. */
  | { readonly use: false; readonly reason: ObjectionReason; readonly row: string };

const includes = <T>(listed: readonly T[] | '*', value: T): boolean => listed === '*' || listed.includes(value);

function speaksOf(row: DecisionRow, request: UseRequest, purpose: Purpose): boolean {
  return (
    includes(row.purposes, purpose) &&
    includes(row.bases, request.basis) &&
    includes(row.forms, request.form) &&
    includes(row.origins, request.origin) &&
    (!row.everyPurpose || request.purposes.every((p) => includes(row.purposes, p)))
  );
}

/**
 * May this be used? For each objection and each purpose the FIRST row of the table that speaks of the combination
 * decides; the use is allowed only when all of them allow it. A combination no row speaks of, or a request without a
 * purpose, is withheld as OBJECTION_UNDECIDED. Without an objection in force the answer is yes: that is never consent,
 * only the absence of an objection; the register decides whether the flow is lawful.
 */
export function decide(table: DecisionTable, request: UseRequest): UseDecision {
  for (const kind of request.objections) {
    const rows = table.byKind.get(kind) ?? [];
    if (request.purposes.length === 0) return { use: false, reason: 'OBJECTION_UNDECIDED', row: 'none' };
    for (const purpose of request.purposes) {
      const row = rows.find((candidate) => speaksOf(candidate, request, purpose));
      if (row === undefined) return { use: false, reason: 'OBJECTION_UNDECIDED', row: 'none' };
      if (row.outcome === 'withhold') return { use: false, reason: row.reason, row: row.id };
    }
  }
  return { use: true };
}

export type CoveredTerms = Pick<FlowTerms, 'purposes' | 'basis' | 'form' | 'setting'>;

/**
 * The decisions for one flow, made once instead of per record: the reason each kind of objection withholds its rows for,
 * or undefined where it does not. A person's rows are withheld for the first kind, in the order of the map, that has one.
 */
export function withheldReasons(table: DecisionTable, terms: CoveredTerms): ReadonlyMap<ObjectionKind, ObjectionReason | undefined> {
  const { purposes, basis, form, setting: origin } = terms;
  return new Map(
    objectionKinds.map((kind) => {
      const decision = decide(table, { purposes, basis, form, origin, objections: [kind] });
      return [kind, decision.use ? undefined : decision.reason] as const;
    }),
  );
}

/** The first reason to withhold, or undefined: what landing asks for each person with objections in force. */
export function firstReason(
  reasons: ReadonlyMap<ObjectionKind, ObjectionReason | undefined>,
  kinds: readonly string[],
): ObjectionReason | undefined {
  // In the order of the map, not of the person's list, so that the same objections are always reported the same way.
  for (const [kind, reason] of reasons) if (reason !== undefined && kinds.includes(kind)) return reason;
  // A kind this version does not know is an objection all the same.
  return kinds.every((kind) => reasons.has(kind as ObjectionKind)) ? undefined : 'OBJECTION_UNDECIDED';
}

/** Kinds that would withhold rows of this origin under SOME terms: what applies to data whose flow the register no longer knows. */
export function withheldUnderSomeTerms(table: DecisionTable, origin: Setting): readonly ObjectionKind[] {
  return objectionKinds.filter((kind) =>
    purposes.some((purpose) =>
      legalBases.some((basis) =>
        dataForms.some((form) => !decide(table, { purposes: [purpose], basis, form, origin, objections: [kind] }).use),
      ),
    ),
  );
}
