import { describe, expect, it } from 'vitest';
import { wholeMonth } from '../../../src/destruction/target.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

/** RULE-RET-1: a calendar month goes as a whole when its first day has reached the agreed months. */
const table: readonly (readonly [agreedMonthsAgo: string, keptFrom: string])[] = [
  ['2026-10-31', '2026-11-01'],
  ['2026-11-01', '2026-12-01'],
  ['2026-11-30', '2026-12-01'],
  ['2025-12-31', '2026-01-01'],
  ['2026-12-01', '2027-01-01'],
  ['2028-02-29', '2028-03-01'],
];

describe('retention', () => {
  it.each(table)('where the agreed months reach back to %s, keeps what happened from %s', (before, keptFrom) => {
    expect(wholeMonth(before as LocalDate)).toBe(keptFrom);
  });

  it('keeps nothing longer than agreed, and lets nothing go more than a month early', () => {
    for (let day = 0; day < 800; day += 1) {
      const before = new Date(Date.UTC(2026, 0, 1 + day));
      const early = (Date.parse(wholeMonth(before.toISOString().slice(0, 10) as LocalDate)) - before.getTime()) / 86_400_000;
      if (early <= 0 || early > 31) expect(early).toBe('between 1 and 31 days');
    }
  });
});
