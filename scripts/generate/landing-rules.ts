import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderLandingRules } from '../../src/landing/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/landing.md from the tables the tests run; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'landing.md'), renderLandingRules());
