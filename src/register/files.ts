import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { ConfigurationError } from '../shared/errors.ts';
import { faultOfFile, parseJson } from '../shared/json-text.ts';
import { crossReferenceProblems, sharedIdProblems } from './cross-references.ts';
import { canonicalDocument, collections } from './document.ts';
import { type PlaceDocument, registerFileSchema } from './model.ts';

interface ReadFile {
  readonly name: string;
  readonly content: z.infer<typeof registerFileSchema>;
}

/**
 * Reads a register directory: either one place (JSON files side by side) or a directory of places. Every problem of
 * every file is reported together, with file and path, as a ConfigurationError.
 */
export async function readRegisterFiles(dir: string): Promise<PlaceDocument[]> {
  const problems: string[] = [];
  const documents: PlaceDocument[] = [];
  for (const placeDir of await placeDirectories(dir)) {
    const document = await readPlace(placeDir, problems);
    if (document !== undefined) documents.push(document);
  }
  if (documents.length === 0 && problems.length === 0) problems.push(`${dir}: holds no register files (*.json)`);
  problems.push(...sharedIdProblems(documents));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return documents;
}

async function placeDirectories(dir: string): Promise<string[]> {
  const found = await stat(dir).catch(() => undefined);
  if (!found?.isDirectory()) throw new ConfigurationError([`${dir}: is not a directory of register files`]);
  const entries = await readdir(dir, { withFileTypes: true });
  if (entries.some((entry) => entry.isFile() && entry.name.endsWith('.json'))) return [dir];
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, entry.name))
    .sort();
}

async function readPlace(dir: string, problems: string[]): Promise<PlaceDocument | undefined> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.json')).sort();
  const before = problems.length;
  const files: ReadFile[] = [];
  for (const name of names) {
    const shown = `${basename(dir)}/${name}`;
    const content = await readOne(join(dir, name), shown, problems);
    if (content !== undefined) files.push({ name: shown, content });
  }
  const places = files.filter((file) => file.content.place !== undefined);
  const place = places[0]?.content.place;
  if (names.length > 0 && places.length !== 1 && problems.length === before) {
    problems.push(`${basename(dir)}: exactly one file says which place this is ("place"); ${places.length} do`);
  }
  if (place === undefined || problems.length > before) return undefined;

  const origins: Record<string, string[]> = {};
  const joined: Record<string, unknown> = { place };
  for (const collection of collections) {
    joined[collection] = files.flatMap((file) => file.content[collection] as unknown[]);
    origins[collection] = files.flatMap((file) => file.content[collection].map((_row, index) => `${file.name}: ${collection}[${index}]`));
  }
  const document = joined as PlaceDocument;
  problems.push(
    ...crossReferenceProblems(document, (collection, index) => origins[collection]?.[index] ?? `${basename(dir)}: ${collection}`),
  );
  return canonicalDocument(document);
}

async function readOne(path: string, shown: string, problems: string[]): Promise<ReadFile['content'] | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  const read = bytes === undefined ? undefined : parseJson(bytes);
  if (read === undefined || 'fault' in read) {
    problems.push(`${shown}: ${read === undefined ? 'cannot be read' : faultOfFile[read.fault]}`);
    return undefined;
  }
  const parsed = registerFileSchema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) problems.push(`${shown}: ${pathOf(issue.path)}: ${issue.message}`);
  return undefined;
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '') || '(file)';

/** Writes a place as one file per collection; each file appears whole or not at all. */
export async function writeRegisterFiles(document: PlaceDocument, dir: string): Promise<string[]> {
  const target = join(dir, document.place.id);
  await mkdir(target, { recursive: true });
  const canonical = canonicalDocument(document);
  const files: [name: string, content: object][] = [['place.json', { place: canonical.place }]];
  for (const collection of collections) files.push([`${collection}.json`, { [collection]: canonical[collection] }]);
  const written: string[] = [];
  for (const [name, content] of files) {
    const path = join(target, name);
    await writeFile(`${path}.new`, `${JSON.stringify(content, undefined, 2)}\n`);
    await rename(`${path}.new`, path);
    written.push(path);
  }
  return written;
}
