import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { countUsers } from '../../src/database/embedded/living.ts';
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A run that was killed could not stop its server; the next run does it. */
function sweepDeadRuns(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => /^haven-test-\d+$/.test(entry))) {
    const root = join(tmpdir(), name);
    try {
      if (isAlive(Number(name.slice('haven-test-'.length))) || countUsers(join(root, 'run')) > 0) continue;
      const server = join(root, 'database', 'data', 'postmaster.pid');
      if (existsSync(server)) process.kill(Number(readFileSync(server, 'utf8').split('\n')[0]), 'SIGQUIT');
      rmSync(root, { recursive: true, force: true });
    } catch {
      // Another user's run, or one that is being swept by another.
    }
  }
}

/**
 * One cluster for the whole run. Every project that needs it calls this; the server itself counts its users, so the
 * first starts it, the others join, and the last one stops it and removes the home.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  sweepDeadRuns();
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
