import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe } from 'vitest';

/** Folder of the public data sets: HAVEN_SHARED, else `shared` beside the repository. They are never part of it. */
const data = join(process.env.HAVEN_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'data');

export const pathOf = (set: string, ...parts: string[]): string => join(data, set, ...parts);

/** `describe` for tests of public sets; skipped, and saying why, where one of the folders is absent. */
export function describeSets(sets: readonly string[], title: string, tests: () => void): void {
  const absent = sets.filter((set) => !existsSync(pathOf(set)));
  const reason = absent.length === 0 ? '' : ` (skipped: no folder ${absent.join(', ')} under shared/data)`;
  describe.skipIf(absent.length > 0)(`${title}${reason}`, tests);
}

export const readSet = (set: string, ...parts: string[]): Buffer => readFileSync(pathOf(set, ...parts));

/** A CSV of a set as objects, read by another reader than ours. */
export const readRows = (set: string, ...parts: string[]): Record<string, string>[] =>
  parse(readSet(set, ...parts), { columns: true, skip_empty_lines: true, bom: true }) as Record<string, string>[];

export function filesOf(set: string, ending: string): string[] {
  return readdirSync(pathOf(set), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** RFC 4180 text of rows, with every value quoted that needs it. */
export function toCsv(columns: readonly string[], rows: readonly Readonly<Record<string, string>>[]): string {
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
  return `${[line(columns), ...rows.map((row) => line(columns.map((column) => row[column] ?? '')))].join('\n')}\n`;
}

/** A number of the 999 range, which is never issued; position 0-999,999. Undefined where its check digit would be ten. */
export function testNumber(position: number): string | undefined {
  const nine = `999${String(position).padStart(6, '0')}`;
  const sum = [...nine].reduce((total, digit, place) => total + Number(digit) * (10 - place), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? undefined : `${nine}${check}`;
}

/** The first `count` numbers of the 999 range from a position on. */
export function testNumbers(count: number, from: number): string[] {
  const numbers: string[] = [];
  for (let position = from; numbers.length < count; position++) {
    const number = testNumber(position);
    if (number) numbers.push(number);
  }
  return numbers;
}
