import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { SubjectAccessAnswer } from './answer.ts';
import { answerPage } from './html.ts';
import { answerBytes } from './request.ts';

/** Writes the answer as JSON and as a page, for the owner's eyes alone: folder 0700, files 0600, whole or not at all. */
export async function writeAnswer(directory: string, answer: SubjectAccessAnswer): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = `subject-access-${answer.request}`;
  return [
    await writePrivate(join(directory, `${name}.json`), answerBytes(answer)),
    await writePrivate(join(directory, `${name}.html`), Buffer.from(answerPage(answer), 'utf8')),
  ];
}

async function writePrivate(path: string, content: Buffer): Promise<string> {
  // Created with its mode and never before: a file that is made readable and closed afterwards was readable.
  const file = await open(`${path}.new`, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return path;
}
