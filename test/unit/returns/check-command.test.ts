import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readReturn } from '../../../src/returns/file.ts';
import { loadTemplate } from '../../../src/returns/load.ts';
import type { Finding } from '../../../src/returns/return.ts';
import { addFindingCommands } from '../../../src/returns/rules/command.ts';
import { writeWorkbook } from '../../../src/returns/workbook/write.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { returnWith } from '../../fixtures/returns/consistent-return.ts';

let folder: string;
const file = (name: string) => join(folder, name);
const declared = (quarter: number) => `config/returns/declared/southend-on-sea/bcf-2016-17-q${quarter}.json`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haven-check-'));
  const template = await loadTemplate('config', 'bcf-2016-17-q2');
  const json = (change: Parameters<typeof returnWith>[1]) => JSON.stringify(returnWith(template, change));
  await writeFile(file('clean.json'), json({}));
  await writeFile(file('rehearsal.json'), json({ document: { rehearsal: true } }));
  await writeFile(file('stock.json'), json({ answers: { 'am.phb.stopped': 17 } }));
  const workbook = await writeWorkbook(returnWith(template, { answers: { 'am.phb.new': 40 } }), template);
  await writeFile(file('filled-in.xlsx'), workbook);
  await writeFile(file('cut.xlsx'), workbook.subarray(0, 5000));
  await writeFile(file('prose.json'), 'Dear colleague');
  const misplaced = {
    template: 'bcf-2016-17-q2',
    place: 'southend-on-sea',
    source: 'x',
    filledBy: 'x',
    answers: { 'ye.success.1': { answer: 'x' } },
  };
  await writeFile(file('misplaced.json'), JSON.stringify(misplaced));
  await writeFile(file('other.json'), '{"hello":"world"}');
  await writeFile(file('twice.json'), json({}).replace('"place":', '"place":"thurrock","place":'));
});
afterAll(async () => rm(folder, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
});

/** Runs `haven return …` without a database and gives what it printed and its exit code. */
async function haven(...words: readonly string[]): Promise<{ result: string; exit: unknown; rules: string[] }> {
  let result = '';
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  const streams = { result: { write: (text: string) => (result += text) }, progress: { write: () => {} } };
  addFindingCommands(
    program.command('return'),
    createOutput(() => true, streams),
  );
  await program.parseAsync(['node', 'haven', 'return', ...words]);
  const { findings = [] } = JSON.parse(result) as { findings?: Finding[] };
  return { result, exit: process.exitCode ?? 0, rules: [...new Set(findings.map(({ rule }) => rule))] };
}

describe('haven return check', () => {
  it('exits 0 when a return contradicts nothing', async () => {
    expect(await haven('check', file('clean.json'))).toMatchObject({ exit: 0, rules: [] });
  });

  it('exits 0 when there is only information', async () => {
    expect(await haven('check', file('rehearsal.json'))).toMatchObject({ exit: 0, rules: ['REHEARSAL_PERIOD'] });
  });

  it('exits 1 when it finds a contradiction, and judges on the day it is told', async () => {
    expect(await haven('check', declared(1))).toMatchObject({ exit: 1, rules: expect.not.arrayContaining(['GO_LIVE_PASSED']) });
    expect(await haven('check', declared(1), '--as-of', '2017-04-01')).toMatchObject({
      exit: 1,
      rules: expect.arrayContaining(['GO_LIVE_PASSED']),
    });
  });

  it('compares with the returns of earlier quarters that it is given', async () => {
    const earlier = JSON.parse(await readFile(declared(1), 'utf8')) as object;
    await writeFile(file('earlier.json'), JSON.stringify({ ...earlier, answers: { 'am.phb.in-place': { answer: 40 } } }));
    expect((await haven('check', file('stock.json'))).rules).toEqual([]);
    expect((await haven('check', file('stock.json'), '--previous', file('earlier.json'))).rules).toEqual(['PHB_STOCK_FLOW']);
  });

  it('reads a workbook back, and compares it with what the configuration holds of the quarter before', async () => {
    const { exit, rules } = await haven('check', file('filled-in.xlsx'), '--place', 'southend-on-sea');
    expect(exit).toBe(1);
    expect(rules).toEqual(expect.arrayContaining(['PHB_FLOW_IMPOSSIBLE', 'PHB_STOCK_FLOW']));
  });

  it.each([
    ['a file that is not there', ['check', 'nowhere.json'], 'RETURN_NOT_FOUND', 65],
    ['a file that is not JSON', ['check', 'prose.json'], 'RETURN_UNREADABLE', 65],
    ['JSON that is no return', ['check', 'other.json'], 'RETURN_UNREADABLE', 65],
    ['a workbook of nobody knows which place', ['check', 'filled-in.xlsx'], 'PLACE_REQUIRED', 2],
    ['a workbook of another place', ['check', 'filled-in.xlsx', '--place', 'thurrock'], 'WORKBOOK_OTHER_PLACE', 65],
    ['half a workbook', ['check', 'cut.xlsx', '--place', 'southend-on-sea'], 'WORKBOOK_DAMAGED', 65],
    ['answers to another template', ['check', 'misplaced.json'], 'RETURN_UNREADABLE', 65],
    ['a day that does not exist', ['check', 'clean.json', '--as-of', '2017-02-30'], 'DATE_INVALID', 2],
  ])('refuses %s', async (_, [command = '', name = '', ...options], code, exit) => {
    await expect(haven(command, file(name), ...options)).rejects.toMatchObject({ code, exit });
  });

  it('takes no file of which two readers could read two returns, and says what is wrong with it', async () => {
    const message = expect.stringContaining('gives a member twice in one object; remove one of them');
    await expect(haven('check', file('twice.json'))).rejects.toMatchObject({ code: 'RETURN_UNREADABLE', message });
    await expect(readReturn(file('twice.json'))).rejects.toMatchObject({ code: 'RETURN_UNREADABLE', message });
  });

  it('lists every rule', async () => {
    const { result } = await haven('rules');
    expect(JSON.parse(result)).toMatchObject({
      rules: expect.arrayContaining([expect.objectContaining({ id: 'PHB_STOCK_FLOW', severity: 'error' })]),
    });
  });
});
