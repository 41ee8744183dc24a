import { createKeyedHash, writeLengthPrefixed } from './keyed-hash.ts';
import type { NhsNumber } from './nhs-number.ts';

/** 32 characters of Crockford base 32: 160 bits, so a collision among 70 million people has a chance of 1.7e-33. */
export type LandingPseudonym = string & { readonly __brand: 'LandingPseudonym' };
export type RecipientPseudonym = string & { readonly __brand: 'RecipientPseudonym' };
/** 128 bits of keyed hash in the form PostgreSQL reads as uuid. */
export type SourceKey = string & { readonly __brand: 'SourceKey' };

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford base 32 of the first 20 bytes of a lower-case hex digest. */
function crockford160(hex: string): string {
  let text = '';
  for (let group = 0; group < 40; group += 10) {
    // 40 bits as two 20-bit halves, because 32-bit integer arithmetic is all a fast loop has.
    for (const half of [group, group + 5]) {
      const bits = Number.parseInt(hex.slice(half, half + 5), 16);
      text +=
        alphabet.charAt(bits >> 15) + alphabet.charAt((bits >> 10) & 31) + alphabet.charAt((bits >> 5) & 31) + alphabet.charAt(bits & 31);
    }
  }
  return text;
}

function lengthPrefixedHash(key: Uint8Array): (fields: readonly string[]) => string {
  const keyed = createKeyedHash(key);
  return (fields) => {
    let offset = 0;
    for (const field of fields) offset = writeLengthPrefixed(keyed.message, offset, field);
    if (offset < 0) throw new RangeError('a pseudonym is made of short fields only');
    return keyed.digest(offset);
  };
}

/** L = Crockford32(HMAC-SHA-256(K("landing", epoch), LP("nhs-number", number))[0..20]). */
export function landingPseudonymiser(landingKey: Uint8Array): (number: NhsNumber) => LandingPseudonym {
  const mac = lengthPrefixedHash(landingKey);
  return (number) => crockford160(mac(['nhs-number', number])) as LandingPseudonym;
}

/** R = Crockford32(HMAC-SHA-256(K("recipient:<id>", epoch), LP("landing-pid", L))[0..20]): two recipients share nothing. */
export function recipientPseudonymiser(recipientKey: Uint8Array): (landing: LandingPseudonym) => RecipientPseudonym {
  const mac = lengthPrefixedHash(recipientKey);
  return (landing) => crockford160(mac(['landing-pid', landing])) as RecipientPseudonym;
}

/**
 * Keyed hash of a source record id or local patient id within a scope (a flow, a sender). They are identifiers too:
 * whoever has the source system could look them up. Undefined when the parts are too long to be an id.
 */
export function sourceKeyer(key: Uint8Array, scope: readonly string[]): (parts: readonly string[]) => SourceKey | undefined {
  const keyed = createKeyedHash(key);
  let prefix = 0;
  for (const field of scope) prefix = writeLengthPrefixed(keyed.message, prefix, field);
  return (parts) => {
    let offset = prefix;
    for (const part of parts) offset = writeLengthPrefixed(keyed.message, offset, part);
    return offset < 0 ? undefined : (keyed.digest(offset).slice(0, 32) as SourceKey);
  };
}
