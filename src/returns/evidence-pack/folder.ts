import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { GatewayError } from '../../shared/errors.ts';

/** A pack is under 20 MB; what is larger is not one, and is not read. */
const largest = 256 * 1024 * 1024;

/** Writes the files below a folder that is new or empty, so that two packs are never mixed. @throws GatewayError FOLDER_NOT_EMPTY */
export async function writeFolder(files: ReadonlyMap<string, Buffer>, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new GatewayError(
      'FOLDER_NOT_EMPTY',
      'The folder holds files already. Give a new one, so that nothing else is taken for evidence.',
    );
  }
  const paths: string[] = [];
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    paths.push(path);
  }
  return paths;
}

/** Reads every file below a folder, by its name with slashes. @throws GatewayError PACK_UNREADABLE */
export async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  const unreadable = (cause?: unknown): GatewayError =>
    new GatewayError('PACK_UNREADABLE', 'The folder cannot be read, or is too large to be an evidence pack.', { cause });
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    const stats = await Promise.all(paths.map(async (path) => lstat(path)));
    // A link could lead out of the folder.
    if (stats.some((stat) => !stat.isFile()) || stats.reduce((sum, { size }) => sum + size, 0) > largest) throw unreadable();
    const files = new Map<string, Buffer>();
    for (const path of paths) files.set(relative(folder, path).split(sep).join('/'), await readFile(path));
    return files;
  } catch (error) {
    throw error instanceof GatewayError ? error : unreadable(error);
  }
}
