import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../src/database/connect.ts';
import { startEmbedded } from '../src/database/embedded.ts';
import { openHome } from '../src/database/home.ts';
import { migrate } from '../src/database/migrate.ts';
import { createLogger } from '../src/shared/logger.ts';
import { packageRoot } from '../src/shared/package-root.ts';
import { describeGrants, describeRoles, describeSchema } from './describe-database.ts';

// Writes what the migrations make, from an empty server: docs/generated/grants.json and schema.json. A test compares them
// with the code, so that no right and no column changes without being seen in a diff.
const root = mkdtempSync(join(tmpdir(), 'haven-manifest-'));
const server = await startEmbedded(openHome({ home: root }), createLogger('warn'), { fsync: 'off', shared_buffers: '128MB' });
try {
  await migrate(server.servers);
  const haven = connect(server.servers, 'haven_owner', { max: 1, database: 'haven' });
  const vault = connect(server.servers, 'haven_owner', { max: 1, database: 'vault' });
  const directory = join(packageRoot(), 'docs', 'generated');
  mkdirSync(directory, { recursive: true });
  const write = (name: string, content: object): void => writeFileSync(join(directory, name), `${JSON.stringify(content, undefined, 2)}\n`);
  write('grants.json', { roles: await describeRoles(haven), haven: await describeGrants(haven), vault: await describeGrants(vault) });
  write('schema.json', { haven: await describeSchema(haven), vault: await describeSchema(vault) });
  await haven.end();
  await vault.end();
} finally {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
}
