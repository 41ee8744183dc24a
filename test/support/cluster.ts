import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/database/embedded.ts';
import { openHome } from '../../src/database/home.ts';
import { createLogger } from '../../src/shared/logger.ts';
import { prepareTemplates } from './templates.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: { adminUrl: string; secrets: string };
  }
}

/** A test database is thrown away: what makes a crash survivable only makes it slow. */
const throwaway = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '128MB', max_wal_size: '1GB' };

/**
 * One cluster for the whole run. Every project that needs it calls this; the server itself counts its users, so the
 * first starts it, the others join, and the last one stops it and removes the home.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = join(tmpdir(), `haven-test-${process.pid}`);
  const home = openHome({ home: root });
  const server = await startEmbedded(home, createLogger('warn'), throwaway);
  await prepareTemplates(server.adminUrl, home.secrets);
  project.provide('cluster', { adminUrl: server.adminUrl, secrets: home.secrets });
  return async () => {
    await server.stop();
    // The port file goes with the home; while the server runs for another project, its process file is still there.
    if (!existsSync(join(home.database, 'data', 'postmaster.pid'))) rmSync(root, { recursive: true, force: true });
  };
}
