import type { LocalDate } from '../shared/clock.ts';
import type { Declared } from './declared.ts';
import { releaseDeliveries } from './deliveries.ts';
import { noEvidence, type Observation } from './observation.ts';
import type { AnsweredQuestion, Evidence, Period, Return } from './return.ts';
import type { Question } from './template.ts';

/** What every answer of one return shares. */
export interface AnswerContext {
  readonly declared: Declared | undefined;
  /** Answers of earlier returns as they were returned: they come before what a file says of them. */
  readonly previous?: Return['previous'];
  readonly period: Period;
  readonly place: string;
  readonly placeName: string;
  readonly at: LocalDate;
  readonly registerVersion: number | null;
  readonly audit: Evidence['audit'];
}

export const filledByGateway = 'Haven Gateway (observation)';
export const filledByRegister = 'Register of flows (proposal)';

const nothingObserved: Observation = {
  ...noEvidence,
  standing: 'beside',
  answer: null,
  reason: 'The gateway cannot observe this: a human answers it.',
  query: { id: 'declared-only', description: 'No query: the answer is a declaration' },
  thresholds: [],
};

const evidenceOf = (observation: Observation, context: AnswerContext, source: string | null): Evidence => ({
  query: observation.query,
  period: { ...context.period },
  observed: observation.answer,
  reason: observation.reason,
  flags: [...observation.flags],
  flows: [...observation.flows],
  deliveries: observation.landed.map(releaseDeliveries),
  shares: observation.shares,
  ...(observation.counted !== undefined && { counted: { ...observation.counted } }),
  thresholds: observation.thresholds.map((threshold) => ({ ...threshold })),
  registerVersion: context.registerVersion,
  audit: context.audit,
  source,
});

/**
 * One answered cell. A human's answer stands and what was observed stands beside it; else what was seen; else what the
 * register proposes, under the register's name; else nothing.
 */
export function answerQuestion(
  question: Pick<Question, 'id' | 'text'>,
  observation: Observation | undefined,
  context: AnswerContext,
): AnsweredQuestion {
  const { id, text } = question;
  const { declared } = context;
  const given = declared?.answers[id];
  const seen = observation ?? nothingObserved;
  if (declared !== undefined && given !== undefined && given.answer !== null) {
    const carried = given.carriedForwardFrom;
    const source = given.source ?? declared.source;
    return {
      id,
      text,
      answer: given.answer,
      provenance: carried === undefined ? 'declared' : 'carried forward',
      evidence: evidenceOf(seen, context, carried === undefined ? source : `${source}; copied from ${carried}`),
      filledBy: given.filledBy ?? declared.filledBy,
      reviewedBy: given.reviewedBy ?? null,
    };
  }
  const fills = seen.standing !== 'beside' && seen.answer !== null;
  const observed = seen.standing === 'seen';
  return {
    id,
    text,
    answer: fills ? seen.answer : null,
    // What the register says was declared to it by the people who keep it; only what was seen counts as observed.
    provenance: fills ? (observed ? 'observed' : 'declared') : null,
    evidence: evidenceOf(seen, context, fills && !observed ? 'register' : null),
    filledBy: fills ? (observed ? filledByGateway : filledByRegister) : null,
    reviewedBy: null,
  };
}
