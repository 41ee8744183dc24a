import type { Agreement } from './agreement.ts';

/** Part of a signed agreement that a refusal cites. */
export type AgreementPart = keyof Agreement['clauses'];

export const partNames: Readonly<Record<AgreementPart, string>> = {
  term: 'term',
  signatures: 'signatures',
  controllers: 'controllers',
  processors: 'processors',
  fields: 'schedule of data items',
  flows: 'schedule of flows',
  retention: 'retention',
  fairProcessing: 'fair processing',
};

/** One rule of the gate as people read it: the rule book and the refusals are made of the same words. */
export interface RuleText {
  readonly id: `RULE-ADMIT-${number}`;
  /** What must hold for a flow to run. */
  readonly title: string;
  /** Law or guidance the rule rests on; it is cited before the clause of the agreement. */
  readonly law?: string;
  /** Clause of the agreement that is cited, under the number the agreement gives it. */
  readonly part?: AgreementPart;
  /** Where the rule comes from, when no law and no clause says it. */
  readonly source?: string;
  /** What is said when it does not hold; {names} are filled in from the register, never from what arrived. */
  readonly refusals: Readonly<Record<string, string>>;
}

const ods = 'NHS Data Dictionary, Organisation Data Service: legal start and end dates';
const article28 = 'UK GDPR art. 28(3)';

