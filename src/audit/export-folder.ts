import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exportLog, type LogReader, readExport } from './log-reader.ts';
import type { SignedHead } from './sign-head.ts';

/** What an export is made of: enough to verify with, where there is neither database nor installation. */
const names = { leaves: 'leaves.ndjson', checkpoint: 'checkpoint.txt', key: 'key.txt' } as const;

export interface Exported {
  readonly folder: string;
  readonly size: number;
  readonly root: string;
}

/**
 * Writes the whole log to a new folder: every leaf as it was hashed, the checkpoint over exactly these leaves, and the public
 * key. The folder must not hold an export already, so that two are never mixed.
 * @param reader of the snapshot in which `head` was signed
 */
export async function exportFolder(
  reader: LogReader,
  head: Pick<SignedHead, 'text' | 'verifier' | 'size' | 'root'>,
  folder: string,
): Promise<Exported> {
  await mkdir(folder, { recursive: true });
  const file = await open(join(folder, names.leaves), 'wx');
  try {
    for await (const lines of exportLog(reader)) await file.write(lines);
    await file.sync();
  } finally {
    await file.close();
  }
  await writeFile(join(folder, names.checkpoint), head.text);
  await writeFile(join(folder, names.key), `${head.verifier}\n`);
  return { folder, size: head.size, root: head.root };
}

export interface OpenedExport {
  readonly reader: LogReader;
  readonly checkpoint?: string;
  /** Came with the log, so it proves only that the export is whole: compare it with the one you were given before. */
  readonly key?: string;
}

/** Opens an export, a folder or the NDJSON file alone. */
export async function openExport(path: string): Promise<OpenedExport> {
  const readIn = async (name: string): Promise<string | undefined> => readFile(join(path, name), 'utf8').catch(() => undefined);
  const [checkpoint, key] = await Promise.all([readIn(names.checkpoint), readIn(names.key)]);
  if (checkpoint === undefined || key === undefined) return { reader: readExport(lines(path)) };
  return { reader: readExport(lines(join(path, names.leaves))), checkpoint, key };
}

/** Opened when the first line is asked for: lines that come before anybody listens would be lost. */
async function* lines(file: string): AsyncIterable<string> {
  yield* createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}
