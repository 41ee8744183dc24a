import type { LocalDate } from '../shared/clock.ts';

const day = 86_400_000;

export const addDays = (date: LocalDate, days: number): LocalDate =>
  new Date(Date.parse(date) + days * day).toISOString().slice(0, 10) as LocalDate;

/** The same day of a later month; the 31st becomes the last day of a shorter month. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const [year, month, dayOfMonth] = date.split('-').map(Number) as [number, number, number];
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(dayOfMonth, last));
  return first.toISOString().slice(0, 10) as LocalDate;
}

/** 0 is Sunday. */
export const weekday = (date: LocalDate): number => new Date(Date.parse(date)).getUTCDay();

export const dateOf = (year: number, month: number, dayOfMonth: number): LocalDate =>
  new Date(Date.UTC(year, month - 1, dayOfMonth)).toISOString().slice(0, 10) as LocalDate;
