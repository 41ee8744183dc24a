import type { LocalDate } from '../shared/clock.ts';
import { type BasisState, stepAt } from './history.ts';
import type { Organisation } from './organisation.ts';
import type { RegisteredFlow } from './register.ts';
import type { Refusal } from './terms.ts';

/** One question the gate asks. Rules know nothing of each other, so that every reason is always reported. */
export type AdmissionRule = (entry: RegisteredFlow, at: LocalDate) => readonly Refusal[];

type Clauses = RegisteredFlow['agreement']['clauses'];
const clauseOf = (entry: RegisteredFlow, part: keyof Clauses, law?: string): string => {
  const said = `${entry.agreement.title}, ${entry.agreement.clauses[part] ?? partNames[part]}`;
  return law === undefined ? said : `${law}; ${said}`;
};
const partNames: Readonly<Record<keyof Clauses, string>> = {
  term: 'term',
  signatures: 'signatures',
  controllers: 'controllers',
  processors: 'processors',
  fields: 'schedule of data items',
  flows: 'schedule of flows',
  retention: 'retention',
  fairProcessing: 'fair processing',
};

const within = (period: { readonly from: LocalDate; readonly to?: LocalDate | undefined }, at: LocalDate): boolean =>
  period.from <= at && (period.to === undefined || at <= period.to);

/** The organisations that touch the data on this flow, each once. */
export const handlers = (entry: RegisteredFlow): readonly Organisation[] => [...new Set([entry.sender, ...entry.through, entry.recipient])];

const flowIsLive: AdmissionRule = (entry, at) => {
  const { history, plannedGoLive } = entry.flow;
  const clause = clauseOf(entry, 'flows');
  const step = stepAt(history, at);
  if (step?.state === 'live') return [];
  if (step?.state === 'suspended')
    return [{ code: 'FLOW_SUSPENDED', clause, message: `The flow is suspended since ${step.on}: ${step.evidence}` }];
  if (step?.state === 'stopped') return [{ code: 'FLOW_STOPPED', clause, message: `The flow was stopped on ${step.on}: ${step.evidence}` }];
  const next = history.find((later) => later.on > at && later.state === 'live')?.on ?? plannedGoLive;
  return next !== undefined && next > at
    ? [{ code: 'FLOW_NOT_YET_LIVE', clause, message: `The flow goes live on ${next}; nothing may be sent before.` }]
    : [{ code: 'FLOW_NOT_LIVE', clause, message: 'The flow is only proposed. Record its approval and go-live before sending.' }];
};

const routeExists: AdmissionRule = (entry, at) => {
  const { endpoint, flow } = entry;
  const clause = clauseOf(entry, 'flows');
  if (flow.route === 'none') return [{ code: 'ROUTE_NONE', clause, message: 'The register records no digital route for this flow.' }];
  if (endpoint === undefined) return [];
  if (endpoint.liveFrom === undefined || endpoint.liveFrom > at) {
    return [{ code: 'ROUTE_NOT_LIVE', clause, message: 'The endpoint of this flow is not live yet.' }];
  }
  return endpoint.liveTo !== undefined && endpoint.liveTo < at
    ? [{ code: 'ROUTE_CLOSED', clause, message: `The endpoint of this flow closed after ${endpoint.liveTo}.` }]
    : [];
};

const agreementInForce: AdmissionRule = (entry, at) => {
  const { agreement } = entry;
  const clause = clauseOf(entry, 'term');
  const refusals: Refusal[] = [];
  if (at < agreement.validFrom) {
    refusals.push({ code: 'AGREEMENT_NOT_STARTED', clause, message: `The agreement begins on ${agreement.validFrom}.` });
  }
  if (at > agreement.validTo) {
    refusals.push({ code: 'AGREEMENT_EXPIRED', clause, message: `The agreement ended on ${agreement.validTo}. Renew it before sending.` });
  }
  const state = stepAt(agreement.history, at)?.state;
  if (state !== 'in-force') {
    const now = state === undefined ? 'not recorded as in force' : state;
    refusals.push({ code: 'AGREEMENT_NOT_IN_FORCE', clause, message: `The agreement is ${now}, so its flows may not run.` });
  }
  return refusals;
};

const frameworkHolds: AdmissionRule = ({ framework }, at) => {
  if (framework === undefined) return [];
  const clause = framework.title;
  if (at < framework.adoptedOn) {
    return [{ code: 'FRAMEWORK_NOT_ADOPTED', clause, message: `The framework above the agreement was adopted on ${framework.adoptedOn}.` }];
  }
  return framework.validTo !== undefined && at > framework.validTo
    ? [{ code: 'FRAMEWORK_EXPIRED', clause, message: `The framework above the agreement ended on ${framework.validTo}.` }]
    : [];
};

