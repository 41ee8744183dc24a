import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addLifecycleCommands } from '../../../src/returns/lifecycle/command.ts';
import { createOutput } from '../../../src/shared/output.ts';

describe('a file of answers', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'haven-answers-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const declare = async (content: string | Buffer): Promise<unknown> => {
    const path = join(folder, 'answers.json');
    await writeFile(path, content);
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    const streams = { result: { write: () => true }, progress: { write: () => true } };
    const returns = program.command('return');
    addLifecycleCommands(
      returns,
      () => Promise.reject(new Error('opened')),
      createOutput(() => true, streams),
    );
    const named = ['--template', 'bcf-2016-17-q2', '--place', 'southend-on-sea', '--as', 'author'];
    return program.parseAsync(['node', 'haven', 'return', 'declare', ...named, '--file', path]);
  };

  it('that can be read goes on to whoever asks for it', async () => {
    await expect(declare('{"nc.1.answer":"Yes"}')).rejects.toThrow('opened');
  });

  it.each<[what: string, content: string | Buffer, words: string]>([
    ['answers a question twice', '{"nc.1.answer":"Yes","nc.1.answer":"No"}', 'gives a member twice in one object; remove one of them'],
    ['is not UTF-8', Buffer.from('{"nc.1.explanation":"Caf\xe9"}', 'latin1'), 'is not UTF-8'],
    ['is not JSON', 'nc.1.answer = Yes', 'is not JSON'],
    ['holds something else', '["Yes"]', 'is not one of answers'],
  ])('that %s is refused, and nothing is opened', async (_what, content, words) => {
    await expect(declare(content)).rejects.toMatchObject({ code: 'ANSWERS_UNREADABLE', message: expect.stringContaining(words) });
  });
});
