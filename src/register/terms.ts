import type { LocalDate } from '../shared/clock.ts';
import type { Setting } from '../shared/settings.ts';

export const purposes = [
  'direct-care',
  'risk-stratification-commissioning',
  'risk-stratification-case-finding',
  'commissioning',
  'service-evaluation',
  'emergency-planning',
  'public-health',
  'payment',
  'returns',
] as const;
export type Purpose = (typeof purposes)[number];

export const legalBases = ['section-251', 'consent', 'direct-care', 'statutory', 'public-interest', 'contract', 'anonymised'] as const;
export type LegalBasisKind = (typeof legalBases)[number];

export const dataForms = ['identifiable', 'pseudonymised-limited-access', 'anonymised', 'aggregate'] as const;
export type DataForm = (typeof dataForms)[number];

/**
 * Documents that set an objection aside, and that whoever discloses must have seen: the approval letter or minutes that do
 * so for the national opt-out, and the direction or notice that does so for type 1 (RULE-OPT-2 c, d, e, g).
 */
export const evidenceKinds = ['ndop-set-aside', 'type-1-set-aside'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** Why a flow may not run today. Every reason is given, each with the clause it rests on. */
export interface Refusal {
  /** Stable: AGREEMENT_EXPIRED, LEGAL_BASIS_EXPIRED, FLOW_SUSPENDED, PRACTICE_NOT_SIGNED, FLOW_UNKNOWN … */
  readonly code: string;
  readonly clause: string;
  readonly message: string;
}

/** What an admitted flow may do: the black box needs nothing else of the register. */
export interface FlowTerms {
  readonly flowId: string;
  readonly flowNo: number;
  readonly feedId: string;
  readonly setting: Setting;
  readonly placeId: string;
  /** ODS code of the organisation that sends. */
  readonly sender: string;
  readonly agreementId: string;
  readonly basis: LegalBasisKind;
  /** Form in which the data LEAVE the sender for this flow; objections depend on it. */
  readonly form: DataForm;
  readonly purposes: readonly Purpose[];
  /** Column names (CSV) or element paths (FHIR, e.g. Condition.code) the agreement allows to land. */
  readonly allowedFields: readonly string[];
  readonly linkByLocalId: boolean;
  /** NHS NUMBER STATUS INDICATOR CODEs that may be linked; '' = data set carries none (RULE-NHS-5). */
  readonly acceptedNumberStatus: readonly string[];
  readonly sensitiveCodes: { readonly exclude: true } | { readonly exclude: false; readonly approval: string };
  /** Youngest age in whole years that may land; 0 = everyone. */
  readonly minimumAge: number;
  readonly acceptTestNumbers: boolean;
  /** Documents seen that set objections aside; none unless the agreement names them. */
  readonly evidence?: readonly EvidenceKind[];
}

export type Admission =
  | { readonly admitted: true; readonly at: LocalDate; readonly registerVersion: number; readonly terms: FlowTerms }
  | { readonly admitted: false; readonly at: LocalDate; readonly registerVersion: number; readonly refusals: readonly Refusal[] };
