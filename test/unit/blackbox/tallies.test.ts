import { describe, expect, it } from 'vitest';
import { DeliveryTallies } from '../../../src/blackbox/tallies.ts';

describe('the row report of a delivery', () => {
  it('takes a hundred thousand warnings and a million errors, each on its own, and says how many it took', () => {
    const tallies = new DeliveryTallies();
    expect([tallies.report('warning', 99_999), tallies.report('warning', 5), tallies.report('warning', 1)]).toEqual([99_999, 1, 0]);
    expect([tallies.report('error', 2_000_000), tallies.report('error', 1)]).toEqual([1_000_000, 0]);
    expect(tallies.problemRows).toBe(1_100_000);
  });
});
