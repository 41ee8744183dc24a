import type { Blob } from 'node:buffer';
import type Stream from 'node:stream';
import type { Feature } from 'write-excel-file/node';
import { inputFill, irrelevantFill } from './styles.ts';

/** What the library may be given as a file's content; it does not export the type. */
export type Content = Stream | Buffer | Blob;

export interface SheetFeatures {
  /** Names of the sheets nobody needs to see. */
  readonly hidden: ReadonlySet<string>;
  /** The `dataValidations` element of a sheet by its name; sheets that are here are printed ones, and locked but for the cells to fill. */
  readonly validations: ReadonlyMap<string, string>;
}

/** The fill, counted from 0, that each colour has in a style sheet. */
function fillsOf(styles: string, colours: readonly string[]): Set<string> {
  const fills = [...styles.matchAll(/<fill>.*?<\/fill>/gs)].map(([fill]) => fill);
  return new Set(fills.flatMap((fill, index) => (colours.some((colour) => fill.includes(colour.slice(1))) ? [String(index)] : [])));
}

/** Unlocks what the author fills. There is no password: the lock is against a slip, and whoever must may lift it. */
function unlockInputs(styles: string): string {
  const open = fillsOf(styles, [inputFill, irrelevantFill]);
  return styles.replaceAll(/<xf ([^>]*fillId="(\d+)"[^>]*)>(.*?)<\/xf>/gs, (whole, attributes: string, fill: string, inner: string) =>
    open.has(fill) ? `<xf ${attributes} applyProtection="1">${inner}<protection locked="0"/></xf>` : whole,
  );
}

/** ECMA-376 part 1 §18.3.1.99: sheetPr comes first; sheetProtection and dataValidations stand between sheetData and pageMargins,
 * with mergeCells between them. */
function completeSheet(xml: string, validations: string | undefined): string {
  const body = xml.indexOf('>', xml.indexOf('<worksheet')) + 1;
  const onePageWide = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>';
  const whole = `${xml.slice(0, body)}${onePageWide}${xml.slice(body)}`;
  if (validations === undefined) return whole;
  const lock = '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0"/>';
  const locked = whole.replace('</sheetData>', () => `</sheetData>${lock}`);
  const before = locked.includes('</mergeCells>') ? '</mergeCells>' : lock;
  return locked.replace(before, () => `${before}${validations}`);
}

/** What the library has no option for: hidden sheets, drop-downs, cells that are locked, pages as wide as a sheet. */
export const sheetFeatures = ({ hidden, validations }: SheetFeatures): Feature<Content> => ({
  files: {
    transform: {
      'xl/workbook.xml': {
        transformElementAttributes: (tag, attributes) =>
          tag === 'sheet' && hidden.has(String(attributes.name)) ? { ...attributes, state: 'hidden' } : attributes,
      },
      'xl/styles.xml': { transform: unlockInputs },
      'xl/worksheets/sheet{id}.xml': {
        transform: (xml, { sheet = '' }) => completeSheet(xml, validations.get(sheet)),
        transformElementAttributes: (tag, attributes) =>
          tag === 'pageSetup' ? { ...attributes, fitToWidth: 1, fitToHeight: 0 } : attributes,
      },
    },
  },
});
