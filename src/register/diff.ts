import { type Collection, canonicalJson, collections, keyOf } from './document.ts';
import type { PlaceDocument } from './model.ts';

const nouns: Readonly<Record<Collection, string>> = {
  organisations: 'Organisation',
  services: 'Service',
  systems: 'System',
  frameworks: 'Framework',
  agreements: 'Agreement',
  flows: 'Flow',
  projects: 'Project',
  clients: 'Client',
  people: 'Person',
  seats: 'Seat',
};

/** What changes between two documents of one place, in words: `Flow sus-apc-southend: state live → suspended`. */
export function diffDocuments(before: PlaceDocument | undefined, after: PlaceDocument): string[] {
  if (before === undefined) {
    const counts = collections.map((c) => `${after[c].length} ${c}`).join(', ');
    return [`Place ${after.place.id}: added with ${counts}`];
  }
  const lines = changesOf(`Place ${after.place.id}`, before.place, after.place);
  for (const collection of collections) {
    const old = new Map<string, object>(before[collection].map((row) => [keyOf(row), row]));
    for (const row of after[collection]) {
      const key = keyOf(row);
      const was = old.get(key);
      old.delete(key);
      const subject = `${nouns[collection]} ${key}`;
      lines.push(...(was === undefined ? said('added', row, '').map((line) => `${subject}: ${line}`) : changesOf(subject, was, row)));
    }
    for (const key of old.keys()) lines.push(`${nouns[collection]} ${key}: removed`);
  }
  return lines;
}

function changesOf(subject: string, before: object, after: object): string[] {
  return changedMembers(before, after, '').map((change) => `${subject}: ${change}`);
}

/** @param path words that lead to the member, as `data in[sus-apc] items` */
function changedMembers(before: unknown, after: unknown, path: string): string[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (isPlain(before) && isPlain(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => changedMembers(before[name], after[name], below(path, name)));
  }
  if (isListOrNothing(before) && isListOrNothing(after)) return changedRows(before ?? [], after ?? [], path);
  if (before === undefined && isPlain(after)) {
    const { plain, parts } = contentsOf(after, path);
    return [`${path} added${plain}`, ...parts];
  }
  if (after === undefined && isPlain(before)) return [`${path} removed`];
  return [`${path} ${shown(before)} → ${shown(after)}`];
}

/** A history reads as its last state; other lists as what joined and left, by the name of each row. */
function changedRows(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  if (path === 'history' || path.endsWith(' history')) return changedSteps(before, after, path);
  const old = namedRows(before);
  const lines: string[] = [];
  for (const [name, row] of namedRows(after)) {
    if (!old.has(name)) lines.push(...said(`${path} + ${name}`, row, `${path}[${name}]`));
    else lines.push(...changedMembers(old.get(name), row, `${path}[${name}]`));
    old.delete(name);
  }
  for (const name of old.keys()) lines.push(`${path} − ${name}`);
  return lines.length > 0 ? lines : [`${path} in another order`];
}

/** One more step reads as the state it leads to; anything else names every step, because a rewritten past must be seen. */
function changedSteps(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  const [was, is] = [before.at(-1), after.at(-1)];
  if (canonicalJson(after.slice(0, -1)) === canonicalJson(before) && isPlain(was) && isPlain(is) && was.state !== is.state) {
    return [`${path.replace(/history$/, 'state')} ${String(was.state)} → ${String(is.state)} on ${String(is.on)}`];
  }
  const old = new Set(before.map((step) => canonicalJson(step)));
  const now = new Set(after.map((step) => canonicalJson(step)));
  const lines = [
    ...before.filter((step) => !now.has(canonicalJson(step))).map((step) => `${path} − ${stepText(step)}`),
    ...after.filter((step) => !old.has(canonicalJson(step))).map((step) => `${path} + ${stepText(step)}`),
  ];
  return lines.length > 0 ? lines : [`${path} in another order`];
}

const stepText = (step: unknown): string =>
  isPlain(step) ? `${String(step.state)} on ${String(step.on)} by ${String(step.by)} (${String(step.evidence)})` : shown(step);

/** Rows by name; the second of one name (an organisation that signed twice) gets a number, so that none hides another. */
function namedRows(rows: readonly unknown[]): Map<string, unknown> {
  const named = new Map<string, unknown>();
  for (const row of rows) {
    const name = rowName(row);
    let unique = name;
    for (let count = 2; named.has(unique); count += 1) unique = `${name} (${count})`;
    named.set(unique, row);
  }
  return named;
}

/** All that a new row says, so that whoever approves it has read it. An agreement is a page, and is read as one. */
function said(head: string, row: unknown, path: string): string[] {
  if (!isPlain(row)) return [head];
  const { plain, parts } = contentsOf(row, path, nameMember(row));
  return [`${head}${plain}`, ...parts];
}

/** Members with a plain value in one pair of brackets; those with members of their own on lines below, one for each. */
function contentsOf(
  row: Readonly<Record<string, unknown>>,
  path: string,
  name?: string,
): { readonly plain: string; readonly parts: string[] } {
  const plain: string[] = [];
  const parts: string[] = [];
  for (const [member, value] of Object.entries(row).sort(([a], [b]) => byTitle(a, b))) {
    if (member === name || value === undefined) continue;
    const at = below(path, member);
    if (isPlain(value)) {
      const inner = contentsOf(value, at);
      parts.push(...(inner.plain === '' ? [] : [`${at}${inner.plain}`]), ...inner.parts);
    } else if (!Array.isArray(value)) plain.push(`${words(member)} ${shown(value)}`);
    else if (value.some(isPlain)) parts.push(...changedRows([], value, at));
    else if (value.length > 0) plain.push(`${words(member)} ${shown(value)}`);
  }
  return { plain: plain.length === 0 ? '' : ` (${plain.join('; ')})`, parts };
}

/** What a thing is called, then by the alphabet: jsonb keeps no order, and the same row must always have the same words. */
function byTitle(a: string, b: string): number {
  const called = (member: string) => member === 'title' || member === 'name';
  return called(a) === called(b) ? (a < b ? -1 : 1) : called(a) ? -1 : 1;
}

const nameMembers = [
  'id',
  'ods',
  'clientId',
  'organisation',
  'feed',
  'number',
  'kid',
  'channel',
  'version',
  'to',
  'document',
  'justification',
] as const;

const nameMember = (row: Readonly<Record<string, unknown>>): string | undefined =>
  nameMembers.find((name) => typeof row[name] === 'string' || typeof row[name] === 'number');

function rowName(row: unknown): string {
  if (!isPlain(row)) return shown(row);
  const member = nameMember(row);
  return member === undefined ? canonicalJson(row) : String(row[member]);
}

const below = (path: string, member: string): string => (path === '' ? words(member) : `${path} ${words(member)}`);

const words = (member: string): string => member.replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`);

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  return typeof value === 'string' ? value : canonicalJson(value);
}

const isListOrNothing = (value: unknown): value is readonly unknown[] | undefined => value === undefined || Array.isArray(value);

const isPlain = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);
