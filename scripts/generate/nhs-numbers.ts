/**
 * Invented NHS numbers, all in 999 000 0000 to 999 999 9999, which are never issued. Every one passes modulus 11 and none
 * repeats: stems are walked by a step that is coprime with their number, from a start that the seed decides.
 */
export function* inventNhsNumbers(seed: number): Generator<string, never> {
  const stems = 1_000_000;
  const start = Math.abs(Math.imul(seed + 1, 0x2545f491)) % stems;
  for (let index = 0; ; index++) {
    if (index === stems) throw new RangeError('The range holds no more numbers: ask for fewer than 900,000 people.');
    const stem = `999${String((start + index * 611_953) % stems).padStart(6, '0')}`;
    const digit = checkDigit(stem);
    if (digit < 10 && `${stem}${digit}` !== '9999999999') yield `${stem}${digit}`;
  }
}

/** Modulus 11 over nine digits; 10 means the stem is never issued (NHS Data Dictionary, NHS NUMBER). */
export function checkDigit(stem: string): number {
  let sum = 0;
  for (let position = 0; position < 9; position++) sum += (stem.charCodeAt(position) - 48) * (10 - position);
  return (11 - (sum % 11)) % 11;
}

/** The same number with another last digit. */
export const withWrongCheckDigit = (number: string): string => number.slice(0, 9) + String((Number(number[9]) + 1) % 10);
