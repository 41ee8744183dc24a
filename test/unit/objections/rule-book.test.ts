import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadDecisionTable, readDecisionTable } from '../../../src/objections/decision-table.ts';
import { renderRuleBook } from '../../../src/objections/rule-book.ts';
import { ConfigurationError } from '../../../src/shared/errors.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const config = join(packageRoot(), 'config', 'objections');

it('publishes the rows that decide, to the letter (run `npm run generated` when this fails)', async () => {
  const published = await readFile(join(packageRoot(), 'docs', 'rules', 'objections.md'), 'utf8');
  expect(renderRuleBook(await loadDecisionTable(config))).toBe(published);
});

it('stops when the table is missing: without it no objection can be honoured', async () => {
  await expect(loadDecisionTable('/nowhere')).rejects.toThrow(ConfigurationError);
});

it('names every problem of a table at once', async () => {
  const { version, rows } = JSON.parse(await readFile(join(config, 'decision-table.json'), 'utf8')) as { version: string; rows: object[] };
  const any = {
    objection: 'ndop',
    purposes: '*',
    bases: '*',
    forms: '*',
    origins: '*',
    outcome: 'use',
    because: 'because of a test',
    source: 'test',
  };
  expect(() =>
    readDecisionTable({ version, rows: [{ ...any, id: 'all' }, { ...any, id: 'never' }, ...rows.slice(0, 1), ...rows.slice(0, 1)] }),
  ).toThrow(/row type-1-other-record is there twice[\s\S]*row never can never speak[\s\S]*no row speaks of programme/);
  expect(() => readDecisionTable({ version, rows: [{ ...any, id: 'x', outcome: 'withhold' }] })).toThrow('reason');
  expect(() => readDecisionTable({ version, rows: [{ ...any, id: 'x', objection: 'type-2' }] })).toThrow('objection');
});
