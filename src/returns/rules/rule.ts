import type { LocalDate } from '../../shared/clock.ts';
import type { Answer, AnsweredQuestion, Finding, Return, Severity } from '../return.ts';
import type { Question, ReturnTemplate } from '../template.ts';

/** What a rule looks at: a return, its template, and the day on which it is judged. */
export interface Examined {
  readonly document: Return;
  readonly template: ReturnTemplate;
  readonly questions: readonly Question[];
  readonly at: LocalDate;
  answer(question: string): Answer;
  cell(question: string): AnsweredQuestion | undefined;
  /** Answer of the quarter before, when it was given. */
  before(question: string): Answer | undefined;
}

/** Cells that contradict each other, and what differs from case to case in the message. */
export interface Hit {
  readonly questions: readonly string[];
  readonly detail?: string;
}

/** A contradiction a return can hold. Ids are stable; `source` says where the rule was learnt. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
  readonly source: string;
  find(examined: Examined): readonly Hit[];
}

/** Messages name questions and never repeat free text, so a finding can be shown where the return may not. */
export const toFinding = (rule: Rule, { questions, detail }: Hit): Finding => ({
  rule: rule.id,
  questions: [...questions],
  message: detail === undefined ? rule.message : `${rule.message} ${detail}`,
  remedy: rule.remedy,
  severity: rule.severity,
});
