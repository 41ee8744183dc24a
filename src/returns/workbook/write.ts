import writeXlsxFile, { type CellObject, type Row, type Sheet } from 'write-excel-file/node';
import { cellAddress, layOut, type SheetCell } from '../layout.ts';
import { questionsOf } from '../question.ts';
import { type Answer, answersOf, type Return } from '../return.ts';
import { digestOf } from '../save.ts';
import type { AnswerInput, ReturnTemplate } from '../template.ts';
import { encodeCellText } from './cell-text.ts';
import { evidenceList, findingsList, type ListSheet } from './evidence-sheets.ts';
import { cellDigest, type IdentifiedCell, identityRows, identitySheet, listsSheet, templateDigest } from './identity.ts';
import { type Content, sheetFeatures } from './sheet-features.ts';
import { columnWidths, isAlone, isProse, linesIn, rowHeight } from './sheet-shape.ts';
import { cellStyles, proseStyle } from './styles.ts';
import { dataValidations, longLists, type ValidatedCell } from './validations.ts';
import { normalAnswer, type WrittenCell, writeCell } from './written-cell.ts';

/** Which saved version a workbook is of; absent when the return came from a file. */
export interface SavedVersion {
  readonly id?: string;
  readonly version?: number;
}

/** A laid-out cell where it stands, with what is written into it. */
interface PlacedCell {
  readonly cell: SheetCell;
  readonly address: string;
  readonly written: WrittenCell;
  /** The cell is for an answer: its value by itself, and what may be written into it. */
  readonly answer?: { readonly question: string; readonly input: AnswerInput; readonly value: Answer };
}

interface PlacedSheet {
  readonly name: string;
  readonly rows: readonly (readonly (PlacedCell | null)[])[];
}

function placeCells(document: Return, template: ReturnTemplate): PlacedSheet[] {
  const inputs = new Map(questionsOf(template).map(({ id, input }) => [id, input]));
  const answers = answersOf(document);
  const place = (cell: SheetCell, address: string): PlacedCell => {
    const { question, value, format } = cell;
    const input = question === undefined ? undefined : inputs.get(question);
    if (question === undefined || input === undefined)
      return { cell, address, written: { value, ...(format !== undefined && { format }) } };
    const answer = answers.get(question)?.answer ?? null;
    return { cell, address, written: writeCell(input, answer), answer: { question, input, value: normalAnswer(input, answer) } };
  };
  return layOut(document, template).map(({ name, rows }) => ({
    name,
    rows: rows.map((cells, row) => cells.map((cell, column) => (cell === null ? null : place(cell, cellAddress(row, column))))),
  }));
}

// Strings are written as strings, never as formulas: a value from elsewhere cannot become one.
function cellObject({ value, format }: WrittenCell, style: Partial<CellObject> = {}): CellObject {
  const shown = format === undefined ? style : { ...style, format };
  // The library takes the format of an empty cell only beside a type, and for a text no format but '@'.
  if (value === null || value === '') return format === undefined ? style : { ...shown, type: format === '@' ? String : Number };
  if (typeof value === 'number') return { ...shown, value, type: Number };
  return { ...(format === '@' ? shown : style), value: encodeCellText(value), type: String };
}

const placed = (sheet: PlacedSheet): PlacedCell[] => sheet.rows.flatMap((cells) => cells.filter((cell) => cell !== null));

function identifyCells(sheets: readonly PlacedSheet[]): IdentifiedCell[] {
  return sheets.flatMap((sheet) =>
    placed(sheet).map(({ cell, address, written, answer }) => {
      const fixed = ['prepopulated', 'irrelevant', 'yes', 'no'].includes(cell.style) ? ('prepopulated' as const) : ('label' as const);
      return {
        sheet: sheet.name,
        address,
        kind: answer === undefined ? fixed : ('answer' as const),
        question: answer?.question ?? '',
        digest: cellDigest(sheet.name, address, answer === undefined ? written.value : answer.value),
      };
    }),
  );
}

