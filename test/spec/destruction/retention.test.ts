import { describe, expect, it } from 'vitest';
import { retentionCutoff } from '../../../src/destruction/target.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

/** RULE-RET-1: a calendar month goes as a whole when its first day has reached the agreed months. */
const table: readonly (readonly [today: string, months: number, keptFrom: string])[] = [
  ['2026-11-30', 1, '2026-11-01'],
  ['2026-12-01', 1, '2026-12-01'],
  ['2026-11-21', 84, '2019-12-01'],
  ['2026-12-31', 12, '2026-01-01'],
  ['2027-01-01', 12, '2026-02-01'],
  ['2028-02-29', 24, '2026-03-01'],
];

describe('retention', () => {
  it.each(table)('on %s, %i months keep what happened from %s', (today, months, keptFrom) => {
    expect(retentionCutoff(today as LocalDate, months)).toBe(keptFrom);
  });

  it('keeps nothing longer than agreed, and never destroys more than a month before', () => {
    for (let day = 0; day < 800; day += 1) {
      const today = new Date(Date.UTC(2026, 0, 1 + day));
      const cutoff = new Date(`${retentionCutoff(today.toISOString().slice(0, 10) as LocalDate, 12)}T00:00:00Z`);
      const yearEarlier = new Date(today);
      yearEarlier.setUTCFullYear(today.getUTCFullYear() - 1);
      expect(cutoff.getTime()).toBeGreaterThan(yearEarlier.getTime() - (today.getUTCDate() === yearEarlier.getUTCDate() ? 0 : 86_400_000));
      expect(cutoff.getTime() - yearEarlier.getTime()).toBeLessThanOrEqual(31 * 86_400_000);
    }
  });
});
