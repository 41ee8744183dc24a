import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadThresholds } from '../../src/returns/load.ts';
import { renderReturnRules } from '../../src/returns/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/returns.md from the finding rules and the thresholds; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'returns.md'), renderReturnRules(await loadThresholds(join(packageRoot(), 'config'))));
