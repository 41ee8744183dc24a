import { runMigrations } from 'graphile-worker';
import type { Pool } from 'pg';

/** The queue has a schema of its own; nothing else is kept there. */
export const jobSchema = 'jobs';

/**
 * Makes or upgrades the tables of graphile-worker as the owner of the database, so that the role that works the queue
 * owns nothing. Whoever raises its version adds a numbered migration with the rights on what is new: 000015 has them for
 * version 0.16.
 */
export async function installJobQueue(owner: Pool): Promise<void> {
  await runMigrations({ pgPool: owner, schema: jobSchema, taskList: {} });
}
