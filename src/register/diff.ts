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
      lines.push(
        ...(was === undefined
          ? [`${nouns[collection]} ${key}: added${described(row)}`]
          : changesOf(`${nouns[collection]} ${key}`, was, row)),
      );
    }
    for (const key of old.keys()) lines.push(`${nouns[collection]} ${key}: removed`);
  }
  return lines;
}

function changesOf(subject: string, before: object, after: object): string[] {
  return changedMembers(before, after, '').map((change) => `${subject}: ${change}`);
}

function changedMembers(before: unknown, after: unknown, path: string): string[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (isPlain(before) && isPlain(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => changedMembers(before[name], after[name], path === '' ? name : `${path}.${name}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) return changedRows(before, after, path);
  return [`${words(path)} ${shown(before)} → ${shown(after)}`];
}

/** A history reads as its last state; other lists as what joined and left, by the name of each row. */
function changedRows(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  if (path === 'history' || path.endsWith('.history')) return changedSteps(before, after, path);
  const old = namedRows(before);
  const lines: string[] = [];
  for (const [name, row] of namedRows(after)) {
    if (!old.has(name)) lines.push(`${words(path)} + ${name}${described(row)}`);
    else lines.push(...changedMembers(old.get(name), row, `${path}[${name}]`));
    old.delete(name);
  }
  for (const name of old.keys()) lines.push(`${words(path)} − ${name}`);
  return lines.length > 0 ? lines : [`${words(path)} in another order`];
}

/** One more step reads as the state it leads to; anything else names every step, because a rewritten past must be seen. */
function changedSteps(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  const [was, is] = [before.at(-1), after.at(-1)];
  if (canonicalJson(after.slice(0, -1)) === canonicalJson(before) && isPlain(was) && isPlain(is) && was.state !== is.state) {
    return [`${words(path.replace(/history$/, 'state'))} ${String(was.state)} → ${String(is.state)} on ${String(is.on)}`];
  }
  const old = new Set(before.map((step) => canonicalJson(step)));
  const now = new Set(after.map((step) => canonicalJson(step)));
  const lines = [
    ...before.filter((step) => !now.has(canonicalJson(step))).map((step) => `${words(path)} − ${stepText(step)}`),
    ...after.filter((step) => !old.has(canonicalJson(step))).map((step) => `${words(path)} + ${stepText(step)}`),
  ];
  return lines.length > 0 ? lines : [`${words(path)} in another order`];
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

/** What a new row says, so that whoever approves it has read it. */
function described(row: unknown): string {
  if (!isPlain(row)) return '';
  const name = rowName(row);
  const members = Object.entries(row).filter(([, value]) => String(value) !== name && value !== undefined && !isEmpty(value));
  return members.length === 0 ? '' : ` (${members.map(([member, value]) => `${words(member)} ${shown(value)}`).join(', ')})`;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

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
  'justification',
] as const;

function rowName(row: unknown): string {
  if (!isPlain(row)) return String(row);
  const member = nameMembers.find((name) => typeof row[name] === 'string' || typeof row[name] === 'number');
  return member === undefined ? canonicalJson(row) : String(row[member]);
}

const words = (path: string): string =>
  path.replaceAll('.', ' ').replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`);

const shown = (value: unknown): string => (value === undefined ? 'nothing' : typeof value === 'string' ? value : canonicalJson(value));

const isPlain = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);
