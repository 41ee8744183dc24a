import type { WorkbookArchive } from './archive.ts';
import { parseXml } from './xml.ts';

/** What a number format makes of a number. */
export type NumberKind = 'date' | 'percent' | 'other';

/** Formats every program knows without their text (ECMA-376 part 1 §18.8.30): dates, also those of East Asian locales. */
const builtInDates = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58]);
const builtInPercents = new Set([9, 10]);

/** Whether the text of a format shows days, per cents or neither; quoted words, colours and escaped signs show nothing. */
export function numberKind(format: string): NumberKind {
  const signs = format.replaceAll(/"[^"]*"|\[(?!(?:h+|m+|s+)\])[^\]]*\]|\\.|_.|\*./gi, '');
  if (signs.includes('%')) return 'percent';
  return /[dy]/i.test(signs) || (/m/i.test(signs) && !/[hs0#]/i.test(signs)) ? 'date' : 'other';
}

/** The kind of each cell format of a style sheet, by its index. */
export async function readNumberFormats(archive: WorkbookArchive, part: string | undefined): Promise<readonly NumberKind[]> {
  if (part === undefined) return [];
  const own = new Map<number, NumberKind>();
  const kinds: NumberKind[] = [];
  let inCellFormats = false;
  await parseXml(await archive.read(part), {
    open: (element, attributes) => {
      if (element === 'numFmt') own.set(Number(attributes.numFmtId), numberKind(attributes.formatCode ?? ''));
      if (element === 'cellXfs') inCellFormats = true;
      if (element !== 'xf' || !inCellFormats) return;
      const id = Number(attributes.numFmtId ?? 0);
      kinds.push(own.get(id) ?? (builtInDates.has(id) ? 'date' : builtInPercents.has(id) ? 'percent' : 'other'));
    },
    close: (element) => {
      if (element === 'cellXfs') inCellFormats = false;
    },
  });
  return kinds;
}
