import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderRuleBook } from '../../src/obligations/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/obligations.md from the tables of src/obligations; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'obligations.md'), renderRuleBook());
