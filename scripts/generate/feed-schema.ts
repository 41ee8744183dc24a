import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { feedJsonSchemaText } from '../../src/feeds/schema.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/generated/feed.schema.json from the zod schema; a test fails while the two differ. */
const folder = join(packageRoot(), 'docs', 'generated');
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'feed.schema.json'), feedJsonSchemaText());
