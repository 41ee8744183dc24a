import { describe, expect, it } from 'vitest';
import { inventNhsNumbers } from '../../../scripts/generate/nhs-numbers.ts';
import { holdsNhsNumber, mayBeNewCode } from '../../../src/blackbox/misplaced.ts';

describe('an NHS number in a field that is not for one', () => {
  it.each(['9434765919', '943 476 5919', '943-476-5919', 'Seen by Dr A; NHS 9434765919.', 'X9434765919Y'])('is seen in %s', (value) => {
    expect(holdsNhsNumber(value, 'test')).toBe(true);
  });

  it.each(['', '943476591', '9434765918', '19434765919', '94347659190', '01632 960123', '2026-11-21 10:00:00', '9999999999'])(
    'is not seen in %s',
    (value) => {
      expect(holdsNhsNumber(value, 'test')).toBe(false);
    },
  );

  it('is judged by the ranges of the installation', () => {
    expect(holdsNhsNumber('9434765919', 'production')).toBe(false);
  });

  it('is not a concept of SNOMED CT that passes modulus 11 by chance', () => {
    // Identifiers of ten digits in the 9xx range with the check digit of SNOMED CT; which of them exist does not matter.
    expect(holdsNhsNumber('9000008107', 'test')).toBe(false);
  });

  it('is almost never taken for a concept', () => {
    const numbers = inventNhsNumbers(1);
    const missed = Array.from({ length: 5_000 }, () => numbers.next().value).filter((number) => !holdsNhsNumber(number, 'test'));
    expect(missed.length).toBeLessThan(5_000 / 200);
  });
});

describe('a value that its code list does not know', () => {
  it.each(['QQ', 'A13', '7', '4000', '1064911'])('may be a newer code: %s', (value) => expect(mayBeNewCode(value)).toBe(true));
  it.each(['Rafe', 'SS07PC', 'SS0 7PC', '19501307', '07/13/1950', 'Brammere', ''])('is something else: %s', (value) =>
    expect(mayBeNewCode(value)).toBe(false),
  );
});
