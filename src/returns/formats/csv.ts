import { sheetCsv } from '../../register/documents/csv.ts';
import { printAnswer } from '../print.ts';
import { questionsOf } from '../question.ts';
import { answersOf, type Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { normalAnswer } from '../workbook/written-cell.ts';

const head = [
  'sheet',
  'question',
  'text',
  'answer',
  'printed',
  'provenance',
  'filled by',
  'reviewed by',
  'observed',
  'flags',
  'source',
  'findings',
  'template',
  'place',
  'period from',
  'period to',
];

/**
 * One row for each question in printed order, answered or not. A text that a spreadsheet would run as a formula has an
 * apostrophe before it; everything else is as in the return.
 */
export function returnCsv(document: Return, template: ReturnTemplate): string {
  const cells = answersOf(document);
  const rules = (id: string): string =>
    document.findings.flatMap(({ rule, questions }) => (questions.includes(id) ? [rule] : [])).join(' ');
  const rows = questionsOf(template).map(({ id, sheet, text, input }) => {
    const cell = cells.get(id);
    const answer = normalAnswer(input, cell?.answer ?? null);
    return [
      sheet,
      id,
      text,
      answer ?? '',
      printAnswer(input, answer),
      cell?.provenance ?? '',
      cell?.filledBy ?? '',
      cell?.reviewedBy ?? '',
      cell?.evidence?.observed ?? '',
      (cell?.evidence?.flags ?? []).join(' '),
      cell?.evidence?.source ?? '',
      rules(id),
      document.template,
      document.place,
      document.period.from,
      document.period.to,
    ];
  });
  return sheetCsv({ head, rows });
}
