/** Writes docs/generated/openapi.json: what `GET /openapi.json` answers, kept beside the code so that a change is seen in review. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeInterface } from '../../src/http/openapi.ts';
import { allRoutes } from '../../src/http/routes/all.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

const path = join(packageRoot(), 'docs', 'generated', 'openapi.json');
await mkdir(dirname(path), { recursive: true });
// A gateway names its own address; the committed document speaks of any.
await writeFile(path, `${JSON.stringify(describeInterface(allRoutes, '/'), undefined, 2)}\n`);
