import type { LocalDate } from '../shared/clock.ts';

const shift = (date: LocalDate, days: number): LocalDate =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10) as LocalDate;

export const daysAfter = shift;
export const dayAfter = (date: LocalDate): LocalDate => shift(date, 1);
export const dayBefore = (date: LocalDate): LocalDate => shift(date, -1);
export const daysBetween = (from: LocalDate, to: LocalDate): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** The same day so many months earlier, or the last day of that month where it is shorter. */
export function monthsBefore(date: LocalDate, months: number): LocalDate {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const lastDay = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 - months, Math.min(day, lastDay))).toISOString().slice(0, 10) as LocalDate;
}
