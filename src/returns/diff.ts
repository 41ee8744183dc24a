import { type Answer, answersOf, type Return } from './return.ts';

export interface AnswerChange {
  readonly id: string;
  readonly before: Answer;
  readonly after: Answer;
}

/** Answers that differ between two returns, in the order of the later one; a question only one asks is unanswered in the other. */
export function diffReturns(before: Return, after: Return): AnswerChange[] {
  const [old, next] = [answersOf(before), answersOf(after)];
  const ids = new Set([...next.keys(), ...old.keys()]);
  return [...ids]
    .map((id) => ({ id, before: old.get(id)?.answer ?? null, after: next.get(id)?.answer ?? null }))
    .filter((change) => change.before !== change.after);
}
