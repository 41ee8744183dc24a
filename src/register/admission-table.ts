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

/** What a sender is told when a rule does not hold; the receipt carries both, one behind the other. */
export interface RefusalText {
  /** What is wrong. {names} are filled in from the register, never from what arrived, and never say who decided or wrote something. */
  readonly says: string;
  /** What to do about it, for whoever may: the sender, or the leads who keep the register. */
  readonly remedy: string;
}

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
  /** What is said when it does not hold, by code. */
  readonly refusals: Readonly<Record<string, RefusalText>>;
}

const ods = 'NHS Data Dictionary, Organisation Data Service: legal start and end dates';
const article28 = 'UK GDPR art. 28(3)';

/** Every rule of the gate, in the order in which it gives its reasons. */
export const admissionTable = {
  known: {
    id: 'RULE-ADMIT-1',
    title: 'The flow is in the register.',
    law: 'UK GDPR art. 30; CAG standard condition 9 (no flow before notice of it)',
    refusals: {
      FLOW_UNKNOWN: { says: 'No such flow is registered.', remedy: 'Propose it in the register, with its agreement, before sending.' },
    },
  },
  live: {
    id: 'RULE-ADMIT-2',
    title: 'The flow is live on the day: not proposed, suspended or stopped.',
    part: 'flows',
    refusals: {
      FLOW_NOT_LIVE: { says: 'The flow is only proposed.', remedy: 'Record its approval and go-live before sending.' },
      FLOW_NOT_YET_LIVE: { says: 'The flow goes live on {on}; nothing may be sent before.', remedy: 'Send it on that day or later.' },
      FLOW_SUSPENDED: {
        says: 'The flow is suspended since {on}.',
        remedy: 'Hold deliveries back until the register has it as live again.',
      },
      FLOW_STOPPED: { says: 'The flow was stopped on {on}.', remedy: 'Send nothing more; to run again it is proposed and approved anew.' },
    },
  },
  route: {
    id: 'RULE-ADMIT-3',
    title: 'The flow has a digital route, and its endpoint is live on the day.',
    part: 'flows',
    refusals: {
      ROUTE_NONE: {
        says: 'The register records no digital route for this flow.',
        remedy: 'Record the route it takes, with its endpoint, before sending.',
      },
      ROUTE_NOT_LIVE: { says: 'The endpoint of this flow is not live yet.', remedy: 'Record the day it goes live, and send from then on.' },
      ROUTE_CLOSED: { says: 'The endpoint of this flow closed after {on}.', remedy: 'Record the endpoint that follows it before sending.' },
    },
  },
  setting: {
    id: 'RULE-ADMIT-4',
    title: 'A flow starts in a care setting; the linked data set sends nothing but what an agreement lists as data out.',
    part: 'flows',
    refusals: {
      FLOW_WITHOUT_SETTING: {
        says: 'The sending service has no care setting, so nothing says what the flow may carry.',
        remedy: 'Record a service with a care setting as its sender.',
      },
    },
  },
  asymmetry: {
    id: 'RULE-ADMIT-5',
    title: 'A GP may see social care data; social care sees GP data only with the consent of the person.',
    law: 'CAG 5-05(a)/2014, description of the application: access of GPs and of social care workers',
    refusals: {
      GP_DATA_TO_SOCIAL_CARE: {
        says: 'GP data go to social care on consent only, and this agreement rests on another basis.',
        remedy: 'Put the flow under an agreement that rests on consent, or stop it.',
      },
    },
  },
  term: {
    id: 'RULE-ADMIT-6',
    title: 'The day is within the term of the agreement; its first and its last day are both within.',
    part: 'term',
    refusals: {
      AGREEMENT_NOT_STARTED: { says: 'The agreement begins on {on}.', remedy: 'Send on that day or later.' },
      AGREEMENT_EXPIRED: { says: 'The agreement ended on {on}.', remedy: 'Renew it before sending.' },
    },
  },
  agreement: {
    id: 'RULE-ADMIT-7',
    title: 'The agreement is in force: not proposed, suspended or terminated.',
    part: 'term',
    refusals: {
      AGREEMENT_NOT_IN_FORCE: {
        says: 'The agreement is {state}, so its flows may not run.',
        remedy: 'Record it as in force, with the evidence, before sending.',
      },
    },
  },
  framework: {
    id: 'RULE-ADMIT-8',
    title: 'The framework above the agreement holds, and where it lists signatories the sender is one of them.',
    source: 'Information sharing protocol or charter; the refusal cites its title',
    refusals: {
      FRAMEWORK_NOT_ADOPTED: {
        says: 'The framework above the agreement is adopted from {on} on, not before.',
        remedy: 'Send on that day or later.',
      },
      FRAMEWORK_EXPIRED: {
        says: 'The framework above the agreement ended on {on}.',
        remedy: 'Renew it, or put the agreement under the framework that follows it, before sending.',
      },
      FRAMEWORK_NOT_SIGNED: {
        says: 'The sender has not signed the framework above the agreement.',
        remedy: 'Have it sign, and record the signature, before sending.',
      },
      FRAMEWORK_LEFT: {
        says: 'The sender left the framework above the agreement on {on}.',
        remedy: 'Send nothing more, unless it signs again.',
      },
    },
  },
  basis: {
    id: 'RULE-ADMIT-9',
    title: 'The legal basis is in force. Applied, deferred and approved with conditions still to be met are not.',
    source: 'CAG 5-05(a)/2014: applied for and deferred while the flows ran; the refusal cites the provision relied on',
    refusals: {
      LEGAL_BASIS_MISSING: {
        says: 'No legal basis is recorded for this date.',
        remedy: 'Record the basis, and since when it is in force, before sending.',
      },
      LEGAL_BASIS_APPLIED: {
        says: 'The legal basis is only applied for, since {on}.',
        remedy: 'Wait for the decision, and record it, before sending.',
      },
      LEGAL_BASIS_DEFERRED: {
        says: 'The decision on the legal basis was deferred on {on}; deferred is not approved.',
        remedy: 'Answer what was asked, and record the decision, before sending.',
      },
      LEGAL_BASIS_CONDITIONS_OUTSTANDING: {
        says: 'The legal basis was approved with conditions on {on}, and takes effect when they are recorded as met.',
        remedy: 'Meet them, and record the basis as in force, before sending.',
      },
      LEGAL_BASIS_SUSPENDED: {
        says: 'The legal basis is suspended since {on}.',
        remedy: 'Hold deliveries back until the register has it as in force again.',
      },
      LEGAL_BASIS_EXPIRED: { says: 'The legal basis expired on {on}.', remedy: 'Record its renewal before sending.' },
      LEGAL_BASIS_WITHDRAWN: {
        says: 'The legal basis was withdrawn on {on}.',
        remedy: 'Send nothing more, unless another basis takes its place.',
      },
    },
  },
  basisTerm: {
    id: 'RULE-ADMIT-10',
    title: 'The day is within the term of the legal basis; a basis that ran out stops its flows that day (RULE-RS-1).',
    source: 'The refusal cites the provision relied on',
    refusals: {
      LEGAL_BASIS_NOT_STARTED: { says: 'The legal basis begins on {on}.', remedy: 'Send on that day or later.' },
      LEGAL_BASIS_EXPIRED: { says: 'The legal basis ran out on {on}.', remedy: 'Record its renewal before sending.' },
    },
  },
  basisEvidence: {
    id: 'RULE-ADMIT-11',
    title: 'The legal basis can be shown: section 251 by its CAG reference and last day, a contract by its reference.',
    source: 'COPI Regulations 2002, reg. 5 (support is bespoke and for a fixed term); the refusal cites the provision relied on',
    refusals: {
      LEGAL_BASIS_NOT_EVIDENCED: {
        says: 'The legal basis lacks its {missing}; without it the basis cannot be shown.',
        remedy: 'Record it from the letter of approval or the contract.',
      },
    },
  },
  consent: {
    id: 'RULE-ADMIT-12',
    title: 'Consent says in which words, when and how it was obtained, covers every purpose, and names every processor.',
    law: 'UK GDPR art. 7(1) and 4(11)',
    refusals: {
      CONSENT_NOT_EVIDENCED: {
        says: 'The register does not hold the wording of the consent, when and how it was obtained, and for what.',
        remedy: 'Record all of it before sending.',
      },
      CONSENT_PURPOSE_NOT_COVERED: {
        says: 'The wording of the consent does not cover the purpose {purpose}.',
        remedy: 'Ask people again in words that do, or take the purpose out of the agreement.',
      },
      CONSENT_PROCESSOR_NOT_NAMED: {
        says: 'The wording of the consent does not name {name} ({ods}), which handles the data.',
        remedy: 'Ask people again in words that do, or have the data go another way.',
      },
    },
  },
  signature: {
    id: 'RULE-ADMIT-13',
    title: 'The sender has signed for itself and has not withdrawn. Each GP practice joins and leaves by its own signature.',
    part: 'signatures',
    refusals: {
      PRACTICE_NOT_SIGNED: {
        says: 'The practice has not signed. Each practice joins by its own signature; nobody signs for it.',
        remedy: 'Have the practice sign, and record the signature, before sending.',
      },
      PRACTICE_WITHDRAWN: {
        says: 'The practice withdrew from the agreement on {on}.',
        remedy: 'Send nothing more, unless it signs again.',
      },
      SENDER_NOT_SIGNED: {
        says: 'The sending organisation has not signed the agreement.',
        remedy: 'Have it sign, and record the signature, before sending.',
      },
      SENDER_WITHDRAWN: { says: 'The sender withdrew from the agreement on {on}.', remedy: 'Send nothing more, unless it signs again.' },
    },
  },
  controller: {
    id: 'RULE-ADMIT-14',
    title: 'Somebody who exists decides as controller, alone, jointly or in common; joint controllers have an arrangement.',
    law: 'UK GDPR art. 4(7) and 26',
    part: 'controllers',
    refusals: {
      CONTROLLER_MISSING: { says: 'No controller is recorded for this date.', remedy: 'Say who decides, alone, jointly or in common.' },
      CONTROLLER_CLOSED: {
        says: '{name} ({ods}) closed on {on} and decides nothing any more.',
        remedy: 'Record its successor as controller.',
      },
      CONTROLLER_ARRANGEMENT_MISSING: {
        says: 'Joint controllers are recorded without the clause that arranges who answers to people for what.',
        remedy: 'Arrange it, and record the clause.',
      },
    },
  },
  processor: {
    id: 'RULE-ADMIT-15',
    title: 'Whoever handles the data without being sender or controller has a contract that runs on the day.',
    law: article28,
    part: 'processors',
    refusals: {
      PROCESSOR_CONTRACT_MISSING: {
        says: 'No processor contract with {name} ({ods}) is in force.',
        remedy: 'Conclude one, and record it, before sending.',
      },
      PROCESSOR_CONTRACT_EXPIRED: {
        says: 'The contract with {name} ({ods}) ended on {on}.',
        remedy: 'Renew it, and record its new last day, before sending.',
      },
    },
  },
  contract: {
    id: 'RULE-ADMIT-16',
    title: 'The contract says what a breach costs and gives the controller the right to audit.',
    law: `${article28}(h) and 82; CAG standard condition 7`,
    part: 'processors',
    refusals: {
      PROCESSOR_CONTRACT_INCOMPLETE: {
        says: 'The contract with {name} ({ods}) does not say: {missing}.',
        remedy: 'Have the contract say it, and record where.',
      },
    },
  },
  impact: {
    id: 'RULE-ADMIT-17',
    title: 'The impact of the processing has been assessed, and the review of the assessment is not overdue.',
    law: 'UK GDPR art. 35',
    refusals: {
      DPIA_MISSING: {
        says: 'No data protection impact assessment is recorded for this date.',
        remedy: 'Carry one out, and record it, before sending.',
      },
      DPIA_REVIEW_OVERDUE: {
        says: 'The review of the impact assessment was due on {on}.',
        remedy: 'Review it, and record the day of the next review.',
      },
    },
  },
  told: {
    id: 'RULE-ADMIT-18',
    title: 'People have been told, through at least one channel whose evidence holds on the day.',
    law: 'UK GDPR art. 13 and 14; Caldicott principle 8',
    part: 'fairProcessing',
    refusals: {
      FAIR_PROCESSING_MISSING: {
        says: 'Nothing shows that people were told how data about them is used.',
        remedy: 'Tell them, and record how, when and the evidence.',
      },
    },
  },
  fields: {
    id: 'RULE-ADMIT-19',
    title: 'The agreement lists the identifiers and fields of the data set, each with its justification.',
    law: 'UK GDPR art. 5(1)(c)',
    part: 'fields',
    refusals: {
      FIELDS_NOT_LISTED: {
        says: 'The agreement lists no identifiers and fields for this data set.',
        remedy: 'List each of them with its justification.',
      },
    },
  },
  retention: {
    id: 'RULE-ADMIT-20',
    title: 'The agreement says how long the data are kept and how they are destroyed.',
    law: 'UK GDPR art. 5(1)(e)',
    part: 'retention',
    refusals: {
      RETENTION_MISSING: {
        says: 'The agreement does not say how long the data are kept nor how they are destroyed.',
        remedy: 'Agree both, and record them.',
      },
    },
  },
  open: {
    id: 'RULE-ADMIT-21',
    title: 'Every organisation that handles the data exists on the day; a successor signs for itself.',
    law: ods,
    refusals: {
      ORGANISATION_NOT_OPEN: { says: '{name} ({ods}) opens on {on}.', remedy: 'Send on that day or later.' },
      ORGANISATION_CLOSED: {
        says: '{name} ({ods}) closed on {on}.{then}',
        remedy: 'Have its successor sign for itself and take its place in the flow.',
      },
    },
  },
  assured: {
    id: 'RULE-ADMIT-22',
    title: 'Every organisation that handles the data meets the data security standards, by an assessment in date.',
    law: 'National Data Guardian data security standards; Data Security and Protection Toolkit (before 2018: IG Toolkit)',
    refusals: {
      DSPT_STALE: { says: '{name} ({ods}) has no assessment in date.', remedy: 'Have it publish one, and record it.' },
      DSPT_NOT_MET: {
        says: '{name} ({ods}) does not meet the standards ({version}).',
        remedy: 'Have it meet them and publish again, and record that.',
      },
    },
  },
  fee: {
    id: 'RULE-ADMIT-23',
    title: 'The registration with the Information Commissioner, where one is recorded, has not run out.',
    law: 'Data Protection (Charges and Information) Regulations 2018, reg. 2',
    refusals: {
      ICO_REGISTRATION_EXPIRED: {
        says: 'The registration of {name} ({ods}) ran out on {on}.',
        remedy: 'Have it renewed, and record its new last day.',
      },
    },
  },
  conditions: {
    id: 'RULE-ADMIT-24',
    title: 'No condition of the approval is overdue.',
    source: 'Conditions of the approval; the refusal cites the condition by number',
    refusals: {
      CONDITION_OVERDUE: {
        says: 'The condition was due on {on} and is not recorded as done.',
        remedy: 'Do what it asks, and record when and with which evidence.',
      },
    },
  },
} as const satisfies Readonly<Record<string, RuleText>>;

export type AdmissionTable = typeof admissionTable;
