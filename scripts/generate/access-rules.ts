import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderAccessRuleBook } from '../../src/access/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/access.md from the roles and reasons; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'access.md'), renderAccessRuleBook());
