import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package-root.ts';

const folders = ['feeds', 'code-lists', 'sensitive-codes', 'geography', 'objections'] as const;

/** A copy of the configuration this repository ships, with one file changed; the caller removes the folder. */
export async function changedConfiguration(file: string, change: (text: string) => string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'haven-config-'));
  for (const name of folders) await cp(join(packageRoot(), 'config', name), join(folder, name), { recursive: true });
  const path = join(folder, file);
  await writeFile(path, change(await readFile(path, 'utf8')));
  return folder;
}

/** Changes what a JSON text says; `change` returns another document. */
export const inJson =
  <T>(change: (document: T) => unknown): ((text: string) => string) =>
  (text) =>
    JSON.stringify(change(JSON.parse(text) as T));
