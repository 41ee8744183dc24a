import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { addReturnsCommands } from '../../../src/returns/command.ts';
import { cellAddress, layOut } from '../../../src/returns/layout.ts';
import type { ReturnsDesk } from '../../../src/returns/lifecycle/desk.ts';
import { writeWorkbook } from '../../../src/returns/workbook/write.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { config, key, openDesk, people } from '../../support/return-lifecycle.ts';
import { editWorkbook, setCell, text } from '../../support/workbook-file.ts';

// A filled-in workbook on its way back: from the desk of a place, through a spreadsheet, into declarations of a person.
let db: TestDatabases;
let desk: ReturnsDesk;
let directory: string;
const clock = { now: () => new Date('2016-11-20T12:00:00Z') };

beforeAll(async () => {
  db = await testDatabases();
  desk = await openDesk(db.pool('haven_gateway'), clock);
  await desk.build(key, { by: people.author });
  directory = await mkdtemp(join(tmpdir(), 'haven-workbook-'));
});
afterAll(async () => {
  process.exitCode = 0;
  await rm(directory, { recursive: true, force: true });
  await db.close();
});

/** The workbook of the return as it stands, after somebody typed these texts into these cells. */
async function filledIn(answers: Readonly<Record<string, string>>, change: { rehearsal?: boolean } = {}, name = 'return'): Promise<string> {
  const { document, template } = await desk.document(key);
  const of = { ...document, ...change };
  const cells = new Map(
    layOut(of, template).flatMap(({ name, rows }) =>
      rows.flatMap((row, rowIndex) =>
        row.flatMap((cell, column) =>
          cell?.question === undefined ? [] : [[cell.question, [name, cellAddress(rowIndex, column)] as const] as const],
        ),
      ),
    ),
  );
  const bytes = editWorkbook(await writeWorkbook(of, template), (parts) => {
    for (const [question, words] of Object.entries(answers)) setCell(parts, ...(cells.get(question) ?? ['', '']), ...text(words));
  });
  const path = join(directory, `${name}.xlsx`);
  await writeFile(path, bytes);
  return path;
}

async function run(...words: string[]): Promise<Record<string, unknown>> {
  const printed: string[] = [];
  const app = { gateway: db.pool('haven_gateway'), clock, config: { configDirectory: config } } as unknown as App;
  const program = new Command('haven').exitOverride();
  const out = createOutput(() => true, { result: { write: (line) => printed.push(line) }, progress: { write: () => true } });
  addReturnsCommands(program, async () => app, out);
  await program.parseAsync(['return', 'read', ...words, '--place', key.place], { from: 'user' });
  return JSON.parse(printed.join('')) as Record<string, unknown>;
}

const declared = async (): Promise<string[]> => {
  const { rows } = await db
    .pool('haven_gateway')
    .query<{ question: string; source: string }>('select question, source from returns.declaration order by question');
  return rows.map(({ question, source }) => `${question}: ${source.replace(/[0-9a-f]{16}$/, '…')}`);
};

describe('haven return read', () => {
  it('reads answers back without a word to anybody unless it is told to declare them', async () => {
    const file = await filledIn({ 'cover.completed-by': 'A. Officer', 'nc.1.answer': 'No - In Progress' });
    expect(await run(file)).toMatchObject({
      identity: { template: key.template, place: key.place, rehearsal: 'no' },
      answers: { 'cover.completed-by': 'A. Officer', 'nc.1.answer': 'No - In Progress' },
      changed: ['cover.completed-by', 'nc.1.answer'],
    });
    expect(await declared()).toEqual([]);
  });

  it('declares what the author changed, and nothing the author left as it was, as the person who says so', async () => {
    const file = await filledIn({ 'cover.completed-by': 'A. Officer', 'nc.1.answer': 'No - In Progress' });
    await run(file, '--template', key.template, '--declare', '--as', people.author);
    expect(await declared()).toEqual(['cover.completed-by: Workbook, SHA-256 …', 'nc.1.answer: Workbook, SHA-256 …']);
    const { document } = await desk.document(key);
    const cells = document.sheets.flatMap(({ questions }) => questions);
    expect(cells.find(({ id }) => id === 'nc.1.answer')).toMatchObject({
      answer: 'No - In Progress',
      provenance: 'declared',
      filledBy: people.author,
    });
    expect((await run(await filledIn({}))).changed).toEqual([]);
  });

  it('takes nothing from a workbook with a wrong cell, and says which', async () => {
    const before = await declared();
    const wrong = await run(await filledIn({ 'nc.2.answer': 'perhaps', 'nc.3i.answer': 'No' }), '--declare', '--as', people.author);
    expect(wrong).toMatchObject({ problems: [{ code: 'CELL_NOT_AN_OPTION', sheet: 'National Conditions', question: 'nc.2.answer' }] });
    expect(process.exitCode).toBe(65);
    expect(JSON.stringify(wrong)).not.toContain('perhaps');
    expect(await declared()).toEqual(before);
  });

  it('takes nothing where somebody else answered in the meantime, but the same file twice', async () => {
    const [first, second] = [
      await filledIn({ 'narrative.text': 'One story' }, {}, 'first'),
      await filledIn({ 'narrative.text': 'Another' }, {}, 'second'),
    ];
    const words = ['--declare', '--as', people.author];
    await run(first, ...words);
    await run(first, ...words);
    await expect(run(second, ...words)).rejects.toMatchObject({
      code: 'WORKBOOK_OUT_OF_DATE',
      message: expect.stringContaining('narrative.text'),
    });
    const cells = (await desk.document(key)).document.sheets.flatMap(({ questions }) => questions);
    expect(cells.find(({ id }) => id === 'narrative.text')?.answer).toBe('One story');
    // Two at the same moment: one of them is too late.
    const [third, fourth] = [
      await filledIn({ 'narrative.text': 'A third' }, {}, 'third'),
      await filledIn({ 'narrative.text': 'A fourth' }, {}, 'fourth'),
    ];
    const outcomes = await Promise.allSettled([run(third, ...words), run(fourth, ...words)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'WORKBOOK_OUT_OF_DATE' }) });
  });

  it.each([
    ['PERSON_REQUIRED', 'nobody says who declares', {}, ['--declare']],
    ['ACCESS_REFUSED', 'the person is no author of returns', {}, ['--declare', '--as', 'nobody-here']],
    ['WORKBOOK_REHEARSAL', 'it is of a rehearsal', { rehearsal: true }, ['--declare', '--as', people.author]],
    ['WORKBOOK_OTHER_TEMPLATE', 'another quarter was asked for', {}, ['--template', 'bcf-2016-17-q3']],
  ])('refuses with %s where %s', async (code, _, change, words) => {
    const before = await declared();
    await expect(run(await filledIn({ 'nc.3i.answer': 'No' }, change), ...words)).rejects.toMatchObject({ code });
    expect(await declared()).toEqual(before);
  });

  it('refuses a file that is not there, or is larger than any return', async () => {
    await expect(run(join(directory, 'nothing.xlsx'))).rejects.toMatchObject({ code: 'WORKBOOK_NOT_FOUND' });
    const large = join(directory, 'large.xlsx');
    await writeFile(large, Buffer.alloc(17 * 2 ** 20));
    await expect(run(large)).rejects.toMatchObject({ code: 'WORKBOOK_TOO_LARGE' });
  });
});
