import { awaitsReply, type RequestState } from './states.ts';

/** A cleaned list beside its request, in people. */
export interface AnswerCounts {
  readonly asked: number;
  /** Asked about and in the list: no opt-out. */
  readonly returned: number;
  /** Asked about and not in it. */
  readonly optedOut: number;
  /** In the list and never asked about. */
  readonly foreign: number;
}

/** Why an answer is not kept; `again` = it was kept before, and nothing is wrong. */
export type AnswerProblem = 'again' | 'NDOP_NOT_AWAITED' | 'NDOP_REPLY_FOREIGN_NUMBERS' | 'NDOP_REPLY_EMPTY' | 'NDOP_REPLY_IMPLAUSIBLE';

export interface JudgedAnswer {
  readonly state: RequestState;
  readonly counts: AnswerCounts;
  /** The very bytes that were kept for this request before. */
  readonly repeated: boolean;
  /** A person looked at it and accepts it. */
  readonly accepted: boolean;
  readonly holdAboveShare: number;
}

/** Smaller lists say nothing about shares. */
const leastPeopleForShare = 20;

/**
 * May this answer be kept? A number that was not asked about makes it none of this request's, and nobody can accept that
 * away (RULE-NDOP-2). One that is empty, or in which very many opted out, waits until a person accepts it (RULE-NDOP-3).
 * @returns undefined when it may
 */
export function judgeAnswer({ state, counts, repeated, accepted, holdAboveShare }: JudgedAnswer): AnswerProblem | undefined {
  if (!awaitsReply(state)) return repeated ? 'again' : 'NDOP_NOT_AWAITED';
  if (counts.foreign > 0) return 'NDOP_REPLY_FOREIGN_NUMBERS';
  if (accepted) return undefined;
  if (counts.returned === 0) return 'NDOP_REPLY_EMPTY';
  if (counts.asked >= leastPeopleForShare && counts.optedOut > counts.asked * holdAboveShare) return 'NDOP_REPLY_IMPLAUSIBLE';
  return undefined;
}
