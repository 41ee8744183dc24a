import { createKeyedHash, writeLengthPrefixed } from './keyed-hash.ts';
import type { NhsNumber } from './nhs-number.ts';

/** 32 characters of Crockford base 32: 160 bits, so a collision among 70 million people has a chance of 1.7e-33. */
export type LandingPseudonym = string & { readonly __brand: 'LandingPseudonym' };
export type RecipientPseudonym = string & { readonly __brand: 'RecipientPseudonym' };
/** 128 bits of keyed hash in the form PostgreSQL reads as uuid. */
export type SourceKey = string & { readonly __brand: 'SourceKey' };

const alphabet = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 'latin1');
const digits = 32;

/**
 * Crockford base 32 of the first 20 bytes of a lower-case hex digest. Written into bytes and read as one text: put together
 * piece by piece it would be a tree of pieces, six times as large, and a delivery remembers one for every person.
 */
function crockford160(hex: string, into: Buffer): string {
  let at = 0;
  for (let group = 0; group < 40; group += 5) {
    // 20 bits at a time, because 32-bit integer arithmetic is all a fast loop has.
    const bits = Number.parseInt(hex.slice(group, group + 5), 16);
    for (let shift = 15; shift >= 0; shift -= 5) into[at++] = alphabet[(bits >> shift) & 31] as number;
  }
  return into.toString('latin1');
}

function pseudonymHash(key: Uint8Array): (fields: readonly string[]) => string {
  const keyed = createKeyedHash(key);
  const pseudonym = Buffer.alloc(digits);
  return (fields) => {
    let offset = 0;
    for (const field of fields) offset = writeLengthPrefixed(keyed.message, offset, field);
    if (offset < 0) throw new RangeError('a pseudonym is made of short fields only');
    return crockford160(keyed.digest(offset), pseudonym);
  };
}

/** L = Crockford32(HMAC-SHA-256(K("landing", epoch), LP("nhs-number", number))[0..20]). */
export function landingPseudonymiser(landingKey: Uint8Array): (number: NhsNumber) => LandingPseudonym {
  const mac = pseudonymHash(landingKey);
  return (number) => mac(['nhs-number', number]) as LandingPseudonym;
}

/** R = Crockford32(HMAC-SHA-256(K("recipient:<id>", epoch), LP("landing-pid", L))[0..20]): two recipients share nothing. */
export function recipientPseudonymiser(recipientKey: Uint8Array): (landing: LandingPseudonym) => RecipientPseudonym {
  const mac = pseudonymHash(recipientKey);
  return (landing) => mac(['landing-pid', landing]) as RecipientPseudonym;
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
