import type { Receipt } from '../../../src/landing/receipt.ts';

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** One line of the table that is printed at the end: what was sent, and what became of it. */
export const figuresOf = (set: string, receipt: Receipt): Record<string, string | number> => ({
  set,
  state: receipt.state,
  received: receipt.received,
  landed: receipt.landed,
  updated: receipt.updated,
  unchanged: receipt.unchanged,
  withheld: list(receipt.withheld),
  quarantined: list(receipt.quarantined),
  people: receipt.linkage.existing + receipt.linkage.new,
  warnings: list(receipt.warnings),
  refusals: receipt.refusals.map(({ code }) => code).join(', '),
});

/** As lines and not as a table: a table of these widths breaks in every terminal. */
export function printFigures(rows: readonly Record<string, string | number>[]): void {
  for (const row of rows)
    console.log(
      Object.entries(row)
        .filter(([, value]) => value !== '' && value !== 0)
        .map(([name, value]) => (name === 'set' ? String(value) : `${name}: ${value}`))
        .join(' | '),
    );
}
