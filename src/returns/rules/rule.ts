import type { LocalDate } from '../../shared/clock.ts';
import type { Answer, AnsweredQuestion, CalculatedCell, Finding, Return, Severity } from '../return.ts';
import type { Question, ReturnTemplate } from '../template.ts';
import type { NamedQuarter } from './words.ts';

/** What a rule looks at: a return, its template, the quarters before it, and the day on which it is judged. */
export interface Examined {
  readonly document: Return;
  readonly template: ReturnTemplate;
  /** The quarter the template is about. */
  readonly quarter: NamedQuarter;
  /** In printed order, however the file orders its cells: findings come in the order of the sheets. */
  readonly questions: readonly Question[];
  readonly cells: readonly AnsweredQuestion[];
  readonly at: LocalDate;
  answer(question: string): Answer;
  /** What stands in a cell, asked or pre-populated; null when it is blank or not there. */
  value(cell: string): Answer;
  cell(question: string): AnsweredQuestion | undefined;
  /** The text of an answer; empty when it has none. */
  words(question: string): string;
  /** The number in a cell, asked or pre-populated. */
  number(cell: string): number | undefined;
  /** A pre-populated cell of this return. */
  shown(cell: string): CalculatedCell | undefined;
  /** What a pre-populated cell should hold, worked out again from the template and the answers. */
  workedOut(cell: string): Answer;
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

/** One hit that names all the cells; none when there are none. */
export const together = (questions: readonly string[], ...first: readonly string[]): readonly Hit[] =>
  questions.length === 0 ? [] : [{ questions: [...first, ...questions] }];
