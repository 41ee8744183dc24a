import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfReleased, releaseCount, shareOfReleased } from '../../../src/returns/disclosure.ts';
import { checkTogether } from '../../../src/returns/evidence-pack/counts.ts';
import {
  type Balance,
  balanceRecovers,
  deduceCounts,
  recoveredBy,
  type ShownCount,
} from '../../../src/returns/evidence-pack/differencing.ts';
import { countsOfMeasure, recoveredLevels } from '../../../src/returns/evidence-pack/measured-counts.ts';
import { hideInCell } from '../../../src/returns/evidence-pack/protect-return.ts';
import { keyOf } from '../../../src/returns/evidence-pack/released-counts.ts';
import type { AnsweredQuestion, Evidence, ReleasedCount, Return } from '../../../src/returns/return.ts';

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

/** [who is in a service, as it is shown, may all four be shown] */
const balances: readonly (readonly [string, Balance, boolean])[] = [
  ['few come and go', { before: 20, entered: '*', left: '*', after: 20 }, true],
  ['12 before, 7 entered, 1 left, 18 after', { before: 10, entered: '*', left: '*', after: 20 }, false],
  ['nobody moved', { before: 15, entered: 0, left: 0, after: 15 }, true],
  ['12 before, 6 entered, nobody left', { before: 10, entered: '*', left: 0, after: 20 }, false],
  ['many came', { before: 20, entered: 40, left: 10, after: 50 }, true],
  ['numbers that do not balance', { before: 100, entered: 10, left: 10, after: 150 }, false],
];

describe('people who enter and leave a service', () => {
  it.each(balances)('%s', (_, balance, allowed) => {
    expect(balanceRecovers(balance)).toBe(!allowed);
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

/** A cell of a return with an observation, as far as disclosure control looks at it. */
const cellWith = (id: string, query: string, evidence: Partial<Evidence>): AnsweredQuestion => ({
  ...{ id, text: id, answer: null, provenance: null, filledBy: null, reviewedBy: null },
  evidence: {
    ...{ query: { id: query, description: query }, period: { from: '2026-10-01', to: '2026-12-31' }, observed: null, reason: 'Counted.' },
    ...{ flags: [], flows: [], deliveries: [], shares: {}, thresholds: [], registerVersion: 1, audit: null, source: null },
    ...evidence,
  },
});

describe('the count behind a cell', () => {
  it.each<[string, Evidence['counted'], readonly unknown[]]>([
    ['the numerator of a measure', { '6ac5.count': 4520 }, [['measure/here/6ac5.count', 4520]]],
    [
      'its denominator, where it is counted',
      { '6ac5.count': 20, '77de.count': 45 },
      [
        ['measure/here/6ac5.count', 20],
        ['measure/here/77de.count', 45],
      ],
    ],
    ['budgets that began', { '0e98.entered': '*' }, [['measure/here/0e98.entered', '*']]],
    ['budgets in place are a level', { '0e98.at-end': 20 }, []],
    ['a share of others', undefined, []],
  ])('%s', (_, counted, expected) => {
    const cell = cellWith('sm.nea.progress', 'measure-nea-2016-17', { ...(counted !== undefined && { counted }) });
    expect(countsOfMeasure('here', cell).map(({ subject, shown }) => [subject, shown.count])).toEqual(expected);
  });

  it('takes with it what was made of it, and is no count any more', () => {
    const shares = { numerator: 20, denominator: 45, 'rate per 1,000': 444.4 };
    const cell = cellWith('sm.nea.progress', 'measure-nea-2016-17', { shares, counted: { '6ac5.count': 20, '77de.count': 45 } });
    for (const counted of ['6ac5.count', '77de.count']) {
      const hidden = hideInCell('here', cell, new Set([keyOf(`measure/here/${counted}`, 'count')]));
      expect(hidden.evidence).toMatchObject({ shares: { numerator: '*', denominator: '*', 'rate per 1,000': '*' } });
      expect(countsOfMeasure('here', hidden)).toEqual([]);
    }
  });
});

describe('people in a service, held against what was shown before', () => {
  const days = { from: '2026-10-01', to: '2026-12-31' };
  const [opening, ending] = ['2026-09-30', '2026-12-31'];
  const subject = (what: string): string => `measure/here/0e98.${what}`;
  const levelBefore = (shown: ReleasedCount, on = opening) => ({ subject: subject('at-end'), from: on, to: on, shown });
  const moved = (what: string, shown: ReleasedCount) => ({ subject: subject(what), ...days, shown });
  const level = (shown: ReleasedCount) => ({ subject: subject('at-end'), shown: { level: shown } });
  const count = (what: string, shown: ReleasedCount) => ({ subject: subject(what), shown: { count: shown } });

  it.each<[string, Parameters<typeof recoveredLevels>[1], Parameters<typeof recoveredLevels>[2], readonly string[]]>([
    ['the level goes', [count('entered', '*'), count('left', 0), level(20)], [levelBefore(10)], ['at-end level']],
    ['nothing goes that does not balance to a small number', [count('entered', '*'), count('left', '*'), level(20)], [levelBefore(20)], []],
    [
      'who came and went goes where the levels were shown',
      [count('entered', '*'), count('left', 0)],
      [levelBefore(10), levelBefore(20, ending)],
      ['entered count', 'left count'],
    ],
    [
      'one of them, where another paper showed the other',
      [count('entered', '*')],
      [levelBefore(10), levelBefore(20, ending), moved('left', 0)],
      ['entered count'],
    ],
    [
      'what others showed is not ours to keep back',
      [],
      [levelBefore(10), levelBefore(20, ending), moved('left', 0), moved('entered', '*')],
      [],
    ],
  ])('%s', (_, counts, before, keys) => {
    expect([...recoveredLevels(days, counts, before)]).toEqual(keys.map((key) => `measure/here/0e98.${key}`));
  });
});

describe('returns held together, by whoever has several packs', () => {
  const delivered = (received: ReleasedCount): Partial<Evidence> => ({
    deliveries: [{ flow: 'hospital-gp', deliveries: 1, ids: [], received, numberExpected: 0, numberUsable: 0, numberVerified: 0 }],
  });
  const returnOf = ({ from, to }: { from: string; to: string }, ...counts: readonly ReleasedCount[]): Return =>
    ({
      ...{ place: 'here', period: { from, to }, builtOn: '2027-01-02' },
      sheets: [{ name: 'One', questions: counts.map((count, index) => cellWith(`am.${index}`, 'any', delivered(count))) }],
    }) as unknown as Return;
  const [novemberDays, decemberDays, both] = [november(0), december(0), fromNovember(0)];

  it.each<[string, readonly Return[], readonly string[]]>([
    ['one return', [returnOf(both, 20)], []],
    ['two months', [returnOf(novemberDays, 10), returnOf(decemberDays, '*')], []],
    ['two months and both together', [returnOf(novemberDays, 10), returnOf(decemberDays, '*'), returnOf(both, 20)], ['COUNT_RECOVERABLE']],
    ['cells that disagree', [returnOf(both, 20, 25)], ['COUNT_DIFFERS_BETWEEN_CELLS']],
  ])('%s', (_, returns, rules) => {
    const findings = checkTogether(returns);
    expect([...new Set(findings.map(({ rule }) => rule))]).toEqual(rules);
    // It says where, and never what.
    for (const { message } of findings) expect(message.replaceAll(/\d{4}-\d\d-\d\d/g, '')).not.toMatch(/\d/);
  });
});
