import type { WorkbookArchive } from './archive.ts';
import { parseReference, printReference } from './cell-reference.ts';
import { decodeCellText } from './cell-text.ts';
import { refuseWorkbook } from './refusals.ts';
import { parseXml } from './xml.ts';

/** A cell with something in it. */
export interface StoredCell {
  readonly type: 'number' | 'text' | 'truth' | 'error' | 'iso-date';
  /** As stored; of a shared text its number until {@link readSharedStrings} has been asked. */
  readonly value: string;
  readonly shared: boolean;
  readonly formula: boolean;
  /** Index of its cell format. */
  readonly style: number;
}

/** By address, such as `B12`. */
export type SheetCells = ReadonlyMap<string, StoredCell>;

/** A return has about 1,500; a sheet of any size is read through, but not kept. */
const mostCells = 50_000;

/**
 * Signs of a stored text that are kept: 32,767 of them if every one is escaped (`_xHHHH_`), and one more. What is cut here is longer
 * than any answer may be, and says so.
 */
const longest = 7 * 32_768;
const append = (text: string, words: string): string => (text.length < longest ? text + words.slice(0, longest - text.length) : text);

/** Types of a cell (ECMA-376 part 1 §18.18.11). */
const types: Readonly<Record<string, StoredCell['type']>> = {
  n: 'number',
  s: 'text',
  str: 'text',
  inlineStr: 'text',
  b: 'truth',
  e: 'error',
  d: 'iso-date',
};

/** Cells of a sheet that hold something; the rows of a sheet may leave out where they and their cells are (§18.3.1.73). */
export async function readSheetCells(archive: WorkbookArchive, part: string): Promise<SheetCells> {
  const cells = new Map<string, StoredCell>();
  let [row, column] = [-1, -1];
  let cell: { type: string; style: number; value: string | undefined; formula: boolean } | undefined;
  let collecting = false;
  let phonetic = false;
  await parseXml(await archive.read(part), {
    open: (element, attributes) => {
      if (element === 'row') {
        row = attributes.r === undefined ? row + 1 : Number(attributes.r) - 1;
        column = -1;
      } else if (element === 'c') {
        const at = attributes.r === undefined ? { row, column: column + 1 } : parseReference(attributes.r);
        if (at === undefined || at.row !== row) throw refuseWorkbook('WORKBOOK_DAMAGED');
        column = at.column;
        cell = { type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), value: undefined, formula: false };
      } else if (cell !== undefined) {
        if (element === 'f') cell.formula = true;
        if (element === 'rPh') phonetic = true;
        collecting = element === 'v' || (element === 't' && !phonetic);
        if (collecting) cell.value ??= '';
      }
    },
    text: (text) => {
      if (cell !== undefined && collecting) cell.value = append(cell.value ?? '', text);
    },
    close: (element) => {
      collecting = false;
      if (element === 'rPh') phonetic = false;
      if (element !== 'c' || cell === undefined) return;
      const { type: stored, value, formula, style } = cell;
      cell = undefined;
      if (value === undefined && !formula) return;
      const type = types[stored];
      const address = printReference({ row, column });
      if (type === undefined || cells.has(address) || cells.size >= mostCells) throw refuseWorkbook('WORKBOOK_DAMAGED');
      const shared = stored === 's';
      cells.set(address, { type, value: type === 'text' && !shared ? decodeCellText(value ?? '') : (value ?? ''), shared, formula, style });
    },
  });
  return cells;
}

/** The shared texts that the sheets use, by number; others pass by and are not kept. */
async function readSharedStrings(
  archive: WorkbookArchive,
  part: string | undefined,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const texts = new Map<number, string>();
  if (part === undefined || wanted.size === 0) return texts;
  let number = -1;
  let text: string | undefined;
  let collecting = false;
  let phonetic = false;
  await parseXml(await archive.read(part), {
    open: (element) => {
      if (element === 'si') {
        number += 1;
        text = wanted.has(number) ? '' : undefined;
      }
      if (element === 'rPh') phonetic = true;
      collecting = element === 't' && !phonetic;
    },
    text: (words) => {
      if (collecting && text !== undefined) text = append(text, words);
    },
    close: (element) => {
      collecting = false;
      if (element === 'rPh') phonetic = false;
      if (element === 'si' && text !== undefined) texts.set(number, decodeCellText(text));
    },
  });
  return texts;
}

/** The same cells with their shared texts in place. @throws GatewayError WORKBOOK_DAMAGED when one is missing */
export async function resolveSharedStrings(
  archive: WorkbookArchive,
  part: string | undefined,
  sheets: ReadonlyMap<string, SheetCells>,
): Promise<ReadonlyMap<string, SheetCells>> {
  const shared = [...sheets.values()].flatMap((cells) => [...cells.values()]).filter((cell) => cell.shared);
  const texts = await readSharedStrings(archive, part, new Set(shared.map(({ value }) => Number(value))));
  const resolve = (cell: StoredCell): StoredCell => {
    if (!cell.shared) return cell;
    const value = texts.get(Number(cell.value));
    if (value === undefined) throw refuseWorkbook('WORKBOOK_DAMAGED');
    return { ...cell, value, shared: false };
  };
  return new Map(
    [...sheets].map(([name, cells]) => [name, new Map([...cells].map(([address, cell]) => [address, resolve(cell)] as const))] as const),
  );
}