/** Only `in-force` is a yes. Approved with conditions is not: the conditions are still to be met. */
const basisRefusals: Readonly<Record<Exclude<BasisState, 'in-force'>, readonly [code: string, message: string]>> = {
  applied: ['LEGAL_BASIS_APPLIED', 'The legal basis is only applied for.'],
  deferred: ['LEGAL_BASIS_DEFERRED', 'The decision on the legal basis is deferred; deferred is not approved.'],
  'approved-with-conditions': ['LEGAL_BASIS_CONDITIONS_OUTSTANDING', 'The approval takes effect when its conditions are recorded as met.'],
  suspended: ['LEGAL_BASIS_SUSPENDED', 'The legal basis is suspended.'],
  expired: ['LEGAL_BASIS_EXPIRED', 'The legal basis has expired.'],
  withdrawn: ['LEGAL_BASIS_WITHDRAWN', 'The legal basis is withdrawn.'],
};

const basisHolds: AdmissionRule = ({ agreement: { legalBasis } }, at) => {
  const clause = legalBasis.reference === undefined ? legalBasis.clause : `${legalBasis.reference}, ${legalBasis.clause}`;
  const refusals: Refusal[] = [];
  const step = stepAt(legalBasis.history, at);
  if (step === undefined) {
    refusals.push({ code: 'LEGAL_BASIS_MISSING', clause, message: 'No legal basis is recorded for this date.' });
  } else if (step.state !== 'in-force') {
    const [code, message] = basisRefusals[step.state];
    refusals.push({ code, clause, message: `${message} (${step.state} on ${step.on}, ${step.by})` });
  }
  if (legalBasis.validFrom !== undefined && at < legalBasis.validFrom) {
    refusals.push({ code: 'LEGAL_BASIS_NOT_STARTED', clause, message: `The legal basis begins on ${legalBasis.validFrom}.` });
  }
  if (legalBasis.validTo !== undefined && at > legalBasis.validTo && step?.state !== 'expired') {
    refusals.push({ code: 'LEGAL_BASIS_EXPIRED', clause, message: `The legal basis ran out on ${legalBasis.validTo}.` });
  }
  if (legalBasis.kind === 'section-251' && (legalBasis.reference === undefined || legalBasis.validTo === undefined)) {
    const message = 'Section 251 support needs its CAG reference and its last day; without both it cannot be shown.';
    refusals.push({ code: 'LEGAL_BASIS_NOT_EVIDENCED', clause, message });
  }
  return refusals;
};

const senderSigned: AdmissionRule = (entry, at) => {
  const practice = entry.sender.roles.includes('gp-practice');
  const who = practice ? 'PRACTICE' : 'SENDER';
  const clause = clauseOf(entry, 'signatures');
  const signature = entry.agreement.signatories.filter((s) => s.organisation === entry.sender.ods && s.signedOn <= at).at(-1);
  if (signature === undefined) {
    const message = practice
      ? 'The practice has not signed. Each practice joins by its own signature; nobody signs for it.'
      : 'The sending organisation has not signed the agreement.';
    return [{ code: `${who}_NOT_SIGNED`, clause, message }];
  }
  return signature.withdrawnOn !== undefined && signature.withdrawnOn <= at
    ? [{ code: `${who}_WITHDRAWN`, clause, message: `The sender withdrew from the agreement on ${signature.withdrawnOn}.` }]
    : [];
};

const controllerKnown: AdmissionRule = (entry, at) =>
  entry.agreement.controllers.some((controller) => within(controller, at))
    ? []
    : [
        {
          code: 'CONTROLLER_MISSING',
          clause: clauseOf(entry, 'controllers', 'UK GDPR art. 4(7) and 26'),
          message: 'No controller is recorded for this date. Say who decides, alone, jointly or in common.',
        },
      ];

/** Whoever handles the data and is neither sender, controller nor a care setting that receives for care needs a contract. */
const processorsContracted: AdmissionRule = (entry, at) => {
  const { agreement, recipient, through, to } = entry;
  const clause = clauseOf(entry, 'processors', 'UK GDPR art. 28(3)');
  const needing = to.setting === 'linked-data-set' ? [...new Set([...through, recipient])] : through;
  return needing.flatMap((organisation): Refusal[] => {
    if (organisation === entry.sender) return [];
    if (agreement.controllers.some((c) => c.organisation === organisation.ods && within(c, at))) return [];
    const contracts = agreement.processors.filter((p) => p.organisation === organisation.ods);
    if (contracts.some((contract) => within(contract, at))) return [];
    const ended = contracts.filter((c) => c.to !== undefined && c.to < at).at(-1)?.to;
    return ended === undefined
      ? [
          {
            code: 'PROCESSOR_CONTRACT_MISSING',
            clause,
            message: `No processor contract in force with ${organisation.name} (${organisation.ods}).`,
          },
        ]
      : [
          {
            code: 'PROCESSOR_CONTRACT_EXPIRED',
            clause,
            message: `The contract with ${organisation.name} (${organisation.ods}) ended on ${ended}.`,
          },
        ];
  });
};