/** The first cell of a row carries its height, and what stands alone runs over the whole width. */
function printedRow(cells: PlacedSheet['rows'][number], widths: readonly number[]): Row {
  const height = rowHeight(cells, widths);
  const alone = isAlone(cells);
  return cells.map((one, column) => {
    if (one === null) return null;
    const cell = cellObject(one.written, { ...cellStyles[one.cell.style], ...(isProse(one) && proseStyle) });
    if (cells.findIndex((other) => other !== null) !== column) return cell;
    return {
      ...cell,
      ...(height !== undefined && { height }),
      ...(alone && { columnSpan: widths.length, wrap: true, alignVertical: 'top' }),
    };
  });
}

function printedSheet({ name, rows }: PlacedSheet): Sheet<Content> {
  const widths = columnWidths(rows);
  return {
    sheet: name,
    data: rows.map((cells) => printedRow(isAlone(cells) ? [cells[0] ?? null, ...widths.slice(1).map(() => null)] : cells, widths)),
    columns: widths.map((width) => ({ width })),
    showGridLines: false,
    orientation: 'landscape',
  };
}

const listSheet = ({ name, columns, lines }: ListSheet): Sheet<Content> => ({
  sheet: name,
  data: [
    columns.map(([heading]) => cellObject({ value: heading }, cellStyles.column)),
    ...lines.map((values) => {
      const most = Math.max(...values.map((value, column) => linesIn(String(value ?? ''), columns[column]?.[1] ?? 1)));
      const style = { wrap: true, alignVertical: 'top', height: Math.min(160, most * 13.5 + 3) } as const;
      return values.map((value) => cellObject({ value }, style));
    }),
  ],
  columns: columns.map(([, width]) => ({ width })),
  stickyRowsCount: 1,
  orientation: 'landscape',
});

const plainSheet = (name: string, rows: readonly (readonly (string | null)[])[]): Sheet<Content> => ({
  sheet: name,
  data: rows.map((cells) => cells.map((value) => cellObject({ value, format: '@' }))),
});

/** The lists side by side, one in each column. */
function listRows(lists: ReturnType<typeof longLists>): (string | null)[][] {
  const longest = Math.max(...lists.map(([, options]) => options.length));
  return Array.from({ length: longest }, (_, row) => lists.map(([, options]) => options[row] ?? null));
}

/**
 * The workbook of a return: the printed sheets in printed order, then Evidence (one line per question) and Findings, and hidden
 * sheets by which {@link readWorkbook} knows it again. Formulas are written as their values. Counts in it are controlled for
 * disclosure already.
 * @returns the bytes of an .xlsx file
 */
export async function writeWorkbook(document: Return, template: ReturnTemplate, saved: SavedVersion = {}): Promise<Buffer> {
  const sheets = placeCells(document, template);
  const addresses = new Map(
    sheets.flatMap((sheet) => placed(sheet).flatMap(({ address, answer }) => (answer ? [[answer.question, address]] : []))),
  );
  const identity = identityRows(
    {
      format: '1',
      template: template.id,
      templateDigest: templateDigest(template),
      place: document.place,
      periodFrom: document.period.from,
      periodTo: document.period.to,
      rehearsal: document.rehearsal ? 'yes' : 'no',
      builtOn: document.builtOn,
      returnId: saved.id ?? '',
      returnVersion: String(saved.version ?? document.version ?? ''),
      returnDigest: digestOf(document).toString('hex'),
    },
    identifyCells(sheets),
  );
  const lists = longLists(template);
  const validated = (sheet: PlacedSheet): ValidatedCell[] =>
    placed(sheet).flatMap(({ address, answer }) => (answer ? [{ address, input: answer.input }] : []));
  const features = sheetFeatures({
    hidden: new Set([listsSheet, identitySheet]),
    validations: new Map(sheets.map((sheet) => [sheet.name, dataValidations(template, validated(sheet))])),
  });
  return writeXlsxFile(
    [
      ...sheets.map(printedSheet),
      listSheet(evidenceList(document, addresses)),
      listSheet(findingsList(document)),
      ...(lists.length === 0 ? [] : [plainSheet(listsSheet, listRows(lists))]),
      plainSheet(identitySheet, identity),
    ],
    { features: [features], fontFamily: 'Arial', fontSize: 10 },
  ).toBuffer();
}
