import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/shared/package-root.ts';
import { sourceFiles } from './source-files.ts';
import { findBreaches } from './walls.ts';

const root = packageRoot();
const breaches = sourceFiles(root, ['src']).flatMap((file) => findBreaches(file, readFileSync(join(root, file), 'utf8')));
for (const { file, line, rule } of breaches) process.stderr.write(`${file}:${line}: ${rule}\n`);
process.exitCode = breaches.length === 0 ? 0 : 1;
