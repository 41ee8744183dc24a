import type { Sheet } from '../../register/documents/csv.ts';
import type { AnsweredQuestion } from '../return.ts';
import type { Report } from './report.ts';

const head = [
  ...['section', 'table', 'row', 'row key', 'column', 'value', 'provenance', 'filled by', 'reason', 'query', 'from', 'to', 'flags'],
  ...['flows', 'deliveries', 'register version', 'source'],
];

const lineOf = (where: readonly string[], { answer, provenance, filledBy, evidence }: AnsweredQuestion): (string | number)[] => [
  ...where,
  ...[answer ?? '', provenance ?? '', filledBy ?? '', evidence?.reason ?? '', evidence?.query.id ?? ''],
  ...[evidence?.period.from ?? '', evidence?.period.to ?? '', evidence?.flags.join(' ') ?? ''],
  evidence?.flows.map(({ id }) => id).join(' ') ?? '',
  evidence?.deliveries.reduce((sum, { deliveries }) => sum + deliveries, 0) ?? 0,
  evidence?.registerVersion ?? '',
  evidence?.source ?? '',
];

/** One line for each figure: what it is, how it is known, and from what. */
export function reportSheet(report: Report): Sheet {
  const rows = report.sections.flatMap(({ heading, tables, questions }) => [
    ...tables.flatMap((table) =>
      table.rows.flatMap(({ key, label, cells }) =>
        cells.flatMap((cell, index) =>
          cell === null ? [] : [lineOf([heading, table.caption, label, key, table.head[index] ?? ''], cell)],
        ),
      ),
    ),
    ...questions.map((cell) => lineOf([heading, '', cell.text, cell.id, ''], cell)),
  ]);
  const limits = report.couldNotKnow.map(({ what, why }) => ['What this report could not know', '', what, '', '', '', '', '', why]);
  return { head, rows: [...rows, ...limits.map((line) => [...line, ...Array.from({ length: head.length - line.length }, () => '')])] };
}
