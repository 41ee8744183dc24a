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
