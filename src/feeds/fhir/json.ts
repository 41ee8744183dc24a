/** What JSON.parse gives; read with the functions below, because a sender may put anything anywhere. */
export type Json = unknown;
export type JsonObject = { readonly [member: string]: Json };

export const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * One member of an object. `name` is always a constant of this program and never one that Object.prototype has, and
 * `__proto__` in the input is a plain own member of what JSON.parse gives and is never copied: so plain access is safe.
 */
export const member = (value: Json, name: string): Json =>
  typeof value === 'object' && value !== null ? (value as JsonObject)[name] : undefined;

export const textOf = (value: Json): string => (typeof value === 'string' ? value : '');

const nothing: readonly Json[] = [];

/** The elements of a repeating element; one object counts as a list of one, as some senders write it. */
export function listOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? [value] : nothing;
}

/**
 * A short token such as a code, unit or organisation code. What has a space or a line in it is prose, and prose never
 * lands (mission: never land free text), not even in an element that should hold a code.
 */
export function isToken(value: Json, maxLength = 64): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) return false;
  for (let i = 0; i < value.length; i += 1) {
    const unit = value.charCodeAt(i);
    if (unit <= 0x20 || unit >= 0x7f) return false;
  }
  return true;
}

/** The extension of an element with this URL. */
export function extensionOf(element: Json, url: string): Json {
  for (const candidate of listOf(member(element, 'extension'))) if (member(candidate, 'url') === url) return candidate;
  return undefined;
}

/** Follows member names through the first element of each list; undefined where the path ends early. */
export function at(value: Json, path: readonly string[]): Json {
  let here = value;
  for (const name of path) {
    if (Array.isArray(here)) here = here[0];
    if (typeof here !== 'object' || here === null) return undefined;
    here = name.startsWith('https://') ? extensionOf(here, name) : (here as JsonObject)[name];
    if (here === undefined) return undefined;
  }
  return here;
}
