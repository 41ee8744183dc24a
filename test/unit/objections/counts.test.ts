import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protect, totalShown } from '../../../src/objections/counts.ts';

describe('counts of people', () => {
  it.each([
    [0, '0'],
    [1, '*'],
    [7, '*'],
    [8, '10'],
    [12, '10'],
    [13, '15'],
    [175_002, '175000'],
  ])('%i is shown as %s', (people, shown) => {
    expect(protect(people)).toBe(shown);
  });

  it.each([
    [[], '0'],
    [['0', '0'], '0'],
    [['*'], '*'],
    [['*', '0', '*'], '*'],
    [['*', '10'], '10'],
    [['15', '10', '0'], '25'],
  ])('the total of %j is %s', (parts, total) => {
    expect(totalShown(parts)).toBe(total);
  });

  it('gives nobody a hidden number: the total is the same whatever a star stands for', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 7 }), (people, other) => {
        const another = people.map((n) => (n >= 1 && n <= 7 ? other : n));
        expect(totalShown(another.map(protect))).toBe(totalShown(people.map(protect)));
      }),
    );
  });
});
