import { offsetMinutes, toLondonTime } from '../feeds/london-time.ts';
import type { FeedColumn } from '../feeds/specification.ts';

type DateFormat = NonNullable<FeedColumn['formats']>[number];

const isoDate: readonly DateFormat[] = ['YYYY-MM-DD'];
const isoDateTime: readonly DateFormat[] = ['YYYY-MM-DDTHH:mm:ss', 'YYYY-MM-DD HH:mm:ss', 'YYYY-MM-DD HH:mm', 'YYYY-MM-DD'];
const isoTime: readonly DateFormat[] = ['HH:mm:ss', 'HH:mm'];

const layouts: Readonly<Record<DateFormat, RegExp>> = {
  'YYYY-MM-DD': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)$/,
  'DD/MM/YYYY': /^(?<d>\d\d)\/(?<m>\d\d)\/(?<y>\d{4})$/,
  YYYYMMDD: /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)$/,
  MMYYYY: /^(?<m>\d\d)(?<y>\d{4})$/,
  'YYYY-MM-DD HH:mm:ss': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d) (?<h>\d\d):(?<i>\d\d):(?<s>\d\d)(?:\.\d+)?$/,
  'YYYY-MM-DDTHH:mm:ss': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)T(?<h>\d\d):(?<i>\d\d):(?<s>\d\d)(?:\.\d+)?(?<z>Z|[+-]\d\d:\d\d)?$/,
  'DD/MM/YYYY HH:mm': /^(?<d>\d\d)\/(?<m>\d\d)\/(?<y>\d{4}) (?<h>\d\d):(?<i>\d\d)$/,
  'YYYY-MM-DD HH:mm': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d) (?<h>\d\d):(?<i>\d\d)$/,
  'HH:mm': /^(?<h>\d\d):(?<i>\d\d)$/,
  'HH:mm:ss': /^(?<h>\d\d):(?<i>\d\d):(?<s>\d\d)$/,
};

const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/**
 * ISO form of a date, date-time or time that exists: `2026-02-28`, `2026-02-28 13:45:00`, `13:45:00`, or `1950-03` where
 * only the month was sent. A time with an offset becomes the time in London. Undefined for anything else: 30 February is an error of the sender, never the second of March.
 */
export function canonicalDate(value: string, formats: readonly DateFormat[]): string | undefined {
  for (const format of formats) {
    const parts = layouts[format].exec(value)?.groups;
    if (!parts) continue;
    const { y, m, d, h, i, s, z } = parts;
    if (h !== undefined && (Number(h) > 23 || Number(i) > 59 || Number(s ?? 0) > 59)) return undefined;
    const time = h === undefined ? '' : `${h}:${i}:${s ?? '00'}`;
    if (y === undefined) return time;
    const month = Number(m);
    if (month < 1 || month > 12 || Number(y) < 1800) return undefined;
    if (d === undefined) return `${y}-${m}`;
    if (Number(d) < 1 || Number(d) > daysInMonth(Number(y), month)) return undefined;
    if (z !== undefined) return inLondon(Date.UTC(Number(y), month - 1, Number(d), Number(h), Number(i), Number(s)), z);
    return time === '' ? `${y}-${m}-${d}` : `${y}-${m}-${d} ${time}`;
  }
  return undefined;
}

/** West of London the last day of the year 9999 reaches into the next, which is written with a sign, as no date here is. */
const yearOfFiveDigits = Date.UTC(10_000, 0);

function inLondon(asIfUtc: number, offset: string): string | undefined {
  const minutes = offsetMinutes(offset);
  if (minutes === undefined) return undefined;
  const utc = asIfUtc - minutes * 60_000;
  return utc < yearOfFiveDigits ? toLondonTime(utc) : undefined;
}

const truths: Readonly<Record<string, string>> = {
  true: 'true',
  y: 'true',
  yes: 'true',
  '1': 'true',
  false: 'false',
  n: 'false',
  no: 'false',
  '0': 'false',
};

/** Canonical text of a cell, or the rule that it breaks. */
export type Canonical = { readonly value: string; readonly rule?: never } | { readonly rule: string; readonly value?: never };

const controlCharacters = /[^\P{Cc}\t\n\r]|\ufeff/u;

