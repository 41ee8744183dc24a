import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../shared/logger.ts';
import { initialise, isRunning, runningPort, start, stop } from './embedded/control.ts';
import { countUsers, register, withLock } from './embedded/living.ts';
import { findPlace } from './embedded/place.ts';
import { serverSettings } from './embedded/settings.ts';
import type { HavenHome } from './home.ts';
import { makePassword, superuser } from './passwords.ts';
import { ensureRoles } from './roles.ts';
import { type DatabaseServers, withCredentials } from './servers.ts';

export interface EmbeddedServer {
  readonly servers: DatabaseServers;
  /** URL of the superuser: for making roles and databases, never for the work of a stage. */
  readonly adminUrl: string;
  /** Lets go of the server; the last process that does stops it. */
  stop(): Promise<void>;
}

/**
 * Starts real PostgreSQL inside this home, or joins the one another process of this home has started. Roles and both
 * databases exist when it returns; migrations are for the caller. After a crash the next start recovers by itself.
 * @param settings changes to the server settings; only tests have a use for them
 */
export async function startEmbedded(
  home: HavenHome,
  log: Logger,
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedServer> {
  const lock = join(home.run, 'database.lock');
  return withLock(lock, async () => {
    const place = findPlace(home, log);
    const password = await makePassword(home.secrets, superuser);
    await initialise(place, password);
    if (!(await isRunning(place))) await start(place, { ...serverSettings(), ...settings });
    const user = register(home.run);
    const server = `postgres://127.0.0.1:${runningPort(place)}`;
    const servers: DatabaseServers = { haven: `${server}/haven`, vault: `${server}/haven_vault`, secrets: home.secrets };
    const adminUrl = withCredentials(`${server}/postgres`, superuser, password);
    const release = async (): Promise<void> =>
      withLock(lock, async () => {
        rmSync(user, { force: true });
        if (countUsers(home.run) === 0) await stop(place);
      });
    let stopped: Promise<void> | undefined;
    try {
      await ensureRoles(adminUrl, servers);
    } catch (error) {
      rmSync(user, { force: true });
      if (countUsers(home.run) === 0) await stop(place);
      throw error;
    }
    return {
      servers,
      adminUrl,
      stop: async () => {
        stopped ??= release();
        return stopped;
      },
    };
  });
}
