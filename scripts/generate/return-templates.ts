import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listTemplates, loadTemplate } from '../../src/returns/load.ts';
import { renderTemplateBook } from '../../src/returns/template-book.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** Writes docs/rules/return-templates.md from the configuration. */
const config = join(packageRoot(), 'config');
const templates = await Promise.all((await listTemplates(config)).map((id) => loadTemplate(config, id)));
await writeFile(join(packageRoot(), 'docs/rules/return-templates.md'), renderTemplateBook(templates));
