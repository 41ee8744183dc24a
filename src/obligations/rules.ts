/** Everything that gives rise to a task. The rule book is printed from this table, and every task names its row. */
export interface ObligationRule {
  readonly id: `RULE-OBL-${number}`;
  readonly kind: string;
  /** What has to be done, in words. */
  readonly what: string;
  /** What in the register, or of a breach, gives rise to it. */
  readonly from: string;
  readonly due: string;
  readonly owner: OwnerRole;
  readonly clause: string;
  readonly source: string;
}

/** Offices, not seats: whoever holds them is said in the organisation. */
export const ownerRoles = ['ig-lead', 'data-protection-officer', 'caldicott-guardian', 'siro', 'returns-lead'] as const;
export type OwnerRole = (typeof ownerRoles)[number];

const conditions = 'CAG standard conditions (letter on CAG 5-05(a)/2014)';
const approved = 'an agreement that rests on an approval under section 251';
const yearly = 'every twelve months from the final letter; the last when the agreement ends';
const condition = (number: number): string => `CAG standard condition ${number}`;

const rule = <const Rule extends ObligationRule>(one: Rule): Rule => one;

export const obligationRules = {
  'annual-report': rule({
    id: 'RULE-OBL-1',
    kind: 'annual-report',
    what: 'Send the annual report to the Confidentiality Advisory Group',
    from: approved,
    due: yearly,
    owner: 'ig-lead',
    clause: condition(10),
    source: conditions,
  }),
  'condition-statement': rule({
    id: 'RULE-OBL-2',
    kind: 'condition-statement',
    what: 'State, with evidence, that the condition was kept',
    from: `conditions 1, 2, 3, 4, 6, 8, 9 and 11 of ${approved}`,
    due: 'with the annual report',
    owner: 'ig-lead',
    clause: 'the condition',
    source: conditions,
  }),
  training: rule({
    id: 'RULE-OBL-3',
    kind: 'training',
    what: 'Show that everybody with access was trained',
    from: approved,
    due: 'the date the register gives, and every twelve months; otherwise with the annual report',
    owner: 'ig-lead',
    clause: condition(5),
    source: conditions,
  }),
  'training-of-person': rule({
    id: 'RULE-OBL-4',
    kind: 'training-of-person',
    what: 'Repeat the data security awareness training',
    from: 'a person who holds a seat',
    due: 'twelve months after the last training; without one, the day the seat begins',
    owner: 'ig-lead',
    clause: condition(5),
    source: conditions,
  }),
  'processor-audit': rule({
    id: 'RULE-OBL-5',
    kind: 'processor-audit',
    what: 'Audit the processor',
    from: `each processor of ${approved}`,
    due: 'the date the register gives, and every twelve months; otherwise every twelve months from the contract',
    owner: 'ig-lead',
    clause: `${condition(7)}; UK GDPR art. 28(3)(h)`,
    source: conditions,
  }),
  'change-notice': rule({
    id: 'RULE-OBL-6',
    kind: 'change-notice',
    what: 'Notify the new flow before it runs',
    from: `a flow planned to go live after the final letter, under ${approved}`,
    due: 'the day before it goes live',
    owner: 'ig-lead',
    clause: condition(9),
    source: conditions,
  }),
  'retention-check': rule({
    id: 'RULE-OBL-7',
    kind: 'retention-check',
    what: 'Destroy what has outlived its retention, and certify it',
    from: 'an agreement that says how long records are kept',
    due: 'every twelve months from its first day',
    owner: 'ig-lead',
    clause: 'UK GDPR art. 5(1)(e)',
    source: 'CareTrak action plan, Action 7: nothing had been destroyed since 2008',
  }),
  'end-of-agreement': rule({
    id: 'RULE-OBL-8',
    kind: 'end-of-agreement',
    what: 'Renew the agreement, or return or destroy its data and certify it',
    from: 'an agreement that ends within 90 days, or has ended',
    due: 'its last day',
    owner: 'ig-lead',
    clause: 'UK GDPR art. 28(3)(g)',
    source: 'CareTrak action plan, Action 7; length of stay review: data returned to the Trust or destroyed',
  }),
  'basis-renewal': rule({
    id: 'RULE-OBL-9',
    kind: 'basis-renewal',
    what: 'Apply for an extension of the legal basis, or prepare to stop its flows',
    from: 'an agreement in force whose legal basis has a last day',
    due: '90 days before that day',
    owner: 'ig-lead',
    clause: 'Health Service (Control of Patient Information) Regulations 2002, reg. 5',
    source: 'RULE-RS-1: support under section 251 is for a fixed term; the lead of 90 days is ours',
  }),
  dpia: rule({
    id: 'RULE-OBL-10',
    kind: 'dpia',
    what: 'Do or review the data protection impact assessment',
    from: 'an agreement in force',
    due: 'the review date; without an assessment, the first day of the agreement',
    owner: 'data-protection-officer',
    clause: 'UK GDPR art. 35',
    source: 'UK GDPR art. 35(1) and (11)',
  }),
  'fair-processing': rule({
    id: 'RULE-OBL-11',
    kind: 'fair-processing',
    what: 'Review the notices that tell people how data about them are used',
    from: 'an agreement in force',
    due: 'twelve months after the newest notice; without one, the first day of the agreement',
    owner: 'ig-lead',
    clause: 'UK GDPR art. 13 and 14; Caldicott principle 8',
    source: 'CAG 7-04(a)/2013: updated notices are a condition of its extension',
  }),
  dspt: rule({
    id: 'RULE-OBL-12',
    kind: 'dspt',
    what: 'Publish the next Data Security and Protection Toolkit assessment',
    from: 'each organisation that takes part in an agreement in force',
    due: 'the last day of the newest assessment; without one, the first day of the agreement',
    owner: 'siro',
    clause: 'Data Security and Protection Toolkit',
    source: 'DSPT is annual (NHS England)',
  }),
  'ico-registration': rule({
    id: 'RULE-OBL-13',
    kind: 'ico-registration',
    what: 'Renew the registration with the Information Commissioner',
    from: 'each organisation that takes part in an agreement in force and is registered',
    due: 'the last day of the registration',
    owner: 'data-protection-officer',
    clause: 'Data Protection (Charges and Information) Regulations 2018',
    source: 'Data Protection (Charges and Information) Regulations 2018, reg. 2',
  }),
  'assurance-statement': rule({
    id: 'RULE-OBL-14',
    kind: 'assurance-statement',
    what: 'Sign the assurance statement on risk stratification',
    from: `each controller and processor of ${approved} for risk stratification`,
    due: 'the first day of the legal basis',
    owner: 'caldicott-guardian',
    clause: 'CAG 7-04(a)/2013, assurance statement',
    source: 'NHS England: each commissioner and supplier signs one',
  }),
  'framework-review': rule({
    id: 'RULE-OBL-15',
    kind: 'framework-review',
    what: 'Renew the framework that agreements hang from',
    from: 'a framework with a last day and an agreement in force under it',
    due: 'its last day',
    owner: 'ig-lead',
    clause: 'The framework',
    source: 'Southend protocol, April 2013',
  }),
  'licence-review': rule({
    id: 'RULE-OBL-16',
    kind: 'licence-review',
    what: 'Renew the licence to analyse with its seats, or take it away',
    from: 'a project with an agreement in force',
    due: 'its last day',
    owner: 'ig-lead',
    clause: 'Licence, with liabilities and penalties (ICO anonymisation code)',
    source: 'CareTrak action plan: licences had no penalties',
  }),
  'condition-review': rule({
    id: 'RULE-OBL-17',
    kind: 'condition-review',
    what: 'Do the review that the condition asks for',
    from: 'a condition of an agreement with a task of review and a date',
    due: 'that date',
    owner: 'ig-lead',
    clause: 'the condition',
    source: 'The agreement',
  }),
  'breach-to-cag': rule({
    id: 'RULE-OBL-18',
    kind: 'breach-to-cag',
    what: 'Report the breach to the Confidentiality Advisory Group, with what was done',
    from: `a breach that touches ${approved}`,
    due: 'ten working days of England after the day it was discovered',
    owner: 'ig-lead',
    clause: condition(11),
    source: conditions,
  }),
  'breach-to-ico': rule({
    id: 'RULE-OBL-19',
    kind: 'breach-to-ico',
    what: 'Notify the Information Commissioner',
    from: 'a breach, unless it was judged to be no risk to people',
    due: '72 hours after it was discovered, to the minute',
    owner: 'data-protection-officer',
    clause: 'UK GDPR art. 33(1)',
    source: 'UK GDPR art. 33(1)',
  }),
  'breach-to-people': rule({
    id: 'RULE-OBL-20',
    kind: 'breach-to-people',
    what: 'Tell the people concerned',
    from: 'a breach that was judged to be a high risk to people',
    due: 'without undue delay: with the notice to the Commissioner',
    owner: 'data-protection-officer',
    clause: 'UK GDPR art. 34',
    source: 'UK GDPR art. 34(1)',
  }),
  'breach-to-organisation': rule({
    id: 'RULE-OBL-21',
    kind: 'breach-to-organisation',
    what: 'Tell the organisation whose data are concerned',
    from: 'each controller of an agreement, and each sender of a flow, that a breach touches',
    due: 'the day after it was discovered',
    owner: 'ig-lead',
    clause: 'UK GDPR art. 33(2)',
    source: 'UK GDPR art. 33(2): without undue delay; one day is ours',
  }),
  'breach-remedy': rule({
    id: 'RULE-OBL-22',
    kind: 'breach-remedy',
    what: 'Put right what went wrong, and say how it will not happen again',
    from: 'every breach',
    due: 'ten working days of England after the day it was discovered',
    owner: 'ig-lead',
    clause: `${condition(11)}; UK GDPR art. 33(5)`,
    source: conditions,
  }),
  'destroy-now': rule({
    id: 'RULE-OBL-23',
    kind: 'destroy-now',
    what: 'Destroy what may not be kept any longer (`haven destroy --expired`)',
    from: 'what the daily check finds: an agreement that ended, a practice that withdrew, a flow that left, retention that ran out',
    due: 'the day it is found',
    owner: 'ig-lead',
    clause: 'UK GDPR art. 5(1)(e)',
    source: 'CareTrak action plan, Action 7: nothing had been destroyed since 2008',
  }),
  'return-sign-off': rule({
    id: 'RULE-OBL-24',
    kind: 'return-sign-off',
    what: 'Sign the return off for the Health and Wellbeing Board (`haven return sign-off`)',
    from: 'a return that is being made, from the first day after its period until it is signed',
    due: 'the day before the return is due',
    owner: 'returns-lead',
    clause: 'The guidance of the return',
    source: 'Better Care Fund templates 2016/17: signed off on behalf of the Board; the day before is ours',
  }),
  'return-submission': rule({
    id: 'RULE-OBL-25',
    kind: 'return-submission',
    what: 'Submit the return and record that it was (`haven return submit`)',
    from: 'a return that is being made, from the first day after its period until it was sent',
    due: 'the day its template gives; the time of that day is in the title',
    owner: 'returns-lead',
    clause: 'The guidance of the return',
    source: 'Better Care Fund templates 2016/17: midday on the day printed',
  }),
} as const;

export type ObligationKind = keyof typeof obligationRules;

/** Who is told when a task is late, and when: days after the due date. The ladder is ours; the offices are those of the DSPT. */
export const escalationLadder = [
  { after: 1, to: 'data-protection-officer' },
  { after: 14, to: 'caldicott-guardian' },
  { after: 28, to: 'siro' },
] as const satisfies readonly { after: number; to: OwnerRole }[];

/** A breach does not wait a fortnight. */
export const breachLadder = [
  { after: 0, to: 'caldicott-guardian' },
  { after: 1, to: 'siro' },
] as const satisfies readonly { after: number; to: OwnerRole }[];
