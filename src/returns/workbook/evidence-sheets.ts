import type { AnsweredQuestion, Evidence, Return } from '../return.ts';

/** A sheet beside the printed ones: its heading row, its lines, and the width of each column in characters. */
export interface ListSheet {
  readonly name: 'Evidence' | 'Findings';
  readonly columns: readonly (readonly [heading: string, width: number])[];
  readonly lines: readonly (readonly (string | number | null)[])[];
}

/** A cell holds at most 32,767 characters, and nobody reads more than a page of it: the rest is in evidence.json. */
const listed = (texts: readonly string[] = []): string =>
  texts.length <= 20 ? texts.join('; ') : `${texts.slice(0, 20).join('; ')}; and ${texts.length - 20} more in evidence.json`;

const shares = (evidence: Evidence | null): string =>
  Object.entries(evidence?.shares ?? {})
    .map(([share, value]) => `${share}: ${value ?? 'not measured'}`)
    .join('; ');

const evidenceLine = (cell: string, { id, text, answer, provenance, filledBy, reviewedBy, evidence }: AnsweredQuestion) => [
  id,
  cell,
  text,
  answer,
  provenance ?? 'unanswered',
  filledBy,
  reviewedBy,
  evidence?.observed ?? null,
  evidence?.reason ?? null,
  evidence?.flags.join(', ') ?? null,
  evidence?.query.description ?? null,
  evidence === null ? null : `${evidence.period.from} to ${evidence.period.to}`,
  listed(evidence?.flows.map((flow) => `${flow.id} (${flow.clause})`)),
  listed(evidence?.deliveries.map((one) => `${one.flow}: ${one.deliveries} deliveries, ${one.received} records`)),
  shares(evidence),
  evidence?.source ?? null,
  evidence?.registerVersion ?? null,
  evidence?.audit?.treeSize ?? null,
];

/** One line per question, with the cell that holds its answer. @param addresses cell by question id */
export const evidenceList = (document: Return, addresses: ReadonlyMap<string, string>): ListSheet => ({
  name: 'Evidence',
  columns: [
    ['Question', 30],
    ['Cell', 26],
    ['Text', 50],
    ['Answer', 28],
    ['Provenance', 16],
    ['Filled by', 28],
    ['Reviewed by', 20],
    ['Observed', 28],
    ['Reason', 50],
    ['Flags', 28],
    ['Query', 50],
    ['Period', 26],
    ['Flows and clauses', 50],
    ['Deliveries', 50],
    ['Shares', 40],
    ['Source', 40],
    ['Register version', 12],
    ['Audit tree size', 12],
  ],
  lines: document.sheets.flatMap(({ name, questions }) =>
    questions.map((question) => evidenceLine(`${name}!${addresses.get(question.id) ?? ''}`, question)),
  ),
});

/** One line per contradiction, with what to do about it. */
export const findingsList = (document: Return): ListSheet => ({
  name: 'Findings',
  columns: [
    ['Rule', 34],
    ['Severity', 14],
    ['Message', 60],
    ['Remedy', 60],
    ['Questions', 60],
  ],
  lines: document.findings.map(({ rule, severity, message, remedy, questions }) => [rule, severity, message, remedy, questions.join(', ')]),
});
