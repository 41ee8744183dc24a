import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

/** Parts of a workbook file as text, by name: enough to change a file as a person or a program would. */
export type WorkbookParts = Record<string, string>;

export const openParts = (bytes: Buffer): WorkbookParts =>
  Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]));

export const closeParts = (parts: WorkbookParts): Buffer =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])), { level: 0 }));

/** The file after a change of its parts. */
export function editWorkbook(bytes: Buffer, edit: (parts: WorkbookParts) => void): Buffer {
  const parts = openParts(bytes);
  edit(parts);
  return closeParts(parts);
}

export const sheetNames = (parts: WorkbookParts): string[] =>
  [...(parts['xl/workbook.xml'] ?? '').matchAll(/<sheet [^>]*name="([^"]+)"/g)].map(([, name = '']) => name.replaceAll('&amp;', '&'));

/** The part of a sheet, by its place among the sheets. */
export const sheetPart = (parts: WorkbookParts, sheet: string): string => `xl/worksheets/sheet${sheetNames(parts).indexOf(sheet) + 1}.xml`;

/** The stored cell of an address, or undefined. */
export const storedCell = (xml: string, address: string): string | undefined =>
  new RegExp(`<c r="${address}"[^>]*?(?:/>|>.*?</c>)`, 's').exec(xml)?.[0];

/**
 * Replaces a cell, or adds it at the end of its row.
 * @param attributes such as `t="n"`; the style stays unless they name one
 */
export function setCell(parts: WorkbookParts, sheet: string, address: string, inner: string, attributes = ''): void {
  const name = sheetPart(parts, sheet);
  const xml = parts[name] ?? '';
  const old = storedCell(xml, address);
  const style = attributes.includes('s="') ? '' : (/ s="\d+"/.exec(old ?? '')?.[0] ?? '');
  const cell = `<c r="${address}"${style} ${attributes}>${inner}</c>`;
  const row = address.replace(/\D/g, '');
  const emptied = old === undefined ? xml : xml.replace(old, () => cell);
  parts[name] =
    old !== undefined
      ? emptied
      : new RegExp(`<row r="${row}"`).test(xml)
        ? xml.replace(
            new RegExp(`(<row r="${row}"[^>]*?)(/>|>(.*?)</row>)`, 's'),
            (_, open: string, _rest, body = '') => `${open}>${body}${cell}</row>`,
          )
        : xml.replace('</sheetData>', () => `<row r="${row}">${cell}</row></sheetData>`);
}

export const text = (words: string): readonly [string, string] => [`<is><t xml:space="preserve">${words}</t></is>`, 't="inlineStr"'];
