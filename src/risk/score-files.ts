import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { type HfrsScore, type HfrsTable, type HfrsWindow, hfrsWindowStart, icd10Group, scoreHfrsGroups } from './hfrs.ts';

/** The longest row that can be meant: a file without line ends must not be read into memory whole. */
const longestRecord = 1_000_000;

interface Row<Column extends string> {
  readonly row: number;
  readonly value: Readonly<Record<Column, string>>;
}

const refuse = (code: string, message: string, cause?: unknown) =>
  new GatewayError(code, message, { exit: exitCode.inputRefused, ...(cause === undefined ? {} : { cause }) });

const openFile = (path: string): NodeJS.ReadableStream => (path === '-' ? process.stdin : createReadStream(path));

/** Rows of a CSV with a header, one at a time; columns it does not need may be there and are not read. */
async function* readRows<Column extends string>(path: string, what: string, columns: readonly Column[]): AsyncGenerator<Row<Column>> {
  const parser = parse({ bom: true, skip_empty_lines: true, max_record_size: longestRecord });
  const input = openFile(path);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let places: readonly number[] | undefined;
  let row = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (places === undefined) {
        const header = record.map((name) => name.trim());
        places = columns.map((column) => header.indexOf(column));
        const twice = columns.some((column) => header.indexOf(column) !== header.lastIndexOf(column));
        if (twice || places.includes(-1))
          throw refuse('RISK_FILE_HEADER', `The first line of the ${what} file must name the columns ${columns.join(', ')}, each once.`);
        continue;
      }
      row += 1;
      const value = Object.fromEntries(columns.map((column, i) => [column, (record[places?.[i] ?? -1] ?? '').trim()]));
      yield { row, value: value as Record<Column, string> };
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (error instanceof CsvError)
      throw refuse(
        'RISK_FILE_NOT_CSV',
        `The ${what} file is not a CSV with the same number of columns in every row, near row ${row + 1}.`,
        error,
      );
    throw refuse('RISK_FILE_UNREADABLE', `The ${what} file cannot be read. Check that it exists and may be read.`, error);
  }
  if (places === undefined) throw refuse('RISK_FILE_EMPTY', `The ${what} file is empty; it needs at least the line with the column names.`);
}

function need(what: string, row: number, column: string, value: string): string {
  if (value === '') throw refuse('RISK_ROW_INCOMPLETE', `Row ${row} of the ${what} file has no ${column}. Fill it or remove the row.`);
  return value;
}

function needDate(what: string, row: number, column: string, value: string): LocalDate {
  const date = parseLocalDate(need(what, row, column, value));
  if (date === undefined)
    throw refuse('RISK_ROW_DATE', `Row ${row} of the ${what} file: ${column} is not a date of the calendar in the form YYYY-MM-DD.`);
  return date;
}

interface Person {
  readonly index: LocalDate;
  readonly from: LocalDate;
  groups: Set<string> | undefined;
}

async function readPeople(path: string, window: HfrsWindow): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  for await (const { row, value } of readRows(path, 'index', ['person', 'index_date'])) {
    const person = need('index', row, 'person', value.person);
    const index = needDate('index', row, 'index_date', value.index_date);
    if (people.has(person))
      throw refuse('RISK_PERSON_TWICE', `Row ${row} of the index file repeats a person. Give each person one index date.`);
    people.set(person, { index, from: hfrsWindowStart(index, window), groups: undefined });
  }
  return people;
}

/**
 * HFRS of everybody in an index file (`person,index_date`), from a file of codes (`person,code,date`), in the order of
 * the index file. The codes are streamed: memory grows with people, not with codes. Codes of people who are not in the
 * index file are passed over; people without a code score 0.0.
 * @throws GatewayError RISK_FILE_* and RISK_ROW_* (exit 65) with the row, never the value.
 */
export async function* scoreFiles(
  table: HfrsTable,
  files: { readonly codes: string; readonly index: string },
  window: HfrsWindow,
): AsyncGenerator<{ readonly person: string; readonly score: HfrsScore }> {
  const people = await readPeople(files.index, window);
  for await (const { row, value } of readRows(files.codes, 'codes', ['person', 'code', 'date'])) {
    const person = people.get(need('codes', row, 'person', value.person));
    const code = need('codes', row, 'code', value.code);
    const date = needDate('codes', row, 'date', value.date);
    if (person === undefined || date < person.from || date > person.index) continue;
    const group = icd10Group(code);
    if (group === undefined || !table.weights.has(group)) continue;
    person.groups ??= new Set();
    person.groups.add(group);
  }
  const none: ReadonlySet<string> = new Set();
  for (const [person, { groups }] of people) yield { person, score: scoreHfrsGroups(table, groups ?? none) };
}

/** RFC 4180: quoted only where it must be. */
export const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