/** How one column of a data set turns a trimmed, non-empty cell into what is stored. */
export function canonicaliser(column: FeedColumn): (value: string) => Canonical {
  const { maxLength } = column;
  const typed = typedCanonicaliser(column);
  return (value) => {
    if (value.length > maxLength) return { rule: 'VALUE_TOO_LONG' };
    if (controlCharacters.test(value)) return { rule: 'CHARACTER_INVALID' };
    return typed(value);
  };
}

function typedCanonicaliser(column: FeedColumn): (value: string) => Canonical {
  switch (column.type) {
    case 'date':
    case 'date-time':
    case 'time': {
      const formats = column.formats ?? (column.type === 'date' ? isoDate : column.type === 'time' ? isoTime : isoDateTime);
      const rule = column.role === 'birth-date' ? 'BIRTH_DATE_INVALID' : 'DATE_INVALID';
      return (value) => orRule(canonicalDate(value, formats), rule);
    }
    case 'integer':
      return (value) => orRule(/^-?\d{1,15}$/.test(value) ? String(Number(value)) : undefined, 'NUMBER_INVALID');
    case 'decimal':
    case 'money':
      return (value) => orRule(/^-?\d{1,12}(\.\d{1,9})?$/.test(value) ? value : undefined, 'NUMBER_INVALID');
    case 'boolean':
      return (value) => orRule(entryOf(truths, value.toLowerCase()), 'CODE_UNKNOWN');
    case 'organisation':
      return (value) => orRule(/^[A-Za-z0-9]{1,9}$/.test(value) ? value.toUpperCase() : undefined, 'ORGANISATION_INVALID');
    default:
      return (value) => ({ value });
  }
}

/** What a table of ours says of a sender's value: its own entries only, or `constructor` would find what every object has. */
export const entryOf = (table: Readonly<Record<string, string>> | undefined, value: string): string | undefined =>
  table !== undefined && Object.hasOwn(table, value) ? table[value] : undefined;

const orRule = (value: string | undefined, rule: string): Canonical => (value === undefined ? { rule } : { value });

/** What a sender can do about each rule that any column can break. */
export const cellGuidance: Readonly<Record<string, string>> = {
  VALUE_TOO_LONG: 'The value is longer than the data set allows for this field. Check whether columns have shifted.',
  CHARACTER_INVALID: 'The value holds control characters. Remove them at the source.',
  DATE_INVALID: 'The value is not a date or time of the layout the data set names, or not one in the calendar. Correct it at the source.',
  BIRTH_DATE_INVALID: 'The date of birth is not of the layout the data set names, or not one in the calendar. Correct it at the source.',
  NUMBER_INVALID: 'The value is not a number of the form the data set names. Send digits and a decimal point alone.',
  NHS_NUMBER_IN_OTHER_FIELD: 'The field holds an NHS number that belongs in another one. Check whether columns have shifted.',
  CODE_SHAPE: 'The value does not look like a code of this field, and was left out. Check whether columns have shifted.',
  CODE_UNKNOWN: 'The value is not in the code list of this field. Send the national code, or ask for the list to be extended.',
  ORGANISATION_INVALID: 'An organisation is named by its ODS code: up to nine letters and digits.',
  REQUIRED_FIELD_EMPTY: 'The data set requires a value in this field. Fill it in at the source and send the record again.',
  SOURCE_ID_ABSENT:
    'The fields that identify the record at its source are empty or too long, so no correction could find it. Send the key of the record.',
  EVENT_START_ABSENT: 'The record does not say when it happened. Fill in the date at the source and send the record again.',
  ROW_SHAPE: 'The row has more or fewer values than the header has columns. Quote every value that holds the delimiter.',
  QUOTING_INVALID: 'A quoted value is followed by other text. Double the quotation marks inside a quoted value.',
  ENCODING_INVALID: 'The row holds bytes that are not UTF-8. Save the file as UTF-8 and send it again.',
};

/** Pence of an amount in pounds or pence, exactly: floats would lose them. */
export function toPence(value: string, unit: 'pounds' | 'pence'): string {
  if (value === '') return '';
  const negative = value.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? value.slice(1) : value).split('.');
  const shift = unit === 'pounds' ? 2 : 0;
  const digits = `${fraction}000`;
  const pence = BigInt(whole + digits.slice(0, shift)) + (Number(digits[shift] ?? '0') >= 5 ? 1n : 0n);
  return `${negative && pence !== 0n ? '-' : ''}${pence}`;
}
