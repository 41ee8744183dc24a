import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questionsOf } from '../../../src/returns/question.ts';
import { writeWorkbook } from '../../../src/returns/workbook/write.ts';
import { answersBack, templateOf } from '../../fixtures/returns/filled-workbook.ts';
import { declaredReturn, printedAnswers } from '../../fixtures/returns/southend-2016-17.ts';
import { openParts, sheetPart } from '../../support/workbook-file.ts';

const run = promisify(execFile);
const program = ['soffice', 'libreoffice'].find((name) => spawnSync(name, ['--version'], { timeout: 30_000 }).status === 0);
if (program === undefined) console.warn('LibreOffice is not on this machine: opening a workbook in it was not tested.');

describe.skipIf(program === undefined)('LibreOffice', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'haven-workbook-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** The file as LibreOffice saves it again. */
  async function savedAgain(bytes: Buffer): Promise<Buffer> {
    const file = join(directory, 'return.xlsx');
    await writeFile(file, bytes);
    const profile = `-env:UserInstallation=file://${join(directory, 'profile')}`;
    await run(program ?? '', [profile, '--headless', '--convert-to', 'xlsx', '--outdir', join(directory, 'saved'), file], {
      timeout: 110_000,
    });
    return readFile(join(directory, 'saved', 'return.xlsx'));
  }

  it('opens a workbook and saves it with every answer, drop-down, hidden sheet and locked cell in place', async () => {
    const template = await templateOf('bcf-2016-17-q4');
    const given = {
      ...printedAnswers(template.id),
      'cover.completed-by': "=1+1, O'Neill & <Sons>",
      'narrative.text': ' Two\nlines, “quotes”, 😀 and _x0041_.',
      'am.open-api.go-live.gp': 'Live',
    };
    const bytes = await writeWorkbook(declaredReturn(template, given), template);
    const saved = await savedAgain(bytes);
    const [before, after] = [await answersBack(bytes), await answersBack(saved)];
    expect(Object.fromEntries(after.answers)).toEqual(Object.fromEntries(before.answers));
    expect(after.changed).toEqual([]);
    const parts = openParts(saved);
    expect(parts['xl/workbook.xml']).toMatch(/<sheet [^>]*name="_haven"[^>]*state="hidden"/);
    const conditions = parts[sheetPart(parts, 'National Conditions')] ?? '';
    expect(conditions).toContain('<sheetProtection');
    const choices = questionsOf(template).filter(({ sheet, input }) => sheet === 'Supporting Metrics' && input.kind === 'choice');
    expect(choices.length).toBeGreaterThan(0);
    expect(parts[sheetPart(parts, 'Supporting Metrics')]).toContain('_lists');
  }, 120_000);
});
