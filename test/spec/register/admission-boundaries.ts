import type { Breakable } from '../../support/example-place.ts';
import { apc, gp, type Row, step } from './admission-rows.ts';

type Change = NonNullable<Row['change']>;
const [yesterday, now, tomorrow] = ['2026-11-20', '2026-11-21', '2026-11-22'];

interface Boundary {
  readonly what: string;
  readonly set: (place: Breakable, agreement: Breakable, on: string) => void;
  readonly code: string;
  /** The whole message when the date is the refused one. */
  readonly says: string;
  readonly flow?: string;
}

const at =
  (set: Boundary['set'], on: string): Change =>
  (place, agreement) =>
    set(place, agreement, on);
const both = (boundaries: readonly Boundary[], verb: string, fine: string, refused: string): Row[] =>
  boundaries.flatMap(({ what, set, code, says, flow = apc }) => [
    {
      when: `${what} ${verb} ${fine === now ? 'today' : fine === tomorrow ? 'tomorrow' : 'yesterday'}`,
      flow,
      change: at(set, fine),
      refusals: [],
    },
    {
      when: `${what} ${verb} ${refused === now ? 'today' : refused === tomorrow ? 'tomorrow' : 'yesterday'}`,
      flow,
      change: at(set, refused),
      refusals: [code],
      says: says.replace('DAY', refused),
    },
  ]);

const lastDays: readonly Boundary[] = [
  {
    what: 'the term of the agreement',
    set: (_p, a, on) => Object.assign(a, { validTo: on }),
    code: 'AGREEMENT_EXPIRED',
    says: 'The agreement ended on DAY.',
  },
  {
    what: 'the framework',
    set: (p, _a, on) => Object.assign(p.frameworks[0], { validTo: on }),
    code: 'FRAMEWORK_EXPIRED',
    says: 'The framework above the agreement ended on DAY.',
  },
  {
    what: 'the legal basis',
    set: (_p, a, on) => Object.assign(a.legalBasis, { validTo: on }),
    code: 'LEGAL_BASIS_EXPIRED',
    says: 'The legal basis ran out on DAY.',
  },
  {
    what: 'the endpoint',
    set: (p, _a, on) => Object.assign(p.systems[0].endpoints[0], { liveTo: on }),
    code: 'ROUTE_CLOSED',
    says: 'The endpoint of this flow closed after DAY.',
  },
  {
    what: 'the controllership',
    set: (_p, a, on) => Object.assign(a.controllers[0], { to: on }),
    code: 'CONTROLLER_MISSING',
    says: 'No controller is recorded for this date.',
  },
  {
    what: 'the contract with who receives',
    set: (_p, a, on) => Object.assign(a.processors[0], { to: on }),
    code: 'PROCESSOR_CONTRACT_EXPIRED',
    says: 'The contract with Example Operator (ZHGO) ended on DAY.',
  },
  {
    what: 'the newest contract with who is on the way',
    set: (_p, a, on) => {
      a.processors[1].to = on;
      a.processors.push({ ...a.processors[1], to: '2026-01-01' });
    },
    code: 'PROCESSOR_CONTRACT_EXPIRED',
    says: 'The contract with Example CSU (ZCSU) ended on DAY.',
  },
  {
    what: 'the time to review the impact assessment',
    set: (_p, a, on) => Object.assign(a.dpia, { reviewBy: on }),
    code: 'DPIA_REVIEW_OVERDUE',
    says: 'The review of the impact assessment was due on DAY.',
  },
  {
    what: 'the only notice to people',
    set: (_p, a, on) => Object.assign(a.fairProcessing[0], { until: on }),
    code: 'FAIR_PROCESSING_MISSING',
    says: 'Nothing shows that people were told how data about them is used.',
  },
  {
    what: 'the security assessment of the sender',
    set: (p, _a, on) => Object.assign(p.organisations[0].assurance[0], { validTo: on }),
    code: 'DSPT_STALE',
    says: 'Example Trust (ZTRU) has no assessment in date.',
  },
  {
    what: 'the registration of the sender with the Information Commissioner',
    set: (p, _a, on) => Object.assign(p.organisations[0].icoRegistration, { validTo: on }),
    code: 'ICO_REGISTRATION_EXPIRED',
    says: 'The registration of Example Trust (ZTRU) ran out on DAY.',
  },
  {
    what: 'the time to meet a condition',
    set: (_p, a, on) => Object.assign(a.conditions[0], { dueOn: on }),
    code: 'CONDITION_OVERDUE',
    says: 'The condition was due on DAY and is not recorded as done.',
  },
];

