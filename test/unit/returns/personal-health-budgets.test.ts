import { describe, expect, it } from 'vitest';
import { isAttainable, isRateOf } from '../../../src/returns/rules/personal-health-budgets.ts';

/** Half up, in whole numbers only. */
const rounded = (part: number, whole: number, units: number): number => Math.floor((2 * part * units + whole) / (2 * whole));

describe('percentages of whole people', () => {
  it.each([
    [0, 100],
    [1, 1000],
  ])('are attainable with %i decimals when somebody can be counted out, and only then', (decimals, units) => {
    for (const total of [...Array.from({ length: 40 }, (_, index) => index + 1), 997]) {
      const shares = new Set(Array.from({ length: total + 1 }, (_, part) => rounded(part, total, units)));
      for (let share = 0; share <= units; share += 1) {
        expect([total, share, isAttainable(share / 10 ** decimals, total, decimals)]).toEqual([total, share, shares.has(share)]);
      }
    }
  });

  it('are 0 of nobody', () => expect([isAttainable(0, 0, 0), isAttainable(50, 0, 0)]).toEqual([true, false]));
});

describe('a rate per 100,000', () => {
  it.each([
    ['13', 24, 180_589, true],
    ['13.3', 24, 180_589, true],
    ['13.29', 24, 180_589, true],
    ['13.3', 24, 182_046, false],
    ['13', 24, 182_046, true],
    ['1.5', 3, 200_000, true],
    ['2', 3, 200_000, true],
    ['100,000', 1, 1, true],
    ['100,001', 1, 1, false],
    ['0', 0, 0, false],
    ['none', 24, 180_589, false],
  ])('%s of %i in %i: %s', (printed, count, people, expected) => expect(isRateOf(printed, count, people)).toBe(expected));
});
