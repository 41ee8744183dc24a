import {
  type DataForm,
  dataForms,
  type EvidenceKind,
  type FlowTerms,
  type LegalBasisKind,
  legalBases,
  type Purpose,
  purposes,
} from '../register/terms.ts';
import type { Setting } from '../shared/settings.ts';
import type { DecisionRow, DecisionTable } from './decision-table.ts';
import {
  kindOf,
  type NationalCheck,
  type NationalCheckReason,
  nationalCheckReasons,
  type ObjectionReason,
  objectionKinds,
  type StandingObjection,
} from './kinds.ts';

/** What somebody wants to do with rows of one origin. */
export interface Use {
  /** A flow may serve several: a row is used only if it may be used for every one. */
  readonly purposes: readonly Purpose[];
  readonly basis: LegalBasisKind;
  readonly form: DataForm;
  /** The setting the record came from: type 1 speaks of the GP record only. */
  readonly origin: Setting;
  /** Documents the discloser has seen that change what the table says; none unless the register holds them. */
  readonly evidence?: readonly EvidenceKind[];
}

/** The same, with what is known of the person the rows are about. */
export interface UseRequest extends Use {
  readonly objections: readonly StandingObjection[];
  /** How far the national list can be believed for this person; anything but `fresh` stops what an opt-out would stop. */
  readonly nationalCheck: NationalCheck;
}

export type UseDecision =
  | { readonly use: true }
  /** `row` is the id of the row that decided, or 'none' when no row speaks of the combination. */
  | { readonly use: false; readonly reason: ObjectionReason | NationalCheckReason; readonly row: string };

type Withheld = { readonly reason: ObjectionReason; readonly row: string };

const includes = <T>(listed: readonly T[] | '*', value: T): boolean => listed === '*' || listed.includes(value);

function speaksOf(row: DecisionRow, use: Use, purpose: Purpose): boolean {
  return (
    includes(row.purposes, purpose) &&
    includes(row.bases, use.basis) &&
    includes(row.forms, use.form) &&
    includes(row.origins, use.origin) &&
    (row.requires === undefined || (use.evidence ?? []).includes(row.requires)) &&
    (!row.everyPurpose || use.purposes.every((p) => includes(row.purposes, p)))
  );
}

/** What one objection withholds a use for: the first row that speaks of each purpose decides; silence withholds. */
function judge(table: DecisionTable, use: Use, objection: StandingObjection): Withheld | undefined {
  const { kind, only } = kindOf(objection);
  // About one purpose: what serves others too may land, and whoever uses it for that purpose asks again (art. 21(1)).
  if (only !== undefined && !use.purposes.every((purpose) => purpose === only)) return undefined;
  const rows = table.byKind.get(kind) ?? [];
  for (const purpose of use.purposes) {
    const row = rows.find((candidate) => speaksOf(candidate, use, purpose));
    if (row === undefined) return { reason: 'OBJECTION_UNDECIDED', row: 'none' };
    if (row.outcome === 'withhold') return { reason: row.reason, row: row.id };
  }
  return undefined;
}

/**
 * May this be used? For each objection and each purpose the FIRST row of the table that speaks of the combination
 * decides; the use is allowed only when all of them allow it. A combination no row speaks of, or a request without a
 * purpose, is withheld as OBJECTION_UNDECIDED. Where a national opt-out would withhold, a list that is stale, missing or
 * silent about the person withholds too. Without an objection in force the answer is yes: that is never consent, only
 * the absence of an objection; the register decides whether the flow is lawful.
 */
export function decide(table: DecisionTable, request: UseRequest): UseDecision {
  if (request.purposes.length === 0) return { use: false, reason: 'OBJECTION_UNDECIDED', row: 'none' };
  for (const objection of request.objections) {
    const withheld = judge(table, request, objection);
    if (withheld !== undefined) return { use: false, ...withheld };
  }
  if (request.nationalCheck === 'fresh') return { use: true };
  const unchecked = judge(table, request, 'ndop');
  return unchecked === undefined ? { use: true } : { use: false, reason: nationalCheckReasons[request.nationalCheck], row: unchecked.row };
}

export type CoveredTerms = Pick<FlowTerms, 'purposes' | 'basis' | 'form' | 'setting'> & Pick<Use, 'evidence'>;

/** Every objection as the database may name it, in the order in which receipts report them. */
const standingObjections: readonly StandingObjection[] = objectionKinds.flatMap((kind) =>
  kind === 'right-to-object' ? [kind, ...purposes.map((purpose) => `right-to-object/${purpose}` as const)] : [kind],
);

export type WithheldReasons = ReadonlyMap<StandingObjection, ObjectionReason | undefined>;

/**
 * The decisions for one flow, made once instead of per record: the reason each objection withholds its rows for, or
 * undefined where it does not. A person's rows are withheld for the first, in the order of the map, that has a reason.
 */
export function withheldReasons(table: DecisionTable, terms: CoveredTerms): WithheldReasons {
  const { setting: origin, ...use } = terms;
  if (use.purposes.length === 0) return new Map(standingObjections.map((objection) => [objection, 'OBJECTION_UNDECIDED'] as const));
  return new Map(standingObjections.map((objection) => [objection, judge(table, { ...use, origin }, objection)?.reason] as const));
}

/** The first reason to withhold, or undefined: what landing asks for each person with objections in force. */
export function firstReason(reasons: WithheldReasons, objections: readonly string[]): ObjectionReason | undefined {
  // In the order of the map, not of the person's list, so that the same objections are always reported the same way.
  for (const [objection, reason] of reasons) if (reason !== undefined && objections.includes(objection)) return reason;
  // A kind this version does not know is an objection all the same.
  return objections.every((objection) => reasons.has(objection as StandingObjection)) ? undefined : 'OBJECTION_UNDECIDED';
}

/** Objections that would withhold rows of this origin under SOME terms: what applies to data whose flow the register no longer knows. */
export function withheldUnderSomeTerms(table: DecisionTable, origin: Setting): readonly StandingObjection[] {
  return standingObjections.filter((objection) =>
    purposes.some((purpose) =>
      legalBases.some((basis) =>
        dataForms.some((form) => judge(table, { purposes: [purpose], basis, form, origin }, objection) !== undefined),
      ),
    ),
  );
}
