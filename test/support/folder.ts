import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder for the test that asks for it, gone when that test has ended. */
export async function folderOfTest(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `haven-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
