import type { Purpose } from '../register/terms.ts';

/**
 * Kinds of objection that are acted on, as the check constraint of objections.objection lists them. Type 2 is not among
 * them: it ended on 11 October 2018, earlier ones became national data opt-outs and later ones are not processed
 * (NHS England, RULE-OPT-1).
 */
export const objectionKinds = [
  'type-1',
  'ndop',
  'programme',
  'social-care-consent-withheld',
  'social-care-consent-withdrawn',
  'local-sharing',
  'right-to-object',
  'risk-stratification',
  'lack-of-capacity',
] as const;
export type ObjectionKind = (typeof objectionKinds)[number];

/** An objection in force as the database names it: article 21 is per purpose, so one purpose may stand behind a slash. */
export type StandingObjection = ObjectionKind | `right-to-object/${Purpose}`;

/** The two parts of such a name. */
export function kindOf(objection: StandingObjection): { readonly kind: ObjectionKind; readonly only?: Purpose } {
  const [kind, only] = objection.split('/') as [ObjectionKind, Purpose?];
  return { kind, ...(only === undefined ? {} : { only }) };
}

/** Reasons for which a row may be withheld; receipts count by them. */
export const objectionReasons = [
  'OBJECTION_TYPE1',
  'OBJECTION_NDOP',
  'OBJECTION_PROGRAMME',
  'OBJECTION_SOCIAL_CARE_CONSENT',
  'OBJECTION_LOCAL_SHARING',
  'OBJECTION_RIGHT_TO_OBJECT',
  'OBJECTION_RISK_STRATIFICATION',
  // No row of the table speaks of the combination: fail closed, and a person decides.
  'OBJECTION_UNDECIDED',
] as const;
export type ObjectionReason = (typeof objectionReasons)[number];

/**
 * What the national service last said about the person: `fresh` (asked, and the answer is at most seven days old), `stale`
 * (older), `missing` (no whole answer), `not-covered` (no number that was asked about). Only the first is an answer.
 */
export const nationalCheckStates = ['fresh', 'stale', 'missing', 'not-covered'] as const;
export type NationalCheck = (typeof nationalCheckStates)[number];

/** Why a use waits although the person is not known to object: the national list cannot speak for them (RULE-OPT-4, RULE-NDOP-4). */
export const nationalCheckReasons = {
  stale: 'NATIONAL_CHECK_STALE',
  missing: 'NATIONAL_CHECK_MISSING',
  'not-covered': 'NATIONAL_CHECK_NOT_COVERED',
} as const;
export type NationalCheckReason = (typeof nationalCheckReasons)[keyof typeof nationalCheckReasons];
