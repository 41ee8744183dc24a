import type { LocalDate } from '../../../src/shared/clock.ts';
import type { Breakable } from '../../support/example-place.ts';

export const today = '2026-11-21' as LocalDate;
export const apc = 'example-place-apc';
export const gp = 'example-place-gp';
export const step = (state: string, on: string) => ({ state, on, by: 'Board', evidence: 'Minutes' });

export interface Row {
  readonly when: string;
  readonly change?: (place: Breakable, agreement: Breakable) => unknown;
  readonly flow?: string;
  readonly at?: string;
  readonly refusals: readonly string[];
  /** Part of the clause of the first refusal. */
  readonly clause?: string;
  /** The whole message of the first refusal. */
  readonly says?: string;
}

export const basis =
  (...history: object[]) =>
  (_place: Breakable, agreement: Breakable) => {
    agreement.legalBasis.history = history;
  };
export const flowHistory =
  (...history: object[]) =>
  (place: Breakable) => {
    place.flows[0].history = history;
  };

export const rows: readonly Row[] = [
  { when: 'everything is in order', refusals: [] },
  { when: 'the flow is not in the register', flow: 'nobody-knows', refusals: ['FLOW_UNKNOWN'], clause: 'art. 30' },
  // The flow itself
  {
    when: 'the flow is only proposed',
    change: flowHistory(step('proposed', '2026-01-01')),
    refusals: ['FLOW_NOT_LIVE'],
    clause: 'schedule of flows',
  },
  { when: 'nothing is recorded of the flow', change: flowHistory(), refusals: ['FLOW_NOT_LIVE'] },
  {
    when: 'the flow goes live tomorrow',
    change: flowHistory(step('proposed', '2026-01-01'), step('live', '2026-11-22')),
    refusals: ['FLOW_NOT_YET_LIVE'],
  },
  { when: 'the flow goes live today', change: flowHistory(step('live', '2026-11-21')), refusals: [] },
  {
    when: 'the flow is suspended today',
    change: flowHistory(step('live', '2025-04-14'), step('suspended', '2026-11-21')),
    refusals: ['FLOW_SUSPENDED'],
  },
  {
    when: 'the flow is suspended tomorrow',
    change: flowHistory(step('live', '2025-04-14'), step('suspended', '2026-11-22')),
    refusals: [],
  },
  {
    when: 'the flow is stopped',
    change: flowHistory(step('live', '2025-04-14'), step('stopped', '2026-06-01')),
    refusals: ['FLOW_STOPPED'],
  },
  {
    when: 'there is no digital route',
    change: (p) => {
      p.flows[0].route = 'none';
    },
    refusals: ['ROUTE_NONE'],
  },
  {
    when: 'the endpoint has no live date',
    change: (p) => {
      delete p.systems[0].endpoints[0].liveFrom;
    },
    refusals: ['ROUTE_NOT_LIVE'],
  },
  {
    when: 'the endpoint closed yesterday',
    change: (p) => {
      p.systems[0].endpoints[0].liveTo = '2026-11-20';
    },
    refusals: ['ROUTE_CLOSED'],
  },
  // The agreement
  {
    when: 'the agreement ends today',
    change: (_p, a) => {
      a.validTo = '2026-11-21';
    },
    refusals: [],
  },
  {
    when: 'the agreement ended yesterday',
    change: (_p, a) => {
      a.validTo = '2026-11-20';
    },
    refusals: ['AGREEMENT_EXPIRED'],
    clause: 'Example agreement, clause 3',
  },
  {
    when: 'the agreement begins tomorrow',
    change: (_p, a) => {
      a.validFrom = '2026-11-22';
    },
    refusals: ['AGREEMENT_NOT_STARTED'],
  },
  {
    when: 'the agreement is only proposed',
    change: (_p, a) => {
      a.history = [step('proposed', '2025-01-01')];
    },
    refusals: ['AGREEMENT_NOT_IN_FORCE'],
  },
  {
    when: 'the agreement is suspended',
    change: (_p, a) => {
      a.history.push(step('suspended', '2026-11-21'));
    },
    refusals: ['AGREEMENT_NOT_IN_FORCE'],
  },
  {
    when: 'nothing is recorded of the agreement',
    change: (_p, a) => {
      a.history = [];
    },
    refusals: ['AGREEMENT_NOT_IN_FORCE'],
  },
  {
    when: 'the framework above has ended',
    change: (p) => {
      p.frameworks[0].validTo = '2026-11-20';
    },
    refusals: ['FRAMEWORK_EXPIRED'],
    clause: 'Sharing charter',
  },
  {
    when: 'the framework is adopted later',
    change: (p) => {
      p.frameworks[0].adoptedOn = '2026-12-01';
    },
    refusals: ['FRAMEWORK_NOT_ADOPTED'],
  },
  // The legal basis
  {
    when: 'the basis is only applied for',
    change: basis(step('applied', '2026-01-01')),
    refusals: ['LEGAL_BASIS_APPLIED'],
    clause: 'CAG 1-01/2025',
  },
  {
    when: 'the basis is deferred',
    change: basis(step('applied', '2014-06-30'), step('deferred', '2014-08-05')),
    refusals: ['LEGAL_BASIS_DEFERRED'],
  },
  {
    when: 'the basis is approved with conditions still to be met',
    change: basis(step('approved-with-conditions', '2026-01-01')),
    refusals: ['LEGAL_BASIS_CONDITIONS_OUTSTANDING'],
  },
  {
    when: 'the basis is suspended',
    change: basis(step('in-force', '2025-04-01'), step('suspended', '2026-05-01')),
    refusals: ['LEGAL_BASIS_SUSPENDED'],
  },
  {
    when: 'the basis is recorded as expired',
    change: basis(step('in-force', '2025-04-01'), step('expired', '2026-05-01')),
    refusals: ['LEGAL_BASIS_EXPIRED'],
  },
  {
    when: 'the basis is withdrawn',
    change: basis(step('in-force', '2025-04-01'), step('withdrawn', '2026-05-01')),
    refusals: ['LEGAL_BASIS_WITHDRAWN'],
  },
  { when: 'no basis was ever recorded', change: basis(), refusals: ['LEGAL_BASIS_MISSING'] },
  { when: 'the basis comes into force tomorrow', change: basis(step('in-force', '2026-11-22')), refusals: ['LEGAL_BASIS_MISSING'] },
  {
    when: 'the last day of the basis is today',
    change: (_p, a) => {
      a.legalBasis.validTo = '2026-11-21';
    },
    refusals: [],
  },
  {
    when: 'the basis ran out yesterday',
    change: (_p, a) => {
      a.legalBasis.validTo = '2026-11-20';
    },
    refusals: ['LEGAL_BASIS_EXPIRED'],
    clause: 'reg. 5',
  },
  {
    when: 'the basis begins later',
    change: (_p, a) => {
      a.legalBasis.validFrom = '2026-12-01';
    },
    refusals: ['LEGAL_BASIS_NOT_STARTED'],
  },
  {
    when: 'section 251 support has no last day',
    change: (_p, a) => {
      delete a.legalBasis.validTo;
    },
    refusals: ['LEGAL_BASIS_NOT_EVIDENCED'],
  },
  {
    when: 'section 251 support has no reference',
    change: (_p, a) => {
      delete a.legalBasis.reference;
    },
    refusals: ['LEGAL_BASIS_NOT_EVIDENCED'],
  },
  // Signatures
  { when: 'the practice signed', flow: gp, refusals: [] },
  {
    when: 'the practice has not signed',
    flow: gp,
    change: (_p, a) => {
      a.signatories.pop();
    },
    refusals: ['PRACTICE_NOT_SIGNED'],
    clause: 'signatures',
  },
  {
    when: 'the practice signs tomorrow',
    flow: gp,
    change: (_p, a) => {
      a.signatories[1].signedOn = '2026-11-22';
    },
    refusals: ['PRACTICE_NOT_SIGNED'],
  },
  {
    when: 'the practice withdrew today',
    flow: gp,
    change: (_p, a) => {
      a.signatories[1].withdrawnOn = '2026-11-21';
    },
    refusals: ['PRACTICE_WITHDRAWN'],
  },
  {
    when: 'the practice withdraws tomorrow',
    flow: gp,
    change: (_p, a) => {
      a.signatories[1].withdrawnOn = '2026-11-22';
    },
    refusals: [],
  },
  {
    when: 'another practice withdrew',
    change: (_p, a) => {
      a.signatories[1].withdrawnOn = '2026-11-21';
    },
    refusals: [],
  },
  {
    when: 'the trust has not signed',
    change: (_p, a) => {
      a.signatories.shift();
    },
    refusals: ['SENDER_NOT_SIGNED'],
  },
  {
    when: 'the trust withdrew and signed again',
    change: (_p, a) => {
      a.signatories[0].withdrawnOn = '2026-01-01';
      a.signatories.push({ organisation: 'ZTRU', signedOn: '2026-02-01', signedBy: 'CE' });
    },
    refusals: [],
  },
  // Who is responsible
  {
    when: 'no controller is named',
    change: (_p, a) => {
      a.controllers = [];
    },
    refusals: ['CONTROLLER_MISSING'],
    clause: 'art. 4(7)',
  },
  {
    when: 'the controllership ended',
    change: (_p, a) => {
      a.controllers[0].to = '2026-11-20';
    },
    refusals: ['CONTROLLER_MISSING'],
  },
  {
    when: 'an organisation on the way has no contract',
    change: (_p, a) => {
      a.processors.pop();
    },
    refusals: ['PROCESSOR_CONTRACT_MISSING'],
    clause: 'UK GDPR art. 28',
  },
  {
    when: 'the contract with the operator ended yesterday',
    change: (_p, a) => {
      a.processors[0].to = '2026-11-20';
    },
    refusals: ['PROCESSOR_CONTRACT_EXPIRED'],
  },
  {
    when: 'who is on the way is a controller',
    change: (p, a) => {
      p.flows[0].through = ['ZICB'];
      a.processors.pop();
    },
    refusals: [],
  },
  // What must be written down first
  {
    when: 'there is no impact assessment',
    change: (_p, a) => {
      delete a.dpia;
    },
    refusals: ['DPIA_MISSING'],
    clause: 'art. 35',
  },
  {
    when: 'the impact assessment is dated later',
    change: (_p, a) => {
      a.dpia.on = '2026-12-01';
    },
    refusals: ['DPIA_MISSING'],
  },
  {
    when: 'the review of the impact assessment is overdue',
    change: (_p, a) => {
      a.dpia.reviewBy = '2026-11-20';
    },
    refusals: ['DPIA_REVIEW_OVERDUE'],
  },
  {
    when: 'nobody was told',
    change: (_p, a) => {
      a.fairProcessing = [];
    },
    refusals: ['FAIR_PROCESSING_MISSING'],
    clause: 'art. 13 and 14',
  },
  {
    when: 'no fields are listed for this data set',
    change: (_p, a) => {
      a.dataIn.shift();
    },
    refusals: ['FIELDS_NOT_LISTED'],
  },
  {
    when: 'the list of fields is empty',
    change: (_p, a) => {
      a.dataIn[0].items = [];
    },
    refusals: ['FIELDS_NOT_LISTED'],
  },
  {
    when: 'retention is not set',
    change: (_p, a) => {
      delete a.retention;
    },
    refusals: ['RETENTION_MISSING'],
    clause: 'clause 9',
  },
  // Organisations
  {
    when: 'the sender closed today',
    change: (p) => {
      p.organisations[0].closedOn = '2026-11-21';
    },
    refusals: ['ORGANISATION_CLOSED'],
  },
  {
    when: 'the sender closes tomorrow',
    change: (p) => {
      p.organisations[0].closedOn = '2026-11-22';
    },
    refusals: [],
  },
  {
    when: 'an organisation on the way is not open yet',
    change: (p) => {
      p.organisations[3].openedOn = '2026-12-01';
    },
    refusals: ['ORGANISATION_NOT_OPEN'],
  },
  {
    when: 'the DSPT of the sender ran out yesterday',
    change: (p) => {
      p.organisations[0].assurance[0].validTo = '2026-11-20';
    },
    refusals: ['DSPT_STALE'],
  },
  {
    when: 'the operator has no DSPT',
    change: (p) => {
      p.organisations[4].assurance = [];
    },
    refusals: ['DSPT_STALE'],
  },
  {
    when: 'the sender does not meet the standards',
    change: (p) => {
      p.organisations[0].assurance = [{ ...p.organisations[0].assurance[0], status: 'standards-not-met' }];
    },
    refusals: ['DSPT_NOT_MET'],
  },
  {
    when: 'the place only warns of a stale DSPT',
    change: (p) => {
      p.place.assurance = 'warn';
      p.organisations[0].assurance = [];
    },
    refusals: [],
  },
  {
    when: 'the registration with the ICO ran out',
    change: (p) => {
      p.organisations[0].icoRegistration.validTo = '2026-11-20';
    },
    refusals: ['ICO_REGISTRATION_EXPIRED'],
  },
  // Conditions
  {
    when: 'the annual report is overdue',
    change: (_p, a) => {
      a.conditions[0].dueOn = '2026-11-20';
    },
    refusals: ['CONDITION_OVERDUE'],
    clause: 'CAG 1-01/2025 condition 10',
  },
  {
    when: 'the annual report is done',
    change: (_p, a) => {
      Object.assign(a.conditions[0], { dueOn: '2026-11-20', doneOn: '2026-11-01' });
    },
    refusals: [],
  },
];
