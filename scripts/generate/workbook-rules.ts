import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderWorkbookRules } from '../../src/returns/workbook/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/return-workbooks.md from the codes of the reader; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'return-workbooks.md'), renderWorkbookRules());
