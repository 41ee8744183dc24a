/** What a value in an NHS number field turned out to be. Only `usable` ever gets a pseudonym. */
export type NhsNumberClass = 'usable' | 'placeholder' | 'test-range' | 'malformed' | 'bad-check-digit' | 'absent';

/** Ten digits that passed every check; made only here, and only the black box imports this file. */
export type NhsNumber = string & { readonly __brand: 'NhsNumber' };

/** `test` accepts only 9xx numbers, `production` never does (NHS number ranges: 9xx is kept for tests and never issued). */
export type NumberEnvironment = 'test' | 'production';

/**
 * Values that pass modulus 11 and yet mean "nobody": linking on them would join strangers into one person.
 * All ten repeated digits pass; 0123456789 is a form example listed by NHS England's Data Validation Engine.
 */
const placeholders = new Set(['0123456789', ...Array.from({ length: 10 }, (_, digit) => String(digit).repeat(10))]);

/** Strips spaces and hyphens only; anything else left over makes the value malformed. */
export const canonicalNhsNumber = (value: string): string =>
  value.length === 10 && !value.includes(' ') && !value.includes('-') ? value : value.replace(/[ -]/g, '');

export function classifyNhsNumber(canonical: string, environment: NumberEnvironment): NhsNumberClass {
  if (canonical === '') return 'absent';
  if (canonical.length !== 10) return 'malformed';
  let sum = 0;
  for (let position = 0; position < 10; position++) {
    const digit = canonical.charCodeAt(position) - 48;
    // ASCII digits only: Arabic-Indic and full-width digits are another number to every other system.
    if (digit < 0 || digit > 9) return 'malformed';
    if (position < 9) sum += digit * (10 - position);
  }
  if (placeholders.has(canonical)) return 'placeholder';
  const remainder = 11 - (sum % 11);
  const expected = remainder === 11 ? 0 : remainder;
  // A check digit of 10 is never issued (NHS Data Dictionary, NHS NUMBER), and cannot equal one digit anyway.
  if (expected !== canonical.charCodeAt(9) - 48) return 'bad-check-digit';
  return isInRange(canonical, environment) ? 'usable' : 'test-range';
}

/** England, Wales and the Isle of Man issue 4xx, 6xx and 7xx; the rest belongs to other registers, or to tests. */
function isInRange(canonical: string, environment: NumberEnvironment): boolean {
  const first = canonical[0];
  return environment === 'test' ? first === '9' : first === '4' || first === '6' || first === '7';
}

/** The quarantine rule that a class other than `usable` leads to, with what the sender can do about it. */
export const nhsNumberRule: Readonly<Record<Exclude<NhsNumberClass, 'usable'>, { rule: string; guidance: string }>> = {
  absent: { rule: 'NHS_NUMBER_ABSENT', guidance: 'Trace the person on PDS and send the record again with the NHS number.' },
  malformed: { rule: 'NHS_NUMBER_MALFORMED', guidance: 'An NHS number is ten digits; spaces and hyphens are accepted, nothing else.' },
  'bad-check-digit': { rule: 'NHS_NUMBER_CHECK_DIGIT', guidance: 'The check digit is wrong: check the number against its source.' },
  placeholder: {
    rule: 'NHS_NUMBER_PLACEHOLDER',
    guidance: 'The value stands for nobody. Leave the field empty when the number is not known.',
  },
  'test-range': {
    rule: 'NHS_NUMBER_TEST_RANGE',
    guidance:
      'The number is outside the range this installation accepts: test systems take 9xx only, live systems take issued numbers only.',
  },
};
