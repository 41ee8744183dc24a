import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDecisionTable } from '../../src/objections/decision-table.ts';
import { renderNationalRules } from '../../src/objections/national/rule-book.ts';
import { renderRuleBook } from '../../src/objections/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/objections.md and national-opt-out.md from the tables that decide; a test fails while they differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
const table = await loadDecisionTable(join(packageRoot(), 'config', 'objections'));
await writeFile(join(folder, 'objections.md'), renderRuleBook(table));
await writeFile(join(folder, 'national-opt-out.md'), renderNationalRules());