/** Every rule of the gate, in the order in which it gives its reasons. */
export const admissionTable = {
  known: {
    id: 'RULE-ADMIT-1',
    title: 'The flow is in the register.',
    law: 'UK GDPR art. 30; CAG standard condition 9 (no flow before notice of it)',
    refusals: { FLOW_UNKNOWN: 'No such flow is registered. Propose it in the register, with its agreement, before sending.' },
  },
  live: {
    id: 'RULE-ADMIT-2',
    title: 'The flow is live on the day: not proposed, suspended or stopped.',
    part: 'flows',
    refusals: {
      FLOW_NOT_LIVE: 'The flow is only proposed. Record its approval and go-live before sending.',
      FLOW_NOT_YET_LIVE: 'The flow goes live on {on}; nothing may be sent before.',
      FLOW_SUSPENDED: 'The flow is suspended since {on}: {evidence}',
      FLOW_STOPPED: 'The flow was stopped on {on}: {evidence}',
    },
  },
  route: {
    id: 'RULE-ADMIT-3',
    title: 'The flow has a digital route, and its endpoint is live on the day.',
    part: 'flows',
    refusals: {
      ROUTE_NONE: 'The register records no digital route for this flow.',
      ROUTE_NOT_LIVE: 'The endpoint of this flow is not live yet.',
      ROUTE_CLOSED: 'The endpoint of this flow closed after {on}.',
    },
  },
  setting: {
    id: 'RULE-ADMIT-4',
    title: 'A flow starts in a care setting; the linked data set sends nothing but what an agreement lists as data out.',
    part: 'flows',
    refusals: { FLOW_WITHOUT_SETTING: 'The sending service has no care setting, so nothing says what the flow may carry.' },
  },
  asymmetry: {
    id: 'RULE-ADMIT-5',
    title: 'A GP may see social care data; social care sees GP data only with the consent of the person.',
    law: 'CAG 5-05(a)/2014, description of the application: access of GPs and of social care workers',
    refusals: { GP_DATA_TO_SOCIAL_CARE: 'GP data go to social care on consent only, and this agreement rests on another basis.' },
  },
  term: {
    id: 'RULE-ADMIT-6',
    title: 'The day is within the term of the agreement; its first and its last day are both within.',
    part: 'term',
    refusals: {
      AGREEMENT_NOT_STARTED: 'The agreement begins on {on}.',
      AGREEMENT_EXPIRED: 'The agreement ended on {on}. Renew it before sending.',
    },
  },
  agreement: {
    id: 'RULE-ADMIT-7',
    title: 'The agreement is in force: not proposed, suspended or terminated.',
    part: 'term',
    refusals: { AGREEMENT_NOT_IN_FORCE: 'The agreement is {state}, so its flows may not run.' },
  },
  framework: {
    id: 'RULE-ADMIT-8',
    title: 'The framework above the agreement holds, and where it lists signatories the sender is one of them.',
    source: 'Information sharing protocol or charter; the refusal cites its title',
    refusals: {
      FRAMEWORK_NOT_ADOPTED: 'The framework above the agreement was adopted on {on}.',
      FRAMEWORK_EXPIRED: 'The framework above the agreement ended on {on}.',
      FRAMEWORK_NOT_SIGNED: 'The sender has not signed the framework above the agreement.',
      FRAMEWORK_LEFT: 'The sender left the framework above the agreement on {on}.',
    },
  },
  basis: {
    id: 'RULE-ADMIT-9',
    title: 'The legal basis is in force. Applied, deferred and approved with conditions still to be met are not.',
    source: 'CAG 5-05(a)/2014: applied for and deferred while the flows ran; the refusal cites the provision relied on',
    refusals: {
      LEGAL_BASIS_MISSING: 'No legal basis is recorded for this date.',
      LEGAL_BASIS_APPLIED: 'The legal basis is only applied for. (applied on {on}, {by})',
      LEGAL_BASIS_DEFERRED: 'The decision on the legal basis is deferred; deferred is not approved. (deferred on {on}, {by})',
      LEGAL_BASIS_CONDITIONS_OUTSTANDING:
        'The approval takes effect when its conditions are recorded as met. (approved-with-conditions on {on}, {by})',
      LEGAL_BASIS_SUSPENDED: 'The legal basis is suspended. (suspended on {on}, {by})',
      LEGAL_BASIS_EXPIRED: 'The legal basis has expired. (expired on {on}, {by})',
      LEGAL_BASIS_WITHDRAWN: 'The legal basis is withdrawn. (withdrawn on {on}, {by})',
    },
  },
  basisTerm: {
    id: 'RULE-ADMIT-10',
    title: 'The day is within the term of the legal basis; a basis that ran out stops its flows that day (RULE-RS-1).',
    source: 'The refusal cites the provision relied on',
    refusals: {
      LEGAL_BASIS_NOT_STARTED: 'The legal basis begins on {on}.',
      LEGAL_BASIS_EXPIRED: 'The legal basis ran out on {on}. Record its renewal before sending.',
    },
  },
  basisEvidence: {
    id: 'RULE-ADMIT-11',
    title: 'The legal basis can be shown: section 251 by its CAG reference and last day, a contract by its reference.',
    source: 'COPI Regulations 2002, reg. 5 (support is bespoke and for a fixed term); the refusal cites the provision relied on',
    refusals: {
      LEGAL_BASIS_NOT_EVIDENCED: 'The legal basis lacks its {missing}; without it the basis cannot be shown.',
    },
  },
  consent: {
    id: 'RULE-ADMIT-12',
    title: 'Consent says in which words, when and how it was obtained, covers every purpose, and names every processor.',
    law: 'UK GDPR art. 7(1) and 4(11)',
    refusals: {
      CONSENT_NOT_EVIDENCED: 'The register does not hold the wording of the consent, when and how it was obtained, and for what.',
      CONSENT_PURPOSE_NOT_COVERED: 'The wording of the consent does not cover the purpose {purpose}.',
      CONSENT_PROCESSOR_NOT_NAMED: 'The wording of the consent does not name {name} ({ods}), which handles the data.',
    },
  },
  signature: {
    id: 'RULE-ADMIT-13',
    title: 'The sender has signed for itself and has not withdrawn. Each GP practice joins and leaves by its own signature.',
    part: 'signatures',
    refusals: {
      PRACTICE_NOT_SIGNED: 'The practice has not signed. Each practice joins by its own signature; nobody signs for it.',
      PRACTICE_WITHDRAWN: 'The practice withdrew from the agreement on {on}.',
      SENDER_NOT_SIGNED: 'The sending organisation has not signed the agreement.',
      SENDER_WITHDRAWN: 'The sender withdrew from the agreement on {on}.',
    },
  },
  controller: {
    id: 'RULE-ADMIT-14',
    title: 'Somebody who exists decides as controller, alone, jointly or in common; joint controllers have an arrangement.',
    law: 'UK GDPR art. 4(7) and 26',
    part: 'controllers',
    refusals: {
      CONTROLLER_MISSING: 'No controller is recorded for this date. Say who decides, alone, jointly or in common.',
      CONTROLLER_CLOSED: '{name} ({ods}) closed on {on} and decides nothing any more. Record its successor as controller.',
      CONTROLLER_ARRANGEMENT_MISSING: 'Joint controllers are recorded without the clause that arranges who answers to people for what.',
    },
  },
  processor: {
    id: 'RULE-ADMIT-15',
    title: 'Whoever handles the data without being sender or controller has a contract that runs on the day.',
    law: article28,
    part: 'processors',
    refusals: {
      PROCESSOR_CONTRACT_MISSING: 'No processor contract in force with {name} ({ods}).',
      PROCESSOR_CONTRACT_EXPIRED: 'The contract with {name} ({ods}) ended on {on}.',
    },
  },
  contract: {
    id: 'RULE-ADMIT-16',
    title: 'The contract says what a breach costs and gives the controller the right to audit.',
    law: `${article28}(h) and 82; CAG standard condition 7`,
    part: 'processors',
    refusals: { PROCESSOR_CONTRACT_INCOMPLETE: 'The contract with {name} ({ods}) does not say: {missing}.' },
  },
  impact: {
    id: 'RULE-ADMIT-17',
    title: 'The impact of the processing has been assessed, and the review of the assessment is not overdue.',
    law: 'UK GDPR art. 35',
    refusals: {
      DPIA_MISSING: 'No data protection impact assessment is recorded for this date.',
      DPIA_REVIEW_OVERDUE: 'The review of the impact assessment was due on {on}.',
    },
  },
  told: {
    id: 'RULE-ADMIT-18',
    title: 'People have been told, through at least one channel whose evidence holds on the day.',
    law: 'UK GDPR art. 13 and 14; Caldicott principle 8',
    part: 'fairProcessing',
    refusals: { FAIR_PROCESSING_MISSING: 'Nothing shows that people were told how data about them is used.' },
  },
  fields: {
    id: 'RULE-ADMIT-19',
    title: 'The agreement lists the identifiers and fields of the data set, each with its justification.',
    law: 'UK GDPR art. 5(1)(c)',
    part: 'fields',
    refusals: { FIELDS_NOT_LISTED: 'The agreement lists no identifiers and fields for this data set.' },
  },
  retention: {
    id: 'RULE-ADMIT-20',
    title: 'The agreement says how long the data are kept and how they are destroyed.',
    law: 'UK GDPR art. 5(1)(e)',
    part: 'retention',
    refusals: { RETENTION_MISSING: 'The agreement does not say how long the data are kept nor how they are destroyed.' },
  },
  open: {
    id: 'RULE-ADMIT-21',
    title: 'Every organisation that handles the data exists on the day; a successor signs for itself.',
    law: ods,
    refusals: {
      ORGANISATION_NOT_OPEN: '{name} ({ods}) opens on {on}.',
      ORGANISATION_CLOSED: '{name} ({ods}) closed on {on}.{then}',
    },
  },
  assured: {
    id: 'RULE-ADMIT-22',
    title: 'Every organisation that handles the data meets the data security standards, by an assessment in date.',
    law: 'National Data Guardian data security standards; Data Security and Protection Toolkit (before 2018: IG Toolkit)',
    refusals: {
      DSPT_STALE: '{name} ({ods}) has no assessment in date.',
      DSPT_NOT_MET: '{name} ({ods}) does not meet the standards ({version}).',
    },
  },
  fee: {
    id: 'RULE-ADMIT-23',
    title: 'The registration with the Information Commissioner, where one is recorded, has not run out.',
    law: 'Data Protection (Charges and Information) Regulations 2018, reg. 2',
    refusals: { ICO_REGISTRATION_EXPIRED: 'The registration of {name} ({ods}) ran out on {on}.' },
  },
  conditions: {
    id: 'RULE-ADMIT-24',
    title: 'No condition of the approval is overdue.',
    source: 'Conditions of the approval; the refusal cites the condition by number',
    refusals: { CONDITION_OVERDUE: 'The condition was due on {on} and is not recorded as done.' },
  },
} as const satisfies Readonly<Record<string, RuleText>>;

export type AdmissionTable = typeof admissionTable;
