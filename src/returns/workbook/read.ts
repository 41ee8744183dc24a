import { createHash } from 'node:crypto';
import { type Question, questionsOf } from '../question.ts';
import type { Answer } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { openArchive, type WorkbookArchive } from './archive.ts';
import { parseReference } from './cell-reference.ts';
import {
  cellDigest,
  type IdentifiedCell,
  identitySheet,
  listsSheet,
  type ReadIdentity,
  readIdentity,
  templateDigest,
  type WorkbookIdentity,
} from './identity.ts';
import { readNumberFormats } from './number-formats.ts';
import { type ReadingContext, readAnswer } from './read-answer.ts';
import { type CellProblem, type CellProblemCode, cellProblems, refuseWorkbook } from './refusals.ts';
import { readSheetCells, resolveSharedStrings, type SheetCells, type StoredCell } from './sheet-cells.ts';
import { longLists } from './validations.ts';
import { readWorkbookParts, type WorkbookParts } from './workbook-parts.ts';

export interface WorkbookRequest {
  /** The place whose return this must be. */
  readonly place: string;
  /** The template it must be of; absent when any will do. */
  readonly template?: string;
  /** Door to the templates. */
  readonly load: (template: string) => Promise<ReturnTemplate>;
}

interface Read {
  readonly identity: WorkbookIdentity;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

export interface WorkbookAnswers extends Read {
  readonly problems: readonly [];
  /** Every question of the template, in its order; null is a blank cell. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** Questions whose answer is not what the gateway wrote into the cell: what the author filled, changed or cleared. */
  readonly changed: readonly string[];
  /** Of those that changed, the digest of what the gateway had written, by question. */
  readonly written: ReadonlyMap<string, IdentifiedCell>;
}

export interface WorkbookProblems extends Read {
  /** In the order of the sheets; at most 100, `more` counts the others. */
  readonly problems: readonly [CellProblem, ...CellProblem[]];
  readonly more: number;
}

/** All the answers, or every problem and no answer. */
export type WorkbookReading = WorkbookAnswers | WorkbookProblems;

const mostProblems = 100;

/** Sheets of the gateway whose content is not asked for: they repeat what the return holds. */
const besides = ['Evidence', 'Findings'];

function sheetNames(template: ReturnTemplate): string[] {
  const hidden = longLists(template).length === 0 ? [identitySheet] : [listsSheet, identitySheet];
  return [...template.sheets.map(({ name }) => name), ...besides, ...hidden];
}

function checkSheets(parts: WorkbookParts, template: ReturnTemplate): void {
  const expected = sheetNames(template);
  const found = parts.sheets.map(({ name }) => name);
  if (JSON.stringify(expected) === JSON.stringify(found)) return;
  const missing = expected.filter((name) => !found.includes(name));
  const said = missing.length === 0 ? undefined : `Missing: ${missing.join(', ')}.`;
  throw refuseWorkbook('WORKBOOK_SHEETS_CHANGED', said);
}

/** The rows of the hidden sheet as texts; cells that are anything else are no identity. */
function textRows(cells: SheetCells): string[][] {
  const rows: string[][] = [];
  for (const [address, { value, type, formula }] of cells) {
    const at = parseReference(address);
    if (at === undefined || type !== 'text' || formula || at.column > 9 || at.row > 10_000) return [];
    const row = rows[at.row] ?? [];
    rows[at.row] = row;
    row[at.column] = value;
  }
  return Array.from(rows, (row) => Array.from(row ?? [], (value) => value ?? ''));
}

async function readCells(archive: WorkbookArchive, parts: WorkbookParts): Promise<ReadonlyMap<string, SheetCells>> {
  const cells = new Map<string, SheetCells>();
  for (const { name, part } of parts.sheets) {
    if (![...besides, listsSheet].includes(name)) cells.set(name, await readSheetCells(archive, part));
  }
  return resolveSharedStrings(archive, parts.sharedStrings, cells);
}

function requireIdentity(sheets: ReadonlyMap<string, SheetCells>): ReadIdentity {
  const hidden = sheets.get(identitySheet);
  if (hidden === undefined) throw refuseWorkbook('WORKBOOK_IDENTITY_MISSING');
  const identity = readIdentity(textRows(hidden));
  if (identity === undefined) throw refuseWorkbook('WORKBOOK_IDENTITY_DAMAGED');
  return identity;
}

async function requireTemplate({ identity, cells }: ReadIdentity, request: WorkbookRequest): Promise<ReturnTemplate> {
  if (request.template !== undefined && identity.template !== request.template) throw refuseWorkbook('WORKBOOK_OTHER_TEMPLATE');
  if (identity.place !== request.place) throw refuseWorkbook('WORKBOOK_OTHER_PLACE');
  const template = await request.load(identity.template);
  if (templateDigest(template) !== identity.templateDigest) throw refuseWorkbook('WORKBOOK_TEMPLATE_CHANGED');
  const asked = questionsOf(template).map(({ id, sheet }) => `${sheet}!${id}`);
  const held = cells.flatMap(({ kind, sheet, question }) => (kind === 'answer' ? [`${sheet}!${question}`] : []));
  if (JSON.stringify(asked.toSorted()) !== JSON.stringify(held.toSorted())) throw refuseWorkbook('WORKBOOK_IDENTITY_DAMAGED');
  return template;
}

const valueIn = ({ type, value }: StoredCell): Answer => (type === 'number' ? Number(value) : value);

/** Whether a cell that is not for an answer still holds what was written. */
function fixedProblem(written: IdentifiedCell, cell: StoredCell | undefined): CellProblemCode | undefined {
  const value = cell === undefined ? null : valueIn(cell);
  const same = cell?.formula !== true && cellDigest(written.sheet, written.address, value) === written.digest;
  if (same) return undefined;
  return written.kind === 'label' ? 'CELL_LABEL_CHANGED' : 'CELL_PREPOPULATED_CHANGED';
}

interface Findings {
  readonly answers: Map<string, Answer>;
  readonly changed: string[];
  readonly problems: CellProblem[];
}

function readSheet(
  name: string,
  cells: SheetCells,
  form: readonly IdentifiedCell[],
  questions: ReadonlyMap<string, Question>,
  context: ReadingContext,
): Findings {
  const found: Findings = { answers: new Map(), changed: [], problems: [] };
  const report = (code: CellProblemCode, cell: string, question?: string) =>
    found.problems.push({ code, sheet: name, cell, ...(question !== undefined && { question }), message: cellProblems[code] });
  for (const written of form) {
    const cell = cells.get(written.address);
    const question = questions.get(written.question);
    if (question === undefined) {
      const code = fixedProblem(written, cell);
      if (code !== undefined) report(code, written.address);
      continue;
    }
    const read = readAnswer(question, cell, context);
    if ('problem' in read) {
      report(read.problem, written.address, question.id);
      continue;
    }
    found.answers.set(question.id, read.answer);
    if (cellDigest(name, written.address, read.answer) !== written.digest) found.changed.push(question.id);
  }
  const known = new Set(form.map(({ address }) => address));
  for (const [address, { value, formula }] of cells) {
    if (!known.has(address) && (formula || value.trim() !== '')) report('CELL_UNEXPECTED', address);
  }
  return found;
}

/**
 * Reads a filled-in workbook back, by cell. Either every cell is as it must be and all answers are given, or no answer is and
 * every problem is named by its cell. Nothing that a cell holds is repeated in a problem.
 * @param bytes the file; what is too large is refused before it is inflated, and memory is bounded by ./archive.ts
 * @throws GatewayError WORKBOOK_* when the whole file is refused (./refusals.ts)
 */
export async function readWorkbook(bytes: Buffer, request: WorkbookRequest): Promise<WorkbookReading> {
  const archive = await openArchive(bytes);
  const parts = await readWorkbookParts(archive);
  if (!parts.sheets.some(({ name }) => name === identitySheet)) throw refuseWorkbook('WORKBOOK_IDENTITY_MISSING');
  const sheets = await readCells(archive, parts);
  const known = requireIdentity(sheets);
  const template = await requireTemplate(known, request);
  checkSheets(parts, template);
  const context = { template, dates: parts.dates, formats: await readNumberFormats(archive, parts.styles) };
  const questions = new Map(questionsOf(template).map((question) => [question.id, question]));
  const found = template.sheets.map(({ name }) =>
    readSheet(
      name,
      sheets.get(name) ?? new Map(),
      known.cells.filter(({ sheet }) => sheet === name),
      questions,
      context,
    ),
  );
  const read = { identity: known.identity, sha256: createHash('sha256').update(bytes).digest('hex') };
  const [first, ...rest] = found.flatMap(({ problems }) => problems);
  if (first !== undefined) {
    return { ...read, problems: [first, ...rest.slice(0, mostProblems - 1)], more: Math.max(0, rest.length + 1 - mostProblems) };
  }
  const answers = new Map(found.flatMap((sheet) => [...sheet.answers]));
  const ordered = new Map([...questions.keys()].map((id) => [id, answers.get(id) ?? null] as const));
  const changed = found.flatMap((sheet) => sheet.changed);
  const written = new Map(known.cells.flatMap((one) => (changed.includes(one.question) ? [[one.question, one] as const] : [])));
  return { ...read, problems: [], answers: ordered, changed, written };
}

/**
 * Questions the author changed while somebody else did, too: what stands now is neither what was written into the workbook nor what
 * the author made of it. @param now the answers as they stand
 */
export const changedByOthers = ({ answers, changed, written }: WorkbookAnswers, now: ReadonlyMap<string, Answer>): string[] =>
  changed.filter((id) => {
    const cell = written.get(id);
    const stands = now.get(id) ?? null;
    return cell !== undefined && stands !== answers.get(id) && cellDigest(cell.sheet, cell.address, stands) !== cell.digest;
  });
