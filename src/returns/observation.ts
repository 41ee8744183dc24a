import { wasIn } from '../register/history.ts';
import type { Route } from '../register/model.ts';
import { classifyEndpoint } from '../register/open-api.ts';
import type { PlaceRegister, RegisteredFlow } from '../register/register.ts';
import type { Admission } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { FlowDeliveries } from './deliveries.ts';
import type { ProbeFact } from './probes/probe-fact.ts';
import type { Answer, Evidence, EvidenceFlag, FlowEvidence } from './return.ts';
import type { Thresholds } from './thresholds.ts';

/** Everything an observation is made from: the register of one place, and what landed on its flows in the period. */
export interface PeriodFacts {
  readonly place: PlaceRegister;
  readonly flows: readonly RegisteredFlow[];
  readonly period: { readonly from: LocalDate; readonly to: LocalDate };
  readonly landed: ReadonlyMap<string, FlowDeliveries>;
  /** How the deliveries of each flow that was seen travelled, by the register and the day of each (routes-travelled.ts). */
  readonly travelled: ReadonlyMap<string, Route>;
  /** Last answer of each endpoint that is no older than a probe may be on `asked`. */
  readonly probes: ReadonlyMap<string, ProbeFact>;
  /** The day endpoints are judged on: the last of the period, or the day the return is made if that is earlier. */
  readonly asked: LocalDate;
  /** What the gate says of each flow on the last day of the period, or on the day the return is made if that is earlier. */
  readonly admissions: ReadonlyMap<string, Admission>;
  readonly thresholds: Thresholds;
}

/**
 * What the gateway can say about one question.
 * `seen`: measured in the period, may fill a cell that no human answered.
 * `register`: nothing was seen, the register says so; a proposal for a human to confirm.
 * `beside`: shown beside a human's answer and compared with it, never an answer itself.
 */
export interface Observation {
  readonly standing: 'seen' | 'register' | 'beside';
  readonly answer: Answer;
  readonly reason: string;
  readonly query: Evidence['query'];
  readonly flags: readonly EvidenceFlag[];
  readonly flows: readonly FlowEvidence[];
  readonly landed: readonly FlowDeliveries[];
  readonly shares: Evidence['shares'];
  readonly counted?: Evidence['counted'];
  readonly thresholds: readonly Evidence['thresholds'][number][];
}

export const noEvidence = { flags: [], flows: [], landed: [], shares: {}, thresholds: [] } as const;

export const isLive = (facts: PeriodFacts, { flow }: RegisteredFlow): boolean =>
  wasIn(flow.history, 'live', facts.period.from, facts.period.to);

/** Something arrived on the flow in the period: a file of which everything was withheld or put aside has shared nothing. */
export const isSeen = (facts: PeriodFacts, flow: string): boolean => (facts.landed.get(flow)?.arrived ?? 0) > 0;

export const liveFrom = (facts: PeriodFacts, setting: string): RegisteredFlow[] =>
  facts.flows.filter((entry) => entry.from.setting === setting && isLive(facts, entry));

/** A flow as evidence: where it goes, whether it ran, the provision it rests on, and what it lacks of RULE-API-1. */
export function flowEvidence(facts: PeriodFacts, entry: RegisteredFlow): FlowEvidence {
  const { flow, agreement, from, to, endpoint } = entry;
  const admission = facts.admissions.get(flow.id);
  return {
    id: flow.id,
    route: flow.route,
    from: from.setting,
    to: to.setting,
    liveInPeriod: isLive(facts, entry),
    seen: isSeen(facts, flow.id),
    agreement: agreement.id,
    clause: agreement.legalBasis.clause,
    refusals: admission === undefined || admission.admitted ? [] : admission.refusals.map(({ code, clause }) => `${code}: ${clause}`),
    missingForOpenApi: [...classifyEndpoint(endpoint, facts.period.from, facts.period.to).missing],
  };
}
