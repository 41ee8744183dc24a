import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvField, scoreFiles } from '../../../src/risk/score-files.ts';
import { loadHfrsTable } from '../../../src/risk/tables.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const table = await loadHfrsTable(join(packageRoot(), 'config', 'risk'));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haven-risk-'));
});
afterAll(async () => rm(folder, { recursive: true }));

async function score(codes: string, index: string, window: 'years2' | 'days730' = 'years2'): Promise<string[]> {
  const files = { codes: join(folder, 'codes.csv'), index: join(folder, 'index.csv') };
  await writeFile(files.codes, codes);
  await writeFile(files.index, index);
  const lines: string[] = [];
  for await (const { person, score } of scoreFiles(table, files, window)) lines.push(`${person} ${score.scoreTenths} ${score.band}`);
  return lines;
}

describe('scoring two files', () => {
  it('scores people in the order of the index file, those without codes 0 low', async () => {
    const codes =
      'person,code,date\nb,F00.1,2025-01-01\nb,f009,2025-06-01\nstranger,F00,2025-01-01\na,N390,2023-12-31\na,N390,2024-01-01\n';
    expect(await score(codes, 'person,index_date\nb,2026-01-01\na,2026-01-01\nc,2026-01-01\n')).toEqual([
      'b 71 intermediate',
      'a 32 low',
      'c 0 low',
    ]);
  });
  it('takes a byte order mark, other columns and another order of columns', async () => {
    const codes = '\uFEFFdate,position,code,person\r\n2025-01-01,3,"R29.6","x,1"\r\n';
    expect(await score(codes, 'index_date,person\r\n2026-01-01,"x,1"\r\n')).toEqual(['x,1 36 low']);
    expect(csvField('x,1')).toBe('"x,1"');
  });
  it('counts a window of 730 days when asked', async () => {
    const codes = 'person,code,date\na,F00,2022-03-31\n';
    expect(await score(codes, 'person,index_date\na,2024-03-31\n')).toEqual(['a 71 intermediate']);
    expect(await score(codes, 'person,index_date\na,2024-03-31\n', 'days730')).toEqual(['a 0 low']);
  });

  const index = 'person,index_date\na,2026-01-01\n';
  const codes = 'person,code,date\na,F00,2025-01-01\n';
  it.each([
    ['a date that is not in the calendar', 'person,code,date\na,F00,2025-02-30\n', index, 'RISK_ROW_DATE', 'Row 1'],
    ['a date of another layout', 'person,code,date\na,F00,2025-01-01\na,F00,01/02/2025\n', index, 'RISK_ROW_DATE', 'Row 2'],
    ['a row without a person', 'person,code,date\n,F00,2025-01-01\n', index, 'RISK_ROW_INCOMPLETE', 'person'],
    ['a row without a code', 'person,code,date\na,,2025-01-01\n', index, 'RISK_ROW_INCOMPLETE', 'code'],
    ['a missing column', 'person,date\na,2025-01-01\n', index, 'RISK_FILE_HEADER', 'person, code, date'],
    ['a column twice', 'person,code,date,date\na,F00,2025-01-01,2020-01-01\n', index, 'RISK_FILE_HEADER', 'each once'],
    ['a ragged row', 'person,code,date\na,F00\n', index, 'RISK_FILE_NOT_CSV', 'row 1'],
    ['an open quote', 'person,code,date\na,"F00,2025-01-01\n', index, 'RISK_FILE_NOT_CSV', 'row 1'],
    ['an empty file', '', index, 'RISK_FILE_EMPTY', 'codes'],
    ['a person with two index dates', codes, `${index}a,2025-01-01\n`, 'RISK_PERSON_TWICE', 'Row 2'],
    ['an index date that is none', codes, 'person,index_date\na,today\n', 'RISK_ROW_DATE', 'index_date'],
  ])('refuses %s and says where, never what', async (_, codes, index, code, says) => {
    const failure = await score(codes, index).catch((error) => error);
    expect(failure).toMatchObject({ code, exit: 65 });
    expect(failure.message).toContain(says);
    expect(failure.message).not.toMatch(/2025|today|F00/);
  });
  it('refuses a file that is not there', async () => {
    const run = scoreFiles(table, { codes: join(folder, 'none.csv'), index: join(folder, 'none.csv') }, 'years2').next();
    await expect(run).rejects.toMatchObject({ code: 'RISK_FILE_UNREADABLE', exit: 65 });
  });
});
