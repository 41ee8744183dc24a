import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfReleased, releaseCount, shareOfReleased } from '../../../src/returns/disclosure.ts';
import { deduceCounts, recoveredBy, type ShownCount } from '../../../src/returns/evidence-pack/differencing.ts';
import type { ReleasedCount } from '../../../src/returns/return.ts';

const count = (from: string, to: string, shown: ReleasedCount): ShownCount => ({ from, to, shown });
const quarter = (shown: ReleasedCount): ShownCount => count('2026-10-01', '2026-12-31', shown);
const october = (shown: ReleasedCount): ShownCount => count('2026-10-01', '2026-10-31', shown);
const november = (shown: ReleasedCount): ShownCount => count('2026-11-01', '2026-11-30', shown);
const december = (shown: ReleasedCount): ShownCount => count('2026-12-01', '2026-12-31', shown);
const fromNovember = (shown: ReleasedCount): ShownCount => count('2026-11-01', '2026-12-31', shown);

/** [what somebody tries, what was shown before, what would be shown now, may it be shown] */
const table: readonly (readonly [string, readonly ShownCount[], ShownCount, boolean])[] = [
  ['a quarter, the first time', [], quarter(100), true],
  ['the same quarter again, after late data', [quarter(100)], quarter(105), true],
  ['one quarter after the other', [quarter('*')], count('2027-01-01', '2027-03-31', 10), true],
  ['a quarter that grows day by day, built each day', [october(10), count('2026-10-01', '2026-11-01', 15)], quarter(15), true],
  ['two months, and the quarter that holds them and a small third', [october(20), november(20)], quarter(45), true],
  ['a month of 6, beside a month of 12 and the two together, of 18', [november(10), december('*')], fromNovember(20), false],
  ['the same, the sum first', [november(10), fromNovember(20)], december('*'), false],
  ['a month of 2, beside a month of 9 and the two together, of 11', [november(10), december('*')], fromNovember(10), false],
  ['a month of 3, beside a month of 12 and the two together, of 15', [november(10), december('*')], fromNovember(15), true],
  ['a month of nothing', [november(0), december(10)], fromNovember(10), true],
  ['a small month, got from the quarter and two months that overlap', [quarter(20), october('*')], fromNovember(10), false],
  ['counts that no history gives', [quarter(0)], november(10), false],
];

describe('a count may be shown', () => {
  it.each(table)('%s', (_, before, next, allowed) => {
    expect(recoveredBy(before, next).length === 0).toBe(allowed);
  });

  it('only if what can be deduced always holds the truth', () => {
    const month = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(fc.array(month, { minLength: 3, maxLength: 3 }), ([a = 0, b = 0, c = 0]) => {
        const shown = [october(releaseCount(a)), november(releaseCount(b)), quarter(releaseCount(a + b + c))];
        const deduced = deduceCounts(shown);
        const third = deduced?.find(({ from, to }) => from === '2026-12-01' && to === '2026-12-31');
        expect(third?.least).toBeLessThanOrEqual(c);
        expect(third?.most).toBeGreaterThanOrEqual(c);
      }),
    );
  });

  it('and what the deduction finds is all that trying every history finds', () => {
    const months = [october('*'), november(10), quarter(20)];
    const [o, n, q] = months.map(({ shown }) => rangeOfReleased(shown));
    const possible = new Set<number>();
    for (let a = o?.least ?? 0; a <= (o?.most ?? 0); a += 1)
      for (let b = n?.least ?? 0; b <= (n?.most ?? 0); b += 1)
        for (let c = 0; c <= 30; c += 1) if (a + b + c >= (q?.least ?? 0) && a + b + c <= (q?.most ?? 0)) possible.add(c);
    const third = deduceCounts(months)?.find(({ from }) => from === '2026-12-01');
    expect([third?.least, third?.most]).toEqual([Math.min(...possible), Math.max(...possible)]);
  });
});

describe('a share of several flows', () => {
  it.each<[readonly (readonly [ReleasedCount, ReleasedCount])[], '*' | number | null]>([
    [
      [
        [95, 100],
        [10, 10],
      ],
      95.5,
    ],
    [
      [
        ['*', 10],
        [10, 10],
      ],
      100,
    ],
    [[['*', '*']], '*'],
    [[], null],
    [[[105, 100]], 100],
  ])('is made of what is shown of each: %j is %j', (pairs, share) => {
    expect(shareOfReleased(pairs)).toBe(share);
  });
});
