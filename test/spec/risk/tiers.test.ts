import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import { sizeTiers, tierOf } from '../../../src/risk/tiers.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const { tiers } = await loadRiskTables(join(packageRoot(), 'config', 'risk'));

describe('tiers of a ranked population', () => {
  it.each([
    // Printed in the Essex plan of 2014.
    { people: 1_438_682, sizes: [7_193, 64_741, 215_802, 1_150_946] },
    { people: 200, sizes: [1, 9, 30, 160] },
    { people: 0, sizes: [0, 0, 0, 0] },
    { people: 1, sizes: [0, 0, 0, 1] },
    // Half a person rounds up: 0.5 % of 100 is 0.5.
    { people: 100, sizes: [1, 4, 15, 80] },
    { people: 99, sizes: [0, 5, 15, 79] },
    { people: 10, sizes: [0, 1, 1, 8] },
  ])('has $sizes of $people people', ({ people, sizes }) => {
    expect(sizeTiers(people, tiers).map((size) => size.people)).toEqual(sizes);
  });

  it.each([
    [1, 'very-high'],
    [7_193, 'very-high'],
    [7_194, 'high'],
    [71_934, 'high'],
    [71_935, 'moderate'],
    [287_736, 'moderate'],
    [287_737, 'low'],
    [1_438_682, 'low'],
    [1_438_683, undefined],
  ])('puts rank %i of 1,438,682 into %s', (rank, tier) => {
    expect(tierOf(rank, 1_438_682, tiers)).toBe(tier);
  });

  it('adds up to everybody, whatever their number', () => {
    fc.assert(
      fc.property(fc.nat(100_000_000), (people) => {
        expect(sizeTiers(people, tiers).reduce((sum, size) => sum + size.people, 0)).toBe(people);
      }),
    );
  });
});
