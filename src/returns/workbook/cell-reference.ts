/** A cell by row and column, both from 0. */
export interface CellPosition {
  readonly row: number;
  readonly column: number;
}

/** Reads `AB12`; undefined when it is no cell of a sheet of 1,048,576 rows and 16,384 columns. */
export function parseReference(reference: string): CellPosition | undefined {
  const match = /^([A-Z]{1,3})([1-9]\d{0,6})$/.exec(reference);
  if (!match) return undefined;
  let column = 0;
  for (const letter of match[1] ?? '') column = column * 26 + letter.charCodeAt(0) - 64;
  const row = Number(match[2]);
  return row > 1_048_576 || column > 16_384 ? undefined : { row: row - 1, column: column - 1 };
}

/** `AB12` for row 11, column 27. */
export function printReference({ row, column }: CellPosition): string {
  let letters = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return `${letters}${row + 1}`;
}