const impactAssessed: AdmissionRule = ({ agreement: { dpia } }, at) => {
  if (dpia === undefined || dpia.on > at) {
    return [
      { code: 'DPIA_MISSING', clause: 'UK GDPR art. 35', message: 'No data protection impact assessment is recorded for this date.' },
    ];
  }
  return dpia.reviewBy !== undefined && dpia.reviewBy < at
    ? [
        {
          code: 'DPIA_REVIEW_OVERDUE',
          clause: `UK GDPR art. 35(11); ${dpia.reference}`,
          message: `Its review was due on ${dpia.reviewBy}.`,
        },
      ]
    : [];
};

const peopleTold: AdmissionRule = (entry, at) =>
  entry.agreement.fairProcessing.some((notice) => notice.on <= at)
    ? []
    : [
        {
          code: 'FAIR_PROCESSING_MISSING',
          clause: clauseOf(entry, 'fairProcessing', 'UK GDPR art. 13 and 14'),
          message: 'Nothing shows that people were told how data about them is used.',
        },
      ];

const fieldsListed: AdmissionRule = (entry) =>
  entry.agreement.dataIn.some((d) => d.feed === entry.flow.feed && d.items.length > 0)
    ? []
    : [
        {
          code: 'FIELDS_NOT_LISTED',
          clause: clauseOf(entry, 'fields', 'UK GDPR art. 5(1)(c)'),
          message: 'The agreement lists no identifiers and fields for this data set.',
        },
      ];

const retentionSet: AdmissionRule = (entry) =>
  entry.agreement.retention === undefined
    ? [
        {
          code: 'RETENTION_MISSING',
          clause: clauseOf(entry, 'retention', 'UK GDPR art. 5(1)(e)'),
          message: 'The agreement does not say how long the data are kept nor how they are destroyed.',
        },
      ]
    : [];

const organisationsOpen: AdmissionRule = (entry, at) =>
  handlers(entry).flatMap((organisation): Refusal[] => {
    const clause = 'NHS Data Dictionary, Organisation Data Service: legal start and end dates';
    const name = `${organisation.name} (${organisation.ods})`;
    if (organisation.openedOn !== undefined && at < organisation.openedOn) {
      return [{ code: 'ORGANISATION_NOT_OPEN', clause, message: `${name} opens on ${organisation.openedOn}.` }];
    }
    if (organisation.closedOn === undefined || at < organisation.closedOn) return [];
    const successors = organisation.succeededBy.map((s) => s.organisation).join(', ');
    const then = successors === '' ? '' : ` Its successor is ${successors}, which must sign for itself.`;
    return [{ code: 'ORGANISATION_CLOSED', clause, message: `${name} closed on ${organisation.closedOn}.${then}` }];
  });

/** Stale or failed assurance of anyone who handles the data, whatever the place's policy makes of it. */
export const assuranceRefusals: AdmissionRule = (entry, at) =>
  handlers(entry).flatMap((organisation): Refusal[] => {
    const clause = 'National Data Guardian data security standards; Data Security and Protection Toolkit (before 2018: IG Toolkit)';
    const name = `${organisation.name} (${organisation.ods})`;
    const latest = organisation.assurance
      .filter((a) => a.publishedOn <= at)
      .reduce<Organisation['assurance'][number] | undefined>((best, a) => (best && best.publishedOn > a.publishedOn ? best : a), undefined);
    if (latest === undefined || latest.validTo < at) {
      return [{ code: 'DSPT_STALE', clause, message: `${name} has no assessment in date.` }];
    }
    return latest.status === 'standards-not-met'
      ? [{ code: 'DSPT_NOT_MET', clause, message: `${name} does not meet the standards (${latest.version}).` }]
      : [];
  });

const assured: AdmissionRule = (entry, at) => (entry.place.place.assurance === 'warn' ? [] : assuranceRefusals(entry, at));

const feePaid: AdmissionRule = (entry, at) =>
  handlers(entry)
    .filter((organisation) => organisation.icoRegistration !== undefined && organisation.icoRegistration.validTo < at)
    .map((organisation) => ({
      code: 'ICO_REGISTRATION_EXPIRED',
      clause: 'Data Protection (Charges and Information) Regulations 2018, reg. 2',
      message: `The registration of ${organisation.name} (${organisation.ods}) ran out on ${organisation.icoRegistration?.validTo}.`,
    }));

const conditionsKept: AdmissionRule = ({ agreement }, at) =>
  agreement.conditions
    .filter((c) => c.dueOn !== undefined && c.dueOn < at && (c.doneOn === undefined || c.doneOn > at))
    .map((c) => ({
      code: 'CONDITION_OVERDUE',
      clause: `${c.source} condition ${c.number}`,
      message: `The condition was due on ${c.dueOn} and is not recorded as done.`,
    }));

export const admissionRules: readonly AdmissionRule[] = [
  flowIsLive,
  routeExists,
  agreementInForce,
  frameworkHolds,
  basisHolds,
  senderSigned,
  controllerKnown,
  processorsContracted,
  impactAssessed,
  peopleTold,
  fieldsListed,
  retentionSet,
  organisationsOpen,
  assured,
  feePaid,
  conditionsKept,
];
