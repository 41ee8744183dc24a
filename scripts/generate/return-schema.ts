import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureSchemas } from '../../src/returns/measures/schema.ts';
import { declaredJsonSchemaText, returnTemplateJsonSchemaText } from '../../src/returns/schema.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes the published JSON Schemas of return templates, declared answers and measures from the zod schemas; a test fails while they differ. */
const folder = join(packageRoot(), 'docs', 'generated');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'return-template.schema.json'), returnTemplateJsonSchemaText());
await writeFile(join(folder, 'return-declared.schema.json'), declaredJsonSchemaText());
for (const [file, schema] of Object.entries(measureSchemas)) await writeFile(join(folder, file), schema());