const firstDays: readonly Boundary[] = [
  {
    what: 'the term of the agreement',
    set: (_p, a, on) => Object.assign(a, { validFrom: on }),
    code: 'AGREEMENT_NOT_STARTED',
    says: 'The agreement begins on DAY.',
  },
  {
    what: 'the framework',
    set: (p, _a, on) => Object.assign(p.frameworks[0], { adoptedOn: on }),
    code: 'FRAMEWORK_NOT_ADOPTED',
    says: 'The framework above the agreement is adopted from DAY on, not before.',
  },
  {
    what: 'the term of the legal basis',
    set: (_p, a, on) => Object.assign(a.legalBasis, { validFrom: on }),
    code: 'LEGAL_BASIS_NOT_STARTED',
    says: 'The legal basis begins on DAY.',
  },
  {
    what: 'the flow itself',
    set: (p, _a, on) => Object.assign(p.flows[0], { history: [step('live', on)] }),
    code: 'FLOW_NOT_YET_LIVE',
    says: 'The flow goes live on DAY; nothing may be sent before.',
  },
  {
    what: 'the endpoint',
    set: (p, _a, on) => Object.assign(p.systems[0].endpoints[0], { liveFrom: on }),
    code: 'ROUTE_NOT_LIVE',
    says: 'The endpoint of this flow is not live yet.',
  },
  {
    what: 'the controllership',
    set: (_p, a, on) => Object.assign(a.controllers[0], { from: on }),
    code: 'CONTROLLER_MISSING',
    says: 'No controller is recorded for this date.',
  },
  {
    what: 'the contract with who receives',
    set: (_p, a, on) => Object.assign(a.processors[0], { from: on }),
    code: 'PROCESSOR_CONTRACT_MISSING',
    says: 'No processor contract with Example Operator (ZHGO) is in force.',
  },
  {
    what: 'the impact assessment',
    set: (_p, a, on) => Object.assign(a.dpia, { on }),
    code: 'DPIA_MISSING',
    says: 'No data protection impact assessment is recorded for this date.',
  },
  {
    what: 'the only notice to people',
    set: (_p, a, on) => Object.assign(a.fairProcessing[0], { on }),
    code: 'FAIR_PROCESSING_MISSING',
    says: 'Nothing shows that people were told how data about them is used.',
  },
  {
    what: 'who is on the way',
    set: (p, _a, on) => Object.assign(p.organisations[3], { openedOn: on }),
    code: 'ORGANISATION_NOT_OPEN',
    says: 'Example CSU (ZCSU) opens on DAY.',
  },
  {
    what: 'the only security assessment of who receives',
    set: (p, _a, on) => Object.assign(p.organisations[4].assurance[0], { publishedOn: on }),
    code: 'DSPT_STALE',
    says: 'Example Operator (ZHGO) has no assessment in date.',
  },
  {
    what: 'the signature of the sender',
    set: (_p, a, on) => Object.assign(a.signatories[0], { signedOn: on }),
    code: 'SENDER_NOT_SIGNED',
    says: 'The sending organisation has not signed the agreement.',
  },
  {
    what: 'the signature of the practice',
    flow: gp,
    set: (_p, a, on) => Object.assign(a.signatories[1], { signedOn: on }),
    code: 'PRACTICE_NOT_SIGNED',
    says: 'The practice has not signed. Each practice joins by its own signature; nobody signs for it.',
  },
];

