import type { Breakable } from '../../support/example-place.ts';
import { charter } from './admission-boundaries.ts';
import { basis, flowHistory, gp, type Row, step } from './admission-rows.ts';

type Change = NonNullable<Row['change']>;
const [yesterday, now, tomorrow] = ['2026-11-20', '2026-11-21', '2026-11-22'];

const consentOf =
  (change: object, also: (p: Breakable, a: Breakable) => void = () => undefined): Change =>
  (p, a) => {
    a.legalBasis = {
      kind: 'consent',
      clause: 'UK GDPR art. 6(1)(a)',
      history: [step('in-force', '2025-04-01')],
      consent: {
        wordingVersion: '3',
        wording: 'Form 3',
        obtained: 'At assessment, signed',
        purposes: ['risk-stratification-commissioning'],
        namedProcessors: ['ZHGO', 'ZCSU'],
        ...change,
      },
    };
    also(p, a);
  };

/** What the gate looks at beside dates. */
export const factRows: readonly Row[] = [
  {
    when: 'the sending service is the linked data set itself',
    change: (p) => Object.assign(p.services[0], { setting: 'linked-data-set' }),
    refusals: ['FLOW_WITHOUT_SETTING'],
    says: 'The sending service has no care setting, so nothing says what the flow may carry.',
  },
  {
    when: 'GP data go to social care without consent',
    flow: gp,
    change: (p) => Object.assign(p.services[2], { setting: 'social-care' }),
    refusals: ['GP_DATA_TO_SOCIAL_CARE'],
    says: 'GP data go to social care on consent only, and this agreement rests on another basis.',
  },
  {
    when: 'GP data go to social care with consent',
    flow: gp,
    change: consentOf({}, (p) => Object.assign(p.services[2], { setting: 'social-care' })),
    refusals: [],
  },
  { when: 'GP data go to a hospital', flow: gp, change: (p) => Object.assign(p.services[2], { setting: 'hospital' }), refusals: [] },
  { when: 'hospital data go to social care', change: (p) => Object.assign(p.services[2], { setting: 'social-care' }), refusals: [] },
  { when: 'the charter lists the sender', change: charter({ organisation: 'ZTRU', signedOn: now }), refusals: [] },
  {
    when: 'the charter lists others only',
    change: charter({ organisation: 'F81001', signedOn: '2025-01-01' }),
    refusals: ['FRAMEWORK_NOT_SIGNED'],
    says: 'The sender has not signed the framework above the agreement.',
  },
  {
    when: 'the sender signs the charter tomorrow',
    change: charter({ organisation: 'ZTRU', signedOn: tomorrow }),
    refusals: ['FRAMEWORK_NOT_SIGNED'],
  },
  {
    when: 'the charter ended and the sender never signed it',
    change: (p) => {
      charter({ organisation: 'F81001', signedOn: '2025-01-01' })(p);
      p.frameworks[0].validTo = yesterday;
    },
    refusals: ['FRAMEWORK_EXPIRED', 'FRAMEWORK_NOT_SIGNED'],
  },
  { when: 'there is no framework above', change: (_p, a) => delete a.framework, refusals: [] },
  { when: 'the framework has no last day', change: (p) => delete p.frameworks[0].validTo, refusals: [] },
  {
    when: 'a planned go-live is tomorrow',
    change: (p) => Object.assign(p.flows[0], { history: [step('proposed', '2026-01-01')], plannedGoLive: tomorrow }),
    refusals: ['FLOW_NOT_YET_LIVE'],
  },
  {
    when: 'a planned go-live has come and nobody recorded it',
    change: (p) => Object.assign(p.flows[0], { history: [step('proposed', '2026-01-01')], plannedGoLive: now }),
    refusals: ['FLOW_NOT_LIVE'],
    says: 'The flow is only proposed.',
  },
  {
    when: 'the flow ran once, was stopped, is proposed again and goes live later',
    change: flowHistory(
      step('live', '2025-04-14'),
      step('stopped', '2025-06-01'),
      step('proposed', '2026-01-01'),
      step('live', '2026-12-01'),
    ),
    refusals: ['FLOW_NOT_YET_LIVE'],
    says: 'The flow goes live on 2026-12-01; nothing may be sent before.',
  },
  {
    when: 'the flow is proposed and is to be stopped tomorrow',
    change: flowHistory(step('proposed', '2026-01-01'), step('stopped', tomorrow)),
    refusals: ['FLOW_NOT_LIVE'],
  },
  {
    when: 'the flow went live long ago, was suspended and is to stop tomorrow',
    change: flowHistory(step('live', '2025-04-14'), step('suspended', '2026-01-01'), step('stopped', tomorrow)),
    refusals: ['FLOW_SUSPENDED'],
  },
  {
    when: 'the agreement is not recorded as in force',
    change: (_p, a) => Object.assign(a, { history: [] }),
    refusals: ['AGREEMENT_NOT_IN_FORCE'],
    says: 'The agreement is not recorded as in force, so its flows may not run.',
  },
  {
    when: 'the basis is recorded as expired after its last day',
    change: (_p, a) => {
      a.legalBasis.validTo = '2026-05-01';
      a.legalBasis.history.push(step('expired', '2026-05-02'));
    },
    refusals: ['LEGAL_BASIS_EXPIRED'],
    says: 'The legal basis expired on 2026-05-02.',
  },
  {
    when: 'no basis was ever recorded, and its last day has passed',
    change: (_p, a) => Object.assign(a.legalBasis, { history: [], validTo: yesterday }),
    refusals: ['LEGAL_BASIS_MISSING', 'LEGAL_BASIS_EXPIRED'],
  },
  {
    when: 'the basis was applied for and is not decided',
    change: basis(step('applied', '2026-01-01')),
    refusals: ['LEGAL_BASIS_APPLIED'],
    clause: 'CAG 1-01/2025, COPI Regulations 2002, reg. 5',
    says: 'The legal basis is only applied for, since 2026-01-01.',
  },
  {
    when: 'section 251 support has neither reference nor last day',
    change: (_p, a) => {
      delete a.legalBasis.reference;
      delete a.legalBasis.validTo;
    },
    refusals: ['LEGAL_BASIS_NOT_EVIDENCED', 'LEGAL_BASIS_NOT_EVIDENCED'],
    clause: 'COPI Regulations 2002, reg. 5',
    says: 'The legal basis lacks its CAG reference; without it the basis cannot be shown.',
  },
  {
    when: 'section 251 support has a reference and no last day',
    change: (_p, a) => delete a.legalBasis.validTo,
    refusals: ['LEGAL_BASIS_NOT_EVIDENCED'],
    says: 'The legal basis lacks its last day; without it the basis cannot be shown.',
  },
  {
    when: 'a contract is relied on and not named',
    change: (_p, a) => {
      a.legalBasis.kind = 'contract';
      delete a.legalBasis.reference;
      delete a.legalBasis.validTo;
    },
    refusals: ['LEGAL_BASIS_NOT_EVIDENCED'],
    says: 'The legal basis lacks its reference; without it the basis cannot be shown.',
  },
  {
    when: 'a statutory basis has neither reference nor last day',
    change: (_p, a) => {
      a.legalBasis.kind = 'statutory';
      delete a.legalBasis.reference;
      delete a.legalBasis.validTo;
    },
    refusals: [],
  },
  { when: 'consent covers purpose and processors', change: consentOf({}), refusals: [] },
  {
    when: 'the wording of the consent is not recorded',
    change: consentOf({}, (_p, a) => delete a.legalBasis.consent),
    refusals: ['CONSENT_NOT_EVIDENCED'],
    clause: 'UK GDPR art. 7(1)',
    says: 'The register does not hold the wording of the consent, when and how it was obtained, and for what.',
  },
  {
    when: 'the consent is for another purpose',
    change: consentOf({ purposes: ['direct-care'] }),
    refusals: ['CONSENT_PURPOSE_NOT_COVERED'],
    says: 'The wording of the consent does not cover the purpose risk-stratification-commissioning.',
  },
  {
    when: 'the consent does not name the processor',
    change: consentOf({ namedProcessors: ['ZCSU'] }),
    refusals: ['CONSENT_PROCESSOR_NOT_NAMED'],
    says: 'The wording of the consent does not name Example Operator (ZHGO), which handles the data.',
  },
  {
    when: 'who is not named by the consent is a controller',
    change: consentOf({ namedProcessors: ['ZHGO'] }, (p) => Object.assign(p.flows[0], { through: ['ZICB'] })),
    refusals: [],
  },
  {
    when: 'signatures are listed in another order than they were made',
    change: (_p, a) => a.signatories.unshift({ organisation: 'ZTRU', signedOn: '2026-02-01', signedBy: 'CE', withdrawnOn: '2026-03-01' }),
    refusals: ['SENDER_WITHDRAWN'],
    says: 'The sender withdrew from the agreement on 2026-03-01.',
  },
  {
    when: 'the sender signed twice on one day, and withdrew the first',
    change: (_p, a) => {
      a.signatories[0].withdrawnOn = '2026-01-01';
      a.signatories.push({ organisation: 'ZTRU', signedOn: a.signatories[0].signedOn, signedBy: 'CE' });
    },
    refusals: [],
  },
  {
    when: 'joint controllers have no clause that arranges it',
    change: (_p, a) =>
      a.controllers.splice(0, 1, ...['ZICB', 'ZTRU'].map((organisation) => ({ organisation, capacity: 'joint', from: now }))),
    refusals: ['CONTROLLER_ARRANGEMENT_MISSING'],
    clause: 'art. 4(7) and 26',
    says: 'Joint controllers are recorded without the clause that arranges who answers to people for what.',
  },
  {
    when: 'joint controllers have their clause',
    change: (_p, a) => {
      a.controllers.splice(0, 1, ...['ZICB', 'ZTRU'].map((organisation) => ({ organisation, capacity: 'joint', from: now })));
      a.clauses.controllers = 'clause 5';
    },
    refusals: [],
  },
  {
    when: 'a joint controller and one in common have no clause that arranges it',
    change: (_p, a) =>
      a.controllers.splice(
        ...[0, 1, { organisation: 'ZICB', capacity: 'joint', from: now }, { organisation: 'ZTRU', capacity: 'in-common', from: now }],
      ),
    refusals: ['CONTROLLER_ARRANGEMENT_MISSING'],
  },
  {
    when: 'who is on the way was a controller until yesterday and has no contract',
    change: (_p, a) => {
      a.controllers.push({ organisation: 'ZCSU', capacity: 'in-common', from: '2025-04-01', to: yesterday });
      a.processors.pop();
    },
    refusals: ['PROCESSOR_CONTRACT_MISSING'],
    says: 'No processor contract with Example CSU (ZCSU) is in force.',
  },
  {
    when: 'controllers in common need no arrangement',
    change: (_p, a) =>
      a.controllers.splice(0, 1, ...['ZICB', 'ZTRU'].map((organisation) => ({ organisation, capacity: 'in-common', from: now }))),
    refusals: [],
  },
  {
    when: 'the contract says nothing of liabilities',
    change: (_p, a) => delete a.processors[0].liabilities,
    refusals: ['PROCESSOR_CONTRACT_INCOMPLETE'],
    clause: 'UK GDPR art. 28(3)(h) and 82; CAG standard condition 7; Example agreement, processors',
    says: 'The contract with Example Operator (ZHGO) does not say: liabilities and penalties.',
  },
  {
    when: 'the contract gives no right to audit',
    change: (_p, a) => delete a.processors[0].auditRights,
    refusals: ['PROCESSOR_CONTRACT_INCOMPLETE'],
    says: 'The contract with Example Operator (ZHGO) does not say: audit rights.',
  },
  {
    when: 'the newest contract lacks both, an older one neither',
    change: (_p, a) => a.processors.push({ organisation: 'ZHGO', contract: 'C3', from: '2026-01-01' }),
    refusals: ['PROCESSOR_CONTRACT_INCOMPLETE'],
    says: 'The contract with Example Operator (ZHGO) does not say: liabilities and penalties, audit rights.',
  },
  {
    when: 'an older contract lacks both, the newest neither',
    change: (_p, a) => a.processors.unshift({ organisation: 'ZHGO', contract: 'C0', from: '2025-01-01' }),
    refusals: [],
  },
  {
    when: 'a contract without audit rights has ended and another runs',
    change: (_p, a) => a.processors.push({ organisation: 'ZHGO', contract: 'C4', from: '2026-02-01', to: yesterday }),
    refusals: [],
  },
  {
    when: 'the care setting that receives has no processor contract',
    change: (p, a) => {
      p.services[2].setting = 'hospital';
      a.processors.shift();
    },
    refusals: [],
  },
  {
    when: 'the sender also stands on the way',
    change: (p) => Object.assign(p.flows[0], { through: ['ZTRU'] }),
    refusals: [],
  },
  {
    when: 'who receives was assessed again and failed',
    change: (p) =>
      p.organisations[4].assurance.unshift({
        ...p.organisations[4].assurance[0],
        version: '2026-27',
        status: 'standards-not-met',
        publishedOn: '2026-11-01',
      }),
    refusals: ['DSPT_NOT_MET'],
    says: 'Example Operator (ZHGO) does not meet the standards (2026-27).',
  },
  {
    when: 'who receives was assessed again and failed, and the newest is listed last',
    change: (p) =>
      p.organisations[4].assurance.push({
        ...p.organisations[4].assurance[0],
        status: 'standards-not-met',
        publishedOn: '2026-11-01',
      }),
    refusals: ['DSPT_NOT_MET'],
  },
  {
    when: 'who receives failed once and met the standards later',
    change: (p) =>
      p.organisations[4].assurance.push({
        ...p.organisations[4].assurance[0],
        status: 'standards-not-met',
        publishedOn: '2026-01-01',
      }),
    refusals: [],
  },
  {
    when: 'the place only warns of assurance',
    change: (p) => {
      p.place.assurance = 'warn';
      p.organisations[0].assurance = [];
    },
    refusals: [],
  },
  {
    when: 'the sender closed and has a successor',
    change: (p) =>
      Object.assign(p.organisations[0], {
        closedOn: now,
        succeededBy: [
          { organisation: 'ZICB', on: now, evidence: 'Order' },
          { organisation: 'ZCSU', on: now, evidence: 'Order' },
        ],
      }),
    refusals: ['ORGANISATION_CLOSED'],
    says: 'Example Trust (ZTRU) closed on 2026-11-21. Its successor is ZICB, ZCSU.',
  },
  {
    when: 'an overdue condition was met today',
    change: (_p, a) => Object.assign(a.conditions[0], { dueOn: yesterday, doneOn: now }),
    refusals: [],
  },
  {
    when: 'an overdue condition will be met tomorrow',
    change: (_p, a) => Object.assign(a.conditions[0], { dueOn: yesterday, doneOn: tomorrow }),
    refusals: ['CONDITION_OVERDUE'],
    clause: 'CAG 1-01/2025 condition 10',
  },
  { when: 'the review of the impact assessment has no date', change: (_p, a) => delete a.dpia.reviewBy, refusals: [] },
  {
    when: 'the review of the impact assessment was due',
    change: (_p, a) => Object.assign(a.dpia, { reviewBy: yesterday }),
    refusals: ['DPIA_REVIEW_OVERDUE'],
    clause: 'UK GDPR art. 35(11); DPIA 1',
  },
  {
    when: 'one of two notices has ended',
    change: (_p, a) => a.fairProcessing.push({ channel: 'Poster', evidence: 'Photo', on: '2025-01-01', until: yesterday }),
    refusals: [],
  },
];
