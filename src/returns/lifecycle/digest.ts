import { createHash } from 'node:crypto';
import { canonicalJson } from '../../audit/canonical-json.ts';
import { type AnsweredQuestion, answersOf, type Finding, type Return } from '../return.ts';

const sha256 = (value: unknown): string => createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex');

/** Hex SHA-256 of answers by question, whoever gave them: a review or a signature is of these answers and no others. */
export const digestOfAnswers = (questions: readonly Pick<AnsweredQuestion, 'id' | 'answer'>[]): string =>
  sha256(questions.map(({ id, answer }) => [id, answer]));

/** Of every answer of a return, sheet after sheet: what somebody who signs says they have read. */
export const digestOfReturn = ({ sheets }: Return): string => digestOfAnswers(sheets.flatMap(({ questions }) => questions));

/** Of a finding with the answers it is about: the same rule found on other answers is another finding. */
export function digestOfFinding(document: Return, { rule, questions, message }: Finding): string {
  const cells = answersOf(document);
  return sha256([rule, message, questions.map((id) => [id, cells.get(id)?.answer ?? null])]);
}

const cellsOf = ({ sheets }: Return) =>
  sheets.flatMap(({ questions }) =>
    questions.map(({ id, answer, evidence }) => [id, answer, evidence?.observed ?? null, evidence?.flags ?? []] as const),
  );

/** Of the answers and of what the gateway saw beside them. */
export const digestOfSight = (document: Return): string => sha256(cellsOf(document));

/** Of the same with the contradictions: whether there is anything to tell. */
export const digestOfNews = (document: Return): string =>
  sha256([cellsOf(document), document.findings.map(({ rule, questions, message }) => [rule, questions, message])]);
