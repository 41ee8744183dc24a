import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumberClass } from '../../../src/blackbox/nhs-number.ts';

/** The check digit as the NHS Data Dictionary defines it, written another way than the code under test; -1 = none is issued. */
function checkDigit(stem: string): number {
  const weighted = Array.from(stem, Number).map((digit, position) => digit * (10 - position));
  const digit = 11 - (weighted.reduce((total, value) => total + value, 0) % 11);
  return digit === 11 ? 0 : digit === 10 ? -1 : digit;
}
const issued = (stem: string): string => `${stem}${checkDigit(stem)}`;

const table: readonly (readonly [string, string, NhsNumberClass, NhsNumberClass])[] = [
  // what is sent, why, class in a test system, class in a live system
  ['9990000018', 'a test number', 'usable', 'test-range'],
  ['999 000 0018', 'the display form', 'usable', 'test-range'],
  ['999-000-0018', 'with hyphens', 'usable', 'test-range'],
  ['9 9 9 0-0-0 0 0 1 8', 'with spaces and hyphens anywhere', 'usable', 'test-range'],
  ['9434765919', 'the published example', 'usable', 'test-range'],
  [issued('400000000'), 'England, Wales and the Isle of Man', 'test-range', 'usable'],
  [issued('600000002'), 'England, Wales and the Isle of Man', 'test-range', 'usable'],
  [issued('700000002'), 'England, Wales and the Isle of Man', 'test-range', 'usable'],
  [issued('010000005'), 'a Scottish number, with its leading zero', 'test-range', 'test-range'],
  [issued('320000001'), 'a Northern Irish number', 'test-range', 'test-range'],
  ['5000000005', 'a range nobody issues', 'test-range', 'test-range'],
  [issued('800000003'), 'an Irish number', 'test-range', 'test-range'],
  ['9990000019', 'a wrong check digit', 'bad-check-digit', 'bad-check-digit'],
  ['1234567890', 'a stem whose check digit would be 10', 'bad-check-digit', 'bad-check-digit'],
  ['9990000081', 'two digits in each other’s place', 'bad-check-digit', 'bad-check-digit'],
  ...Array.from(
    { length: 10 },
    (_, digit) => [String(digit).repeat(10), 'a repeated digit, though it passes the check', 'placeholder', 'placeholder'] as const,
  ),
  ['0123456789', 'the example of a form', 'placeholder', 'placeholder'],
  ['', 'nothing', 'absent', 'absent'],
  [' - ', 'nothing but separators', 'absent', 'absent'],
  ['999000001', 'nine digits', 'malformed', 'malformed'],
  ['99900000181', 'eleven digits', 'malformed', 'malformed'],
  ['٩٩٩٠٠٠٠٠١٨', 'Arabic-Indic digits', 'malformed', 'malformed'],
  ['９９９００００１８０', 'full-width digits', 'malformed', 'malformed'],
  ['999000001８', 'one full-width digit', 'malformed', 'malformed'],
  ['999\u00a0000\u00a00018', 'no-break spaces', 'malformed', 'malformed'],
  ['999–000–0018', 'dashes that are no hyphens', 'malformed', 'malformed'],
  ['999.000.0018', 'dots', 'malformed', 'malformed'],
  ['9.99E+09', 'a spreadsheet’s number', 'malformed', 'malformed'],
  ['99900000１8', 'a digit in other clothes', 'malformed', 'malformed'],
  ['NHS9990000018', 'a prefix', 'malformed', 'malformed'],
  ['-999000001', 'a negative number of nine digits', 'malformed', 'malformed'],
  ['9990000018\n', 'a newline behind it', 'malformed', 'malformed'],
];

describe('an NHS number', () => {
  it.each(table)('%j is %s: %s in a test system, %s in a live one', (sent, _, inTest, inLive) => {
    expect(classifyNhsNumber(canonicalNhsNumber(sent), 'test')).toBe(inTest);
    expect(classifyNhsNumber(canonicalNhsNumber(sent), 'production')).toBe(inLive);
  });

  it('of ten digits is usable only when it passes modulus 11, repeats no digit and is in range', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 9, maxLength: 9 }).map((parts) => parts.join(''));
    const number = fc.oneof(
      fc.tuple(digits, fc.integer({ min: 0, max: 9 })).map(([stem, last]) => `${stem}${last}`),
      digits.map((stem) => `${stem}${Math.max(checkDigit(stem), 0)}`),
    );
    fc.assert(
      fc.property(number, (text) => {
        const passes = checkDigit(text.slice(0, 9)) === Number(text[9]);
        const nobody = /^(\d)\1{9}$/.test(text) || text === '0123456789';
        for (const [environment, range] of [
          ['test', /^9/],
          ['production', /^[467]/],
        ] as const) {
          expect(classifyNhsNumber(text, environment) === 'usable').toBe(passes && !nobody && range.test(text));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds every single wrong digit, and every two neighbours in each other’s place', () => {
    const valid = '9990000018';
    for (let position = 0; position < 10; position++) {
      for (let digit = 0; digit < 10; digit++) {
        const changed = valid.slice(0, position) + digit + valid.slice(position + 1);
        if (changed !== valid) expect(classifyNhsNumber(changed, 'test')).not.toBe('usable');
      }
      const swapped = valid.slice(0, position) + valid.slice(position + 1, position + 2) + valid[position] + valid.slice(position + 2);
      if (swapped.length === 10 && swapped !== valid) expect(classifyNhsNumber(swapped, 'test')).not.toBe('usable');
    }
  });

  it('is never usable when it holds anything but digits, spaces and hyphens', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 14 }), (text) => {
        if (classifyNhsNumber(canonicalNhsNumber(text), 'test') === 'usable') expect(text).toMatch(/^[0-9 -]+$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
