import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderLifecycleRuleBook } from '../../src/returns/lifecycle/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/return-lifecycle.md from src/returns/lifecycle; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'return-lifecycle.md'), renderLifecycleRuleBook());
