import type { Blob } from 'node:buffer';
import type Stream from 'node:stream';
import writeXlsxFile, { type CellObject, type Feature, type Row, type Sheet } from 'write-excel-file/node';
import { cellAddress, layOut, type SheetCell, type SheetRow } from './layout.ts';
import type { Return } from './return.ts';
import type { ReturnTemplate } from './template.ts';

/** What the library may be given as a file's content; it does not export the type. */
type Content = Stream | Buffer | Blob;

const border = { borderStyle: 'thin', borderColor: '#7F7F7F' } as const;

// The printed key names three kinds of cell without showing their colours in print: input, pre-populated, not relevant.
const styles: Readonly<Record<SheetCell['style'], Partial<CellObject>>> = {
  title: { fontWeight: 'bold', fontSize: 16 },
  heading: { fontWeight: 'bold', fontSize: 12 },
  note: { fontStyle: 'italic' },
  label: { wrap: true, alignVertical: 'top' },
  column: {
    fontWeight: 'bold',
    wrap: true,
    align: 'center',
    alignVertical: 'center',
    backgroundColor: '#005EB8',
    textColor: '#FFFFFF',
    ...border,
  },
  input: { wrap: true, align: 'center', alignVertical: 'center', backgroundColor: '#FFF2CC', ...border },
  prepopulated: { wrap: true, align: 'center', alignVertical: 'center', backgroundColor: '#DDEBF7', ...border },
  irrelevant: { backgroundColor: '#D9D9D9', ...border },
  yes: { align: 'center', alignVertical: 'center', fontWeight: 'bold', backgroundColor: '#C6EFCE', textColor: '#005A30', ...border },
  no: { align: 'center', alignVertical: 'center', fontWeight: 'bold', backgroundColor: '#FFC7CE', textColor: '#8A1538', ...border },
};

function paint(cell: SheetCell | null): CellObject | null {
  if (cell === null) return null;
  const style = styles[cell.style];
  if (cell.value === null) return { ...style };
  // Strings are written as strings, never as formulas: a value from elsewhere cannot become one.
  if (typeof cell.value === 'string') return { ...style, value: cell.value, type: String };
  return { ...style, value: cell.value, type: Number, ...(cell.format !== undefined && { format: cell.format }) };
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Drop-downs of a sheet, in exact case (ECMA-376 §18.3.1.33: an inline list is at most 255 characters, comma-separated). */
function dropDowns(rows: readonly SheetRow[]): string {
  const validations = rows.flatMap((cells, rowIndex) =>
    cells.flatMap((cell, columnIndex) => {
      const list = cell?.options?.join(',') ?? '';
      if (list === '' || list.length > 255) return [];
      const address = cellAddress(rowIndex, columnIndex);
      return `<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="${address}"><formula1>&quot;${escapeXml(list)}&quot;</formula1></dataValidation>`;
    }),
  );
  return validations.length === 0 ? '' : `<dataValidations count="${validations.length}">${validations.join('')}</dataValidations>`;
}

const heading = (...texts: string[]): Row => texts.map((text) => paint({ style: 'column', value: text }));
const line = (...values: (string | number | null)[]): Row =>
  values.map((value) => (value === null ? null : typeof value === 'string' ? { value, type: String } : { value, type: Number }));

/** A cell holds at most 32,767 characters, and nobody reads more than a page of it: the rest is in evidence.json. */
const listed = (texts: readonly string[] = []): string =>
  texts.length <= 20 ? texts.join('; ') : `${texts.slice(0, 20).join('; ')}; and ${texts.length - 20} more in evidence.json`;

function evidenceRows(document: Return, addresses: ReadonlyMap<string, string>): Row[] {
  const rows = document.sheets.flatMap(({ name, questions }) =>
    questions.map(({ id, text, answer, provenance, filledBy, reviewedBy, evidence }) =>
      line(
        id,
        `${name}!${addresses.get(id) ?? ''}`,
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
        Object.entries(evidence?.shares ?? {})
          .map(([share, value]) => `${share}: ${value ?? 'not measured'}`)
          .join('; '),
        evidence?.source ?? null,
        evidence?.registerVersion ?? null,
        evidence?.audit?.treeSize ?? null,
      ),
    ),
  );
  const columns = [
    'Question',
    'Cell',
    'Text',
    'Answer',
    'Provenance',
    'Filled by',
    'Reviewed by',
    'Observed',
    'Reason',
    'Flags',
    'Query',
    'Period',
  ];
  return [heading(...columns, 'Flows and clauses', 'Deliveries', 'Shares', 'Source', 'Register version', 'Audit tree size'), ...rows];
}

/**
 * The workbook of a return: the printed sheets in printed order, then Evidence (one line per question) and Findings.
 * Counts in it are controlled for disclosure already. @returns the bytes of an .xlsx file
 */
export async function writeWorkbook(document: Return, template: ReturnTemplate): Promise<Buffer> {
  const printed = layOut(document, template);
  const addresses = new Map(
    printed.flatMap(({ rows }) =>
      rows.flatMap((cells, rowIndex) =>
        cells.flatMap((cell, columnIndex) =>
          cell?.question === undefined ? [] : [[cell.question, cellAddress(rowIndex, columnIndex)] as const],
        ),
      ),
    ),
  );
  const sheets: Sheet<Content>[] = printed.map(({ name, rows }) => ({
    sheet: name,
    data: rows.map((cells) => cells.map(paint)),
    columns: [{ width: 62 }, ...Array.from({ length: 7 }, () => ({ width: 24 }))],
    showGridLines: false,
  }));
  sheets.push({
    sheet: 'Evidence',
    data: evidenceRows(document, addresses),
    columns: Array.from({ length: 18 }, () => ({ width: 28 })),
    stickyRowsCount: 1,
  });
  sheets.push({
    sheet: 'Findings',
    data: [
      heading('Rule', 'Severity', 'Message', 'Remedy', 'Questions'),
      ...document.findings.map(({ rule, severity, message, remedy, questions }) =>
        line(rule, severity, message, remedy, questions.join(', ')),
      ),
    ],
    columns: [{ width: 32 }, { width: 14 }, { width: 60 }, { width: 60 }, { width: 60 }],
    stickyRowsCount: 1,
  });
  const byName = new Map(printed.map(({ name, rows }) => [name, rows]));
  const lists: Feature<Content> = {
    files: {
      transform: { 'xl/worksheets/sheet{id}.xml': { insert: ({ sheet }) => dropDowns(byName.get(sheet ?? '') ?? []) || undefined } },
    },
  };
  return writeXlsxFile(sheets, { features: [lists] }).toBuffer();
}
