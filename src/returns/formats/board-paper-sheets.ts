import { type Html, html } from '../../shared/html.ts';
import { layOut, type SheetCell, type SheetRow } from '../layout.ts';
import { printAnswer } from '../print.ts';
import { calculationsOf, questionsOf } from '../question.ts';
import { type AnsweredQuestion, answersOf, type Return } from '../return.ts';
import type { AnswerInput, ReturnTemplate } from '../template.ts';
import { normalAnswer } from '../workbook/written-cell.ts';
import { matrixOf } from './matrix-state.ts';
import { paperTable } from './paper-table.ts';

/** Contacts are for the national team. A board paper is public, and needs none of them. */
const contacts: ReadonlySet<string> = new Set(['cover.completed-by', 'cover.email', 'cover.contact-number']);

const marks: Readonly<Record<string, string>> = { observed: 'observed', 'carried forward': 'carried forward, to be confirmed' };

interface Printing {
  readonly answers: ReadonlyMap<string, AnsweredQuestion>;
  readonly inputs: ReadonlyMap<string, AnswerInput>;
  /** Pre-populated cells as the sheet prints them. */
  readonly shown: ReadonlyMap<string, string>;
}

const aside = (words: string): Html => html`<span class="secondary">${words}</span>`;

function printCell(cell: SheetCell | null, { answers, inputs, shown }: Printing): Html {
  if (cell === null) return html``;
  const { question, calculated, value, style } = cell;
  if (question === undefined)
    return html`<span class="long">${calculated === undefined ? (value ?? '') : (shown.get(calculated) ?? '')}</span>`;
  if (contacts.has(question)) return aside('Left out of this public paper');
  const [input, held] = [inputs.get(question), answers.get(question)];
  const answer = input === undefined ? null : normalAnswer(input, held?.answer ?? null);
  if (input === undefined || answer === null) return aside(style === 'irrelevant' ? 'Not asked' : 'Not answered');
  const mark = marks[held?.provenance ?? ''];
  return html`<span class="long">${printAnswer(input, answer)}</span>${mark === undefined ? html`` : html` ${aside(`(${mark})`)}`}`;
}

/** Rows of one table of a printed sheet, under the heading they stand below. */
interface PrintedTable {
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
}

const only = (row: SheetRow, ...styles: readonly SheetCell['style'][]): SheetCell | undefined => {
  const [first, ...others] = row;
  return first != null && others.every((cell) => cell === null) && styles.includes(first.style) ? first : undefined;
};
const hasCell = (row: SheetRow): boolean => row.slice(1).some((cell) => cell !== null && !['column', 'yes', 'no'].includes(cell.style));
const isBlankRow = (row: SheetRow): boolean => row.every((cell) => cell === null);

/** Where a sheet prints the same heading twice, the one that stands directly above it tells them apart: Income, Expenditure. */
const distinct = (tables: readonly (PrintedTable & { readonly above: string })[]): PrintedTable[] =>
  tables.map(({ above, ...table }) => {
    const alike = tables.filter(({ heading }) => heading === table.heading);
    const isTold = above !== '' && new Set(alike.map((other) => other.above)).size > 1;
    return isTold ? { ...table, heading: `${above}: ${table.heading}` } : table;
  });

/** The tables of a sheet: what a blank row or a row of column headings sets apart. Running text and validation cells are left out. */
function tablesOf(sheet: string, rows: readonly SheetRow[]): PrintedTable[] {
  const tables: { above: string; heading: string; columns: string[]; rows: SheetRow[] }[] = [];
  let [above, heading, isFresh] = ['', sheet, false];
  let open: (typeof tables)[number] | undefined;
  for (const row of rows) {
    const said = only(row, 'heading', 'note');
    if (isBlankRow(row)) open = undefined;
    else if (said !== undefined && open === undefined) {
      if (said.style !== 'heading') continue;
      if (isFresh) above = heading;
      [heading, isFresh] = [String(said.value).replace(/:$/, ''), true];
    } else if (row.some((cell) => cell?.style === 'column')) {
      open = { above, heading, columns: row.map((cell) => String(cell?.value ?? '')), rows: [] };
      isFresh = false;
      tables.push(open);
    } else if (hasCell(row) || (said !== undefined && open !== undefined)) {
      if (open === undefined) {
        const last = tables.at(-1);
        open =
          last?.heading === heading && last.above === above && last.columns.length === 0 ? last : { above, heading, columns: [], rows: [] };
        if (open !== last) tables.push(open);
        isFresh = false;
      }
      open.rows.push(row);
    }
  }
  return distinct(tables.filter(({ rows: held }) => held.some(hasCell)));
}

function tableHtml({ heading, columns, rows }: PrintedTable, printing: Printing): Html {
  const width = Math.max(columns.length, ...rows.map((row) => row.length), 2);
  const head = Array.from({ length: width }, (_, column) => columns[column] || (column === 0 ? 'Question' : column === 1 ? 'Answer' : ''));
  const body = rows.map((row) => {
    const [label, ...cells] = Array.from({ length: width }, (_, column) => row[column] ?? null);
    const isLong = cells.some((cell) => typeof cell?.value === 'string' && cell.value.length > 600);
    const attribute = isLong ? html` class="long-row"` : html``;
    const words = label?.style === 'heading' ? html`<strong>${label.value ?? ''}</strong>` : html`${label?.value ?? ''}`;
    return html`<tr${attribute}><th scope="row">${words}</th>${cells.map((cell) => html`<td>${printCell(cell, printing)}</td>`)}</tr>\n`;
  });
  return paperTable(heading, head, body, width > 4 ? 'many' : width > 2 ? 'some' : 'answers');
}

/**
 * Every sheet as printed: its tables with questions, answers and pre-populated cells. The matrix of sharing, which has a section
 * of its own, is not told twice; an answer without a mark was declared by a person.
 */
export function answersSections(document: Return, template: ReturnTemplate): Html {
  const hidden = new Set(calculationsOf(template).flatMap(({ id, formula }) => (formula === 'remaining-characters' ? [id] : [])));
  const printing: Printing = {
    answers: answersOf(document),
    inputs: new Map(questionsOf(template).map(({ id, input }) => [id, input])),
    shown: new Map(document.sheets.flatMap(({ calculated }) => calculated.map(({ id, shown }) => [id, shown] as const))),
  };
  const drawn = matrixOf(document) !== undefined;
  const isTold = (row: SheetRow): boolean =>
    row.some(
      (cell) => cell !== null && ((drawn && cell.question?.startsWith('am.sharing.') === true) || hidden.has(cell.calculated ?? '')),
    );
  const isPlace = (row: SheetRow): boolean => row.length === 2 && row[1]?.style === 'prepopulated' && row[1].value === document.placeName;
  const isNote = (row: SheetRow): boolean => document.note !== null && row[0]?.value === document.note;
  const asked = new Set(template.sheetsPrinted.map(({ name }) => name));
  const sections = layOut(document, template)
    .filter(({ name }) => asked.has(name))
    .map(({ name, rows }) => {
      const tables = tablesOf(
        name,
        rows.filter((row) => !isTold(row) && !isPlace(row) && !isNote(row)),
      );
      return html`<h3>${name}</h3>\n${tables.map((table) => tableHtml(table, printing))}`;
    });
  return html`<section><h2>The answers</h2>
<p>An answer without a mark was declared by a person. "Not asked" marks a cell that another answer makes needless.</p>
${sections}</section>
`;
}
