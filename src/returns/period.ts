import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Period } from './return.ts';

const wrongPeriod = (): GatewayError =>
  new GatewayError('PERIOD_INVALID', 'Give the period as two dates that exist, first day..last day: 2026-10-01..2026-12-31.', {
    exit: exitCode.usage,
  });

/** Parses `2026-10-01..2026-12-31`; both days belong to the period. */
export function parsePeriod(text: string): Period {
  const [from, to, ...rest] = text.split('..').map((part) => parseLocalDate(part.trim()));
  if (from === undefined || to === undefined || rest.length > 0 || to < from) throw wrongPeriod();
  return { from, to };
}

/** The quarter of the financial year that holds a date: they are the quarters of the calendar year. */
export function quarterOf(date: LocalDate): Period {
  const year = Number(date.slice(0, 4));
  const first = Math.floor((Number(date.slice(5, 7)) - 1) / 3) * 3;
  const iso = (month: number, day: number) => new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
  return { from: iso(first, 1), to: iso(first + 3, 0) };
}

export const holds = (period: Period, date: string): boolean => period.from <= date && date <= period.to;

/** `2017-03-31` as the printed sheets write dates: `31/03/17` or `31/03/2017`. */
export function printDate(date: string, format: 'DD/MM/YY' | 'DD/MM/YYYY'): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${format === 'DD/MM/YY' ? year.slice(2) : year}`;
}

/** Reads a printed date back; two-digit years are of this century, because the template is. Undefined when it does not exist. */
export function readPrintedDate(text: string): LocalDate | undefined {
  const match = /^(\d{2})\/(\d{2})\/(\d{4}|\d{2})$/.exec(text.trim());
  if (!match) return undefined;
  const [, day, month, year = ''] = match;
  return parseLocalDate(`${year.length === 2 ? `20${year}` : year}-${month}-${day}`);
}
