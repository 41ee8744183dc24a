/** A sheet: names of the columns, and rows of as many cells. */
export interface Sheet {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** RFC 4180, with a byte order mark because spreadsheets want one. A cell that a spreadsheet would run as a formula is kept as text. */
export function sheetCsv({ head, rows }: Sheet): string {
  return `\uFEFF${[head, ...rows].map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`;
}

function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  // OWASP, CSV injection: these begin a formula, also after a line break or tab.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
