import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { faultOfFile, parseJson } from '../shared/json-text.ts';
import { addDays, dateOf, weekday } from './dates.ts';

const date = z.string().refine((text) => parseLocalDate(text) !== undefined, 'must be a date that exists, written YYYY-MM-DD');

const calendarFile = z.strictObject({
  source: z.string(),
  note: z.string(),
  from: z.int(),
  checkedTo: z.int().describe('Last year whose published list was compared with this calendar'),
  exceptions: z.array(z.strictObject({ year: z.int(), instead: date.optional(), on: date, because: z.string() })),
});

/** What was proclaimed for single years; everything else is computed. */
export type Calendar = z.infer<typeof calendarFile>;

/** @throws ConfigurationError when the file cannot be used: a clock of the law is not guessed. */
export async function loadCalendar(configDirectory: string): Promise<Calendar> {
  const file = 'calendar/england-bank-holidays.json';
  const bytes = await readFile(join(configDirectory, file)).catch(() => undefined);
  const read = bytes === undefined ? undefined : parseJson(bytes);
  if (read === undefined || 'fault' in read) {
    throw new ConfigurationError([`${file} ${read === undefined ? 'is missing' : faultOfFile[read.fault]}`]);
  }
  const parsed = calendarFile.safeParse(read.value);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(parsed.error.issues.map((issue) => `${file} ${issue.path.join('.')}: ${issue.message}`));
}

/** Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher, 1876: valid for every year). */
export function easterSunday(year: number): LocalDate {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dateOf(year, Math.floor(n / 31), (n % 31) + 1);
}

const isWeekend = (day: LocalDate): boolean => weekday(day) === 0 || weekday(day) === 6;

/** First weekday from `day` on that is not taken already: the substitute day of a holiday at a weekend. */
function substitute(day: LocalDate, taken: readonly LocalDate[] = []): LocalDate {
  let moved = day;
  while (isWeekend(moved) || taken.includes(moved)) moved = addDays(moved, 1);
  return moved;
}

const mondayFrom = (day: LocalDate): LocalDate => addDays(day, (8 - weekday(day)) % 7);

/** Christmas keeps its day when it can, and so does Boxing Day: a Sunday Christmas moves behind a Monday Boxing Day. */
function christmas(year: number): readonly LocalDate[] {
  const days = [dateOf(year, 12, 25), dateOf(year, 12, 26)];
  const kept = days.filter((day) => !isWeekend(day));
  for (const day of days.filter(isWeekend)) kept.push(substitute(day, kept));
  return kept;
}

/** The bank holidays of England in one year, in order. */
export function bankHolidays(year: number, calendar: Calendar): LocalDate[] {
  const easter = easterSunday(year);
  const usual = [
    substitute(dateOf(year, 1, 1)),
    addDays(easter, -2),
    addDays(easter, 1),
    mondayFrom(dateOf(year, 5, 1)),
    mondayFrom(dateOf(year, 5, 25)),
    mondayFrom(dateOf(year, 8, 25)),
    ...christmas(year),
  ];
  const exceptions = calendar.exceptions.filter((exception) => exception.year === year);
  const moved = new Set(exceptions.flatMap(({ instead }) => instead ?? []));
  return [...usual.filter((day) => !moved.has(day)), ...exceptions.map(({ on }) => on as LocalDate)].sort();
}

export function isWorkingDay(day: LocalDate, calendar: Calendar): boolean {
  return !isWeekend(day) && !bankHolidays(Number(day.slice(0, 4)), calendar).includes(day);
}

/** The last of `count` working days after `from`; the day itself does not count. */
export function addWorkingDays(from: LocalDate, count: number, calendar: Calendar): LocalDate {
  let day = from;
  for (let left = count; left > 0; ) {
    day = addDays(day, 1);
    if (isWorkingDay(day, calendar)) left -= 1;
  }
  return day;
}
