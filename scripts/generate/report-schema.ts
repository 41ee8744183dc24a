import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportTemplateJsonSchemaText } from '../../src/returns/reports/template.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/generated/report-template.schema.json from the zod schema; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'generated');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'report-template.schema.json'), reportTemplateJsonSchemaText());
