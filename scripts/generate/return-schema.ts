import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { returnTemplateJsonSchemaText } from '../../src/returns/schema.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/generated/return-template.schema.json from the zod schema; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'generated');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'return-template.schema.json'), returnTemplateJsonSchemaText());
