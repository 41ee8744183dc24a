import type { CellObject } from 'write-excel-file/node';
import type { SheetCell } from '../layout.ts';

const border = { borderStyle: 'thin', borderColor: '#7F7F7F' } as const;
const middle = { align: 'center', alignVertical: 'center' } as const;

/** Fill of a cell that is for the author. Cells of this fill and the next are the only ones that are not locked. */
export const inputFill = '#FFF2CC';
export const irrelevantFill = '#D9D9D9';

// The printed key names three kinds of cell without showing their colours in print: input, pre-populated, not relevant.
export const cellStyles: Readonly<Record<SheetCell['style'], Partial<CellObject>>> = {
  title: { fontWeight: 'bold', fontSize: 16 },
  heading: { fontWeight: 'bold', fontSize: 12 },
  note: { fontStyle: 'italic' },
  label: { wrap: true, alignVertical: 'center' },
  column: { fontWeight: 'bold', wrap: true, ...middle, backgroundColor: '#005EB8', textColor: '#FFFFFF', ...border },
  input: { wrap: true, ...middle, backgroundColor: inputFill, ...border },
  prepopulated: { wrap: true, ...middle, backgroundColor: '#DDEBF7', ...border },
  irrelevant: { wrap: true, ...middle, backgroundColor: irrelevantFill, ...border },
  // "Red and contain the word No … Green and contain the word Yes" (guidance of the template); both readable without colour.
  yes: { ...middle, fontWeight: 'bold', backgroundColor: '#C6EFCE', textColor: '#005A30', ...border },
  no: { ...middle, fontWeight: 'bold', backgroundColor: '#FFC7CE', textColor: '#8A1538', ...border },
};

/** A comment is read from its beginning, where a choice or a number stands in the middle of its cell. */
export const proseStyle = { align: 'left', alignVertical: 'top' } as const;