export const charter = (signatory: object) => (p: Breakable) =>
  Object.assign(p.frameworks[0], { signatories: [{ signedBy: 'CE', ...signatory }] });

/** Withdrawals and closures: the day itself is already a no. */
const endings: readonly Boundary[] = [
  {
    what: 'the withdrawal of the sender',
    set: (_p, a, on) => Object.assign(a.signatories[0], { withdrawnOn: on }),
    code: 'SENDER_WITHDRAWN',
    says: 'The sender withdrew from the agreement on DAY.',
  },
  {
    what: 'the withdrawal of the practice',
    flow: gp,
    set: (_p, a, on) => Object.assign(a.signatories[1], { withdrawnOn: on }),
    code: 'PRACTICE_WITHDRAWN',
    says: 'The practice withdrew from the agreement on DAY.',
  },
  {
    what: 'the leaving of the charter',
    set: (p, _a, on) => charter({ organisation: 'ZTRU', signedOn: '2025-01-01', withdrawnOn: on })(p),
    code: 'FRAMEWORK_LEFT',
    says: 'The sender left the framework above the agreement on DAY.',
  },
  {
    what: 'the end of the sender as an organisation',
    set: (p, _a, on) => Object.assign(p.organisations[0], { closedOn: on }),
    code: 'ORGANISATION_CLOSED',
    says: 'Example Trust (ZTRU) closed on DAY.',
  },
  {
    what: 'the end of the controller as an organisation',
    set: (p, _a, on) => Object.assign(p.organisations[2], { closedOn: on }),
    code: 'CONTROLLER_CLOSED',
    says: 'Example ICB (ZICB) closed on DAY and decides nothing any more.',
  },
  {
    what: 'the suspension of the flow',
    set: (p, _a, on) => p.flows[0].history.push(step('suspended', on)),
    code: 'FLOW_SUSPENDED',
    says: 'The flow is suspended since DAY.',
  },
  {
    what: 'the stop of the flow',
    set: (p, _a, on) => p.flows[0].history.push(step('stopped', on)),
    code: 'FLOW_STOPPED',
    says: 'The flow was stopped on DAY.',
  },
  {
    what: 'the suspension of the agreement',
    set: (_p, a, on) => a.history.push(step('suspended', on)),
    code: 'AGREEMENT_NOT_IN_FORCE',
    says: 'The agreement is suspended, so its flows may not run.',
  },
  {
    what: 'the termination of the agreement',
    set: (_p, a, on) => a.history.push(step('terminated', on)),
    code: 'AGREEMENT_NOT_IN_FORCE',
    says: 'The agreement is terminated, so its flows may not run.',
  },
  {
    what: 'the suspension of the basis',
    set: (_p, a, on) => a.legalBasis.history.push(step('suspended', on)),
    code: 'LEGAL_BASIS_SUSPENDED',
    says: 'The legal basis is suspended since DAY.',
  },
  {
    what: 'the expiry recorded for the basis',
    set: (_p, a, on) => a.legalBasis.history.push(step('expired', on)),
    code: 'LEGAL_BASIS_EXPIRED',
    says: 'The legal basis expired on DAY.',
  },
  {
    what: 'the withdrawal of the basis',
    set: (_p, a, on) => a.legalBasis.history.push(step('withdrawn', on)),
    code: 'LEGAL_BASIS_WITHDRAWN',
    says: 'The legal basis was withdrawn on DAY.',
  },
];

/** Every date the gate looks at, the day it still holds and the day it does not. */
export const boundaryRows: readonly Row[] = [
  ...both(lastDays, 'ends', now, yesterday),
  ...both(firstDays, 'begins', now, tomorrow),
  ...both(endings, 'is', tomorrow, now),
];
