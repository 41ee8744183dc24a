import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderAdmissionRules } from '../../src/register/rule-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/admission.md from the table of the gate; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'rules');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'admission.md'), renderAdmissionRules());
