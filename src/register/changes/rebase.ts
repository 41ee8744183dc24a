import { canonicalJson, keyOf } from '../document.ts';
import type { PlaceDocument } from '../model.ts';

/**
 * Carries a proposal made from `base` over to the register as it is now, so that a change planned for April is not lost
 * because somebody signed in March. What both changed differently is a conflict, named by its path, never a guess.
 */
export function rebase(
  base: PlaceDocument,
  proposed: PlaceDocument,
  current: PlaceDocument,
): { readonly document: PlaceDocument } | { readonly conflicts: readonly string[] } {
  const conflicts: string[] = [];
  const document = merge(base, proposed, current, '', conflicts) as PlaceDocument;
  return conflicts.length > 0 ? { conflicts } : { document };
}

const same = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);
const isPlain = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

function merge(base: unknown, proposed: unknown, current: unknown, path: string, conflicts: string[]): unknown {
  if (same(base, proposed)) return current;
  if (same(base, current) || same(proposed, current)) return proposed;
  if (isPlain(base) && isPlain(proposed) && isPlain(current)) {
    const names = [...new Set([...Object.keys(current), ...Object.keys(proposed)])];
    const members = names.map((name) => [name, merge(base[name], proposed[name], current[name], `${path}.${name}`, conflicts)] as const);
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }
  const [old, mine, theirs] = [rowsByKey(base), rowsByKey(proposed), rowsByKey(current)];
  if (old !== undefined && mine !== undefined && theirs !== undefined) {
    const keys = [...new Set([...theirs.keys(), ...mine.keys()])];
    return keys
      .map((key) => merge(old.get(key), mine.get(key), theirs.get(key), `${path}[${key}]`, conflicts))
      .filter((row) => row !== undefined);
  }
  conflicts.push(`${path.replace(/^\./, '')}: changed here and in the register since it was proposed`);
  return proposed;
}

/** Rows by the name that makes them one and the same; undefined for what is no list of such rows. */
function rowsByKey(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows = new Map<string, unknown>();
  for (const row of value) {
    const key = isPlain(row) ? rowKey(row) : String(row);
    if (key === undefined || rows.has(key)) return undefined;
    rows.set(key, row);
  }
  return rows;
}

/** A signature is one by who and when; a step of a history has no name, so two histories never merge. */
function rowKey(row: Record<string, unknown>): string | undefined {
  const own = keyOf(row);
  if (own !== '') return own;
  if (typeof row.organisation === 'string') return [row.organisation, row.signedOn ?? row.from ?? row.on ?? ''].join(' ');
  for (const name of ['feed', 'number', 'kid', 'channel', 'version']) {
    if (typeof row[name] === 'string' || typeof row[name] === 'number') return String(row[name]);
  }
  return undefined;
}
