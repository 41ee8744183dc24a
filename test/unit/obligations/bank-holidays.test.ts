import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addWorkingDays,
  bankHolidays,
  type Calendar,
  easterSunday,
  isWorkingDay,
  loadCalendar,
} from '../../../src/obligations/bank-holidays.ts';
import { addDays, addMonths, dateOf, weekday } from '../../../src/obligations/dates.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

let calendar: Calendar;
beforeAll(async () => {
  calendar = await loadCalendar(join(packageRoot(), 'config'));
});

const anyYear = fc.integer({ min: 1990, max: 2199 });
const anyDay = fc.integer({ min: 0, max: 60_000 }).map((days) => addDays(dateOf(2014, 1, 1), days));

/** As published at gov.uk/bank-holidays, or proclaimed. */
const published: Readonly<Record<number, string>> = {
  2014: '01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26',
  2015: '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28',
  2016: '01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27',
  2017: '01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26',
  2020: '01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28',
  2021: '01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28',
  2022: '01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27',
  2023: '01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26',
  2024: '01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26',
  2025: '01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26',
  2026: '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28',
  2027: '01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28',
  2028: '01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26',
};

describe('the bank holidays of England', () => {
  it.each(Object.entries(published))('are in %s as published', (year, days) => {
    expect(bankHolidays(Number(year), calendar)).toEqual(days.split(' ').map((day) => `${year}-${day}`));
  });

  it('are eight different weekdays of the year, and more only where one was proclaimed', () => {
    fc.assert(
      fc.property(anyYear, (year) => {
        const days = bankHolidays(year, calendar);
        const added = calendar.exceptions.filter((one) => one.year === year && one.instead === undefined).length;
        expect(new Set(days).size).toBe(8 + added);
        for (const day of days) {
          expect(weekday(day) % 6).not.toBe(0);
          expect(day.slice(0, 4)).toBe(String(year));
        }
      }),
    );
  });

  it('have Easter on a Sunday from 22 March to 25 April, as the tables of the church say', () => {
    fc.assert(
      fc.property(anyYear, (year) => {
        const easter = easterSunday(year);
        expect(weekday(easter)).toBe(0);
        expect(easter >= `${year}-03-22` && easter <= `${year}-04-25`).toBe(true);
      }),
    );
    expect([1818, 1943, 2000, 2008, 2038].map(easterSunday)).toEqual([
      '1818-03-22',
      '1943-04-25',
      '2000-04-23',
      '2008-03-23',
      '2038-04-25',
    ]);
  });
});

describe('the file of proclaimed days', () => {
  it.each<[what: string, content: string | Buffer | undefined, fault: string]>([
    ['is not there', undefined, 'is missing'],
    ['is not JSON', '{', 'is not JSON'],
    ['is not UTF-8', Buffer.from([0x22, 0xe9, 0x22]), 'is not UTF-8'],
    ['gives a member twice', '{"version":"1","version":"2"}', 'gives a member twice in one object; remove one of them'],
  ])('is refused in these words where it %s', async (_what, content, fault) => {
    const folder = await mkdtemp(join(tmpdir(), 'haven-calendar-'));
    await mkdir(join(folder, 'calendar'));
    if (content !== undefined) await writeFile(join(folder, 'calendar/england-bank-holidays.json'), content);
    await expect(loadCalendar(folder)).rejects.toMatchObject({ problems: [`calendar/england-bank-holidays.json ${fault}`] });
    await rm(folder, { recursive: true });
  });
});

describe('working days', () => {
  it('are counted from the day after, one by one', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 40 }), (from, count) => {
        const end = addWorkingDays(from, count, calendar);
        expect(isWorkingDay(end, calendar)).toBe(true);
        let counted = 0;
        for (let day = addDays(from, 1); day <= end; day = addDays(day, 1)) if (isWorkingDay(day, calendar)) counted += 1;
        expect(counted).toBe(count);
      }),
    );
  });

  it('add up: five and then five are ten', () => {
    fc.assert(
      fc.property(anyDay, (from) => {
        expect(addWorkingDays(addWorkingDays(from, 5, calendar), 5, calendar)).toBe(addWorkingDays(from, 10, calendar));
      }),
    );
  });
});

describe('months', () => {
  it('end on the last day of a shorter month', () => {
    expect(addMonths(dateOf(2026, 1, 31), 1)).toBe('2026-02-28');
    expect(addMonths(dateOf(2024, 2, 29), 12)).toBe('2025-02-28');
    expect(addMonths(dateOf(2026, 11, 30), -9)).toBe('2026-02-28');
  });
});
