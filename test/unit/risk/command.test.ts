import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRiskCommands } from '../../../src/risk/command.ts';
import { createOutput } from '../../../src/shared/output.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haven-risk-'));
  await writeFile(join(folder, 'codes.csv'), 'person,code,date\n"a,b",T83.0,2025-01-01\n"a,b",S42,2025-01-01\n"a,b",R11X,2025-01-01\n');
  await writeFile(join(folder, 'index.csv'), 'person,index_date\n"a,b",2026-01-01\nc,2026-01-01\n');
});
afterAll(async () => rm(folder, { recursive: true }));

/** Runs `haven risk …` without a database: whoever opens one fails. */
async function haven(json: boolean, ...words: readonly string[]): Promise<string> {
  let result = '';
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  const open = () => Promise.reject(new Error('a database was opened'));
  addRiskCommands(
    program,
    open,
    createOutput(() => json, {
      result: {
        write: (text) => {
          result += text;
        },
      },
      progress: { write: () => {} },
    }),
  );
  await program.parseAsync(['node', 'haven', 'risk', ...words]);
  return result;
}
const files = () => ['--codes', join(folder, 'codes.csv'), '--index', join(folder, 'index.csv')];

describe('haven risk', () => {
  it('score prints CSV with one decimal and opens no database', async () => {
    expect(await haven(false, 'score', '--model', 'hfrs', ...files())).toBe('person,score,band\n"a,b",5.0,intermediate\nc,0.0,low\n');
  });
  it('score prints JSON lines for machines', async () => {
    expect((await haven(true, 'score', '--model', 'hfrs', ...files())).split('\n')[0]).toBe(
      '{"person":"a,b","score":5,"band":"intermediate"}',
    );
  });
  it('refuses an unknown model as a mistake of usage before it opens anything', async () => {
    await expect(haven(false, 'score', '--model', 'parr30', ...files())).rejects.toMatchObject({ code: 'RISK_MODEL_UNKNOWN', exit: 2 });
    await expect(haven(false, 'run', '--model', 'lace', '--index-date', '2026-01-01')).rejects.toMatchObject({ exit: 2 });
  });
  it('refuses a window or an index date that is none', async () => {
    await expect(haven(false, 'score', '--model', 'hfrs', ...files(), '--window', 'w')).rejects.toMatchObject({ name: 'CommanderError' });
    await expect(haven(false, 'run', '--model', 'hfrs', '--index-date', '2026-02-30')).rejects.toMatchObject({ code: 'RISK_INDEX_DATE' });
  });
});
