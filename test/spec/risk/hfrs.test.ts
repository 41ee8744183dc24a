import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandHfrs, formatTenths, hfrsWindowStart, icd10Group, scoreHfrs } from '../../../src/risk/hfrs.ts';
import { loadHfrsTable } from '../../../src/risk/tables.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const table = await loadHfrsTable(join(packageRoot(), 'config', 'risk'));
const day = (text: string) => text as LocalDate;
const index = day('2026-03-31');
const scoreOf = (codes: readonly string[], date = index) =>
  scoreHfrs(
    table,
    codes.map((code) => ({ code, date })),
    index,
  );

describe('the table of the Hospital Frailty Risk Score', () => {
  it('has 109 groups that sum to 173.2', () => {
    expect(table.weights.size).toBe(109);
    expect([...table.weights.values()].reduce((a, b) => a + b)).toBe(1732);
  });
  it('has N39, which a typo in the wild makes R39', () => {
    expect(table.weights.get('N39')).toBe(32);
    expect(table.weights.has('R39')).toBe(false);
  });
  it('gives everything together 173.2, high', () => {
    const all = scoreOf([...table.weights.keys()]);
    expect(formatTenths(all.scoreTenths)).toBe('173.2');
    expect(all.band).toBe('high');
  });
});

describe('bands', () => {
  it.each([
    [0, 'low'],
    [49, 'low'],
    [50, 'intermediate'],
    [51, 'intermediate'],
    [149, 'intermediate'],
    [150, 'intermediate'],
    [151, 'high'],
    [1732, 'high'],
  ])('puts %i tenths into %s', (tenths, band) => {
    expect(bandHfrs(table, tenths)).toBe(band);
  });

  it.each([
    { codes: [], score: '0.0', band: 'low' },
    // 2.4 + 2.3 + 0.3 is 4.999… in floating point.
    { codes: ['T83', 'S42', 'R11'], score: '5.0', band: 'intermediate' },
    // 7.1 + 3.7 + 3.6 + 0.3 + 0.3 is 15.000…2.
    { codes: ['F00', 'I69', 'R29', 'R11', 'K52'], score: '15.0', band: 'intermediate' },
    { codes: ['F00', 'I69', 'R29', 'R11', 'K52', 'R50'], score: '15.1', band: 'high' },
    { codes: ['N39', 'R11'], score: '3.5', band: 'low' },
    { codes: ['F00'], score: '7.1', band: 'intermediate' },
    { codes: ['R50'], score: '0.1', band: 'low' },
    { codes: ['G30', 'R63', 'R50'], score: '5.0', band: 'intermediate' },
    { codes: ['G30', 'R63'], score: '4.9', band: 'low' },
  ])('scores $codes as $score, $band', ({ codes, score, band }) => {
    const result = scoreOf(codes);
    expect([formatTenths(result.scoreTenths), result.band]).toEqual([score, band]);
  });
});

describe('codes as hospitals write them', () => {
  it.each([
    ['F03', 'F03'],
    ['f03', 'F03'],
    ['F03X', 'F03'],
    ['F03 X', 'F03'],
    ['F03.9', 'F03'],
    ['F00.1†', 'F00'],
    ['F00.1*', 'F00'],
    ['F001D', 'F00'],
    ['G30.9+', 'G30'],
    [' N39.0 ', 'N39'],
    ['N390', 'N39'],
    ['R69X6', 'R69'],
    // X59 and W19 begin with letters that are no padding.
    ['X59.9', 'X59'],
    ['W19X', 'W19'],
    ['N3', undefined],
    ['', undefined],
    ['39N', undefined],
    ['ıN39', 'N39'],
  ])('reads %j as %j', (code, group) => {
    expect(icd10Group(code)).toBe(group);
  });
});

describe('what counts', () => {
  it.each([
    { rule: 'a group once, in any position', codes: ['F00', 'F001', 'F00.9', 'f00'], score: '7.1' },
    { rule: 'nothing outside the table', codes: ['F00', 'A01', 'R39', 'Z99'], score: '7.9' },
    { rule: 'nothing that is no code', codes: ['', '-', 'F00'], score: '7.1' },
  ])('counts $rule', ({ codes, score }) => {
    expect(formatTenths(scoreOf(codes).scoreTenths)).toBe(score);
  });

  it.each([
    { index: '2026-03-31', window: 'years2', from: '2024-03-31' },
    { index: '2024-02-29', window: 'years2', from: '2022-02-28' },
    { index: '2026-02-28', window: 'years2', from: '2024-02-28' },
    { index: '2026-03-01', window: 'years2', from: '2024-03-01' },
    { index: '2026-03-31', window: 'days730', from: '2024-03-31' },
    { index: '2024-03-31', window: 'days730', from: '2022-04-01' },
    { index: '2026-02-28', window: 'days730', from: '2024-02-29' },
  ] as const)('looks back from $index by $window to $from, both ends in', ({ index, window, from }) => {
    expect(hfrsWindowStart(day(index), window)).toBe(from);
    const before = day(new Date(Date.parse(`${from}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10));
    const after = day(new Date(Date.parse(`${index}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10));
    const score = (date: LocalDate) => scoreHfrs(table, [{ code: 'F00', date }], day(index), window).scoreTenths;
    expect([before, day(from), day(index), after].map(score)).toEqual([0, 71, 71, 0]);
  });
});

describe('properties', () => {
  const listed = fc.constantFrom(...table.weights.keys());
  const any = fc.oneof(listed, fc.string({ maxLength: 6 }), fc.stringMatching(/^[A-Z][0-9]{2,4}$/));

  it('a repeat, a code outside the table, order and position change nothing', () => {
    fc.assert(
      fc.property(fc.array(any), fc.array(any), (codes, more) => {
        const outside = more.filter((code) => !table.weights.has(icd10Group(code) ?? ''));
        expect(scoreOf([...outside, ...codes.toReversed(), ...codes])).toEqual(scoreOf(codes));
      }),
    );
  });
  it('a listed code more never lowers the score', () => {
    fc.assert(fc.property(fc.array(any), listed, (codes, code) => scoreOf([...codes, code]).scoreTenths >= scoreOf(codes).scoreTenths));
  });
});
