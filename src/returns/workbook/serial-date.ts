import { type LocalDate, parseLocalDate } from '../../shared/clock.ts';

/** Which day a workbook counts from: 1900 unless it says 1904 (ECMA-376 part 1 §18.17.4.1). */
export type DateSystem = '1900' | '1904';

const dayLength = 86_400_000;

// Day 60 of the 1900 system is a 29 February 1900 that never was, so programs disagree about every day before it: none is taken.
const systems: Readonly<Record<DateSystem, { readonly dayZero: number; readonly first: number; readonly last: number }>> = {
  '1900': { dayZero: Date.UTC(1899, 11, 30), first: 61, last: 2_958_465 },
  '1904': { dayZero: Date.UTC(1904, 0, 1), first: 0, last: 2_957_003 },
};

/** The serial number of a date in the 1900 system; undefined before 1900-03-01. */
export function toSerial(date: LocalDate): number | undefined {
  const serial = (Date.parse(`${date}T00:00:00Z`) - systems['1900'].dayZero) / dayLength;
  return serial >= systems['1900'].first ? serial : undefined;
}

/** The date of a serial number; undefined when it is no whole day of the system. */
export function fromSerial(serial: number, system: DateSystem): LocalDate | undefined {
  const { dayZero, first, last } = systems[system];
  if (!Number.isInteger(serial) || serial < first || serial > last) return undefined;
  return parseLocalDate(new Date(dayZero + serial * dayLength).toISOString().slice(0, 10));
}
