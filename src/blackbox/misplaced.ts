import { classifyNhsNumber, type NumberEnvironment } from './nhs-number.ts';

/** Ten digits as people write an NHS number, not part of a longer number. */
const tenDigits = /(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)/g;

/**
 * True when a value holds what is, by every check, an NHS number. Columns shift, forms are filled in wrongly, and a field
 * that lands must then not carry the number into the environment. SNOMED CT identifiers of ten digits can pass modulus 11
 * by chance; those that are well-formed as such are taken for what they are (one NHS number in five hundred passes as one).
 */
export function holdsNhsNumber(value: string, environment: NumberEnvironment): boolean {
  if (value.length < 10) return false;
  for (const [found] of value.matchAll(tenDigits)) {
    const digits = found.replace(/[ -]/g, '');
    if (classifyNhsNumber(digits, environment) === 'usable' && !isConcept(digits)) return true;
  }
  return false;
}

/** Dihedral multiplication and permutation of Verhoeff's check digit (SNOMED CT Release File Specification, "Check-digit"). */
const multiply = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const permute = ['0123456789', '1576283094', '5803796142', '8916043527', '9453126870', '4286573901', '2793806415', '7046913258'];

/** A SNOMED CT concept identifier: partition 00 or 10 before a correct check digit. */
function isConcept(digits: string): boolean {
  if (!/[01]0\d$/.test(digits)) return false;
  let check = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    check = Number(multiply[check]?.[Number(permute[place % 8]?.[digit])]);
  }
  return check === 0;
}

/**
 * A code that its list does not know, and that may only be newer than the list: at most three characters, or a short number
 * that is no date. A name, a postcode or a date of birth in a column of codes is longer, and goes.
 */
export const mayBeNewCode = (value: string): boolean => /^(?:[A-Za-z0-9]{1,3}|\d{4,7})$/.test(value);
