import { GatewayError } from '../shared/errors.ts';

const unusable = (what: string): GatewayError =>
  new GatewayError('AUDIT_ENTRY_NOT_JSON', `An audit entry can hold only JSON values; it held ${what}. Correct the code that writes it.`, {
    status: 500,
  });

/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, ECMAScript number and string forms, no white space. One
 * value has one text, so one value has one leaf hash. What JSON cannot hold is refused instead of silently dropped as
 * JSON.stringify would: an audit entry that lost a member is not evidence.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unusable('a number that is not finite');
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    // RFC 8785 §3.2.2.2: a lone surrogate has no UTF-8 form.
    if (/\p{Surrogate}/u.test(value)) throw unusable('text that is not valid Unicode');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw unusable('an object that is not a plain record');
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  throw unusable(`a ${typeof value}`);
}
