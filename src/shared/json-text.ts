import { isUtf8 } from 'node:buffer';

export type JsonFault = 'NOT_UTF8' | 'NOT_JSON' | 'MEMBER_TWICE';

/** What is said of a file of configuration, behind its name. */
export const faultOfFile: Readonly<Record<JsonFault, string>> = {
  NOT_UTF8: 'is not UTF-8',
  NOT_JSON: 'is not JSON',
  MEMBER_TWICE: 'gives a member twice in one object; remove one of them',
};

/**
 * A JSON text as its sender meant it, or why that cannot be known. JSON.parse keeps the last of two members of one name, and
 * reads damaged bytes as U+FFFD (RFC 8259 §4 and §8.1): whoever decides about a person must not have one of two numbers chosen.
 * @param bytes a whole document; who gathers it has bounded it
 */
export function parseJson(bytes: Buffer): { readonly value: unknown } | { readonly fault: JsonFault } {
  if (!isUtf8(bytes)) return { fault: 'NOT_UTF8' };
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { fault: 'NOT_JSON' };
  }
  return countMembers(value) === countColons(bytes) ? { value } : { fault: 'MEMBER_TWICE' };
}

/** Colons outside texts: one for each member that was written. */
function countColons(json: Buffer): number {
  let count = 0;
  let text = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === 0x22) text = !text;
    else if (byte === 0x5c) at += 1;
    else if (byte === 0x3a && !text) count += 1;
  }
  return count;
}

/** Members that were kept; without recursion, because eight megabytes of brackets are deeper than any stack. */
function countMembers(value: unknown): number {
  const open = [value];
  let count = 0;
  for (let held = open.pop(); open.length > 0 || held !== undefined; held = open.pop()) {
    if (typeof held !== 'object' || held === null) continue;
    const values = Object.values(held);
    if (!Array.isArray(held)) count += values.length;
    for (const inner of values) if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return count;
}
