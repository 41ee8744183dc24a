import { join } from 'node:path';
import type { Pool } from 'pg';
import { type BlackBoxConnection, connectBlackBox, spawnBlackBox } from './blackbox/connection.ts';
import type { Config } from './config.ts';
import { connect } from './database/connect.ts';
import { startEmbedded } from './database/embedded.ts';
import { type HavenHome, openHome } from './database/home.ts';
import { checkVersion, migrate } from './database/migrate.ts';
import { ensureRoles } from './database/roles.ts';
import { type DatabaseServers, withCredentials, withoutCredentials } from './database/servers.ts';
import { createRegisterReader } from './register/reader.ts';
import type { Register } from './register/register.ts';
import type { Clock } from './shared/clock.ts';
import { ConfigurationError } from './shared/errors.ts';
import type { Logger } from './shared/logger.ts';
import { packageRoot } from './shared/package-root.ts';

/** Everything a command or a request handler is given; composed here and nowhere else. */
export interface App {
  readonly config: Config;
  readonly home: HavenHome;
  readonly clock: Clock;
  readonly log: Logger;
  readonly servers: DatabaseServers;
  /** The database haven as haven_gateway. */
  readonly gateway: Pool;
  /** The register as it is now. */
  register(): Promise<Register>;
  /** The black box, started on first use as a child process, or found where HAVEN_BLACKBOX_URL says. */
  blackBox(): Promise<BlackBoxConnection>;
  /** Registers what has to end before the database does: an HTTP server, a child process. Last registered, first closed. */
  onClose(work: () => Promise<void>): void;
  close(): Promise<void>;
}

export type OpenApp = () => Promise<App>;

export interface AppParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs every closer, last first, even when one fails; the first failure is thrown at the end. */
class Closers {
  readonly #works: (() => Promise<void>)[] = [];
  #done: Promise<void> | undefined;

  add(work: () => Promise<void>): void {
    this.#works.push(work);
  }

  async close(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (let work = this.#works.pop(); work !== undefined; work = this.#works.pop()) await work().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}

const externalServers = (config: Config, database: { haven: string; vault: string }): DatabaseServers => ({
  haven: withoutCredentials(database.haven),
  vault: withoutCredentials(database.vault),
  secrets: config.secrets,
});

/** Opens databases that are ready for work: the embedded ones are brought to this version, others must be at it already. */
async function openDatabases(parts: AppParts, home: HavenHome, closers: Closers): Promise<DatabaseServers> {
  const { config, log } = parts;
  if (config.database !== undefined) return externalServers(config, config.database);
  const embedded = await startEmbedded(home, log);
  closers.add(() => embedded.stop());
  await migrate(embedded.servers);
  return embedded.servers;
}

/** The child is told where the databases are, as URLs without credentials; it reads its own roles' passwords and keys from files. */
async function openBlackBox(config: Config, servers: DatabaseServers): Promise<BlackBoxConnection> {
  if (config.blackBoxUrl !== undefined) return connectBlackBox(config.blackBoxUrl, join(config.secrets, 'blackbox-token'));
  return spawnBlackBox({
    program: join(packageRoot(), 'dist', 'src', 'main.js'),
    environment: {
      HAVEN_HOME: config.home,
      HAVEN_CONFIG: config.configDirectory,
      HAVEN_SECRETS: servers.secrets,
      HAVEN_KEYS: config.keys,
      HAVEN_ENVIRONMENT: config.environment,
      HAVEN_DATABASE_URL: servers.haven,
      HAVEN_VAULT_URL: servers.vault,
    },
  });
}

/** Composes the gateway: starts what is not running, checks what is, and can close all of it again. */
export async function openApp(parts: AppParts): Promise<App> {
  const closers = new Closers();
  try {
    const home = openHome(parts.config);
    const servers = await openDatabases(parts, home, closers);
    const gateway = connect(servers, 'haven_gateway', {
      max: 20,
      onIdleError: (err) => parts.log.warn({ err }, 'an idle database connection was lost'),
    });
    closers.add(() => gateway.end());
    if (parts.config.database !== undefined) await checkVersion(gateway, 'haven');
    let box: Promise<BlackBoxConnection> | undefined;
    // Added before anything that sends to it, so that it is closed after that, however often it was started in between.
    closers.add(async () => (await box?.catch(() => undefined))?.close());
    const blackBox = (): Promise<BlackBoxConnection> => {
      box ??= openBlackBox(parts.config, servers).then((connection) => {
        // A box that died is started again by the next delivery.
        void connection.gone
          .then(() => {
            box = undefined;
            return connection.close();
          })
          .catch((err: unknown) => parts.log.warn({ err }, 'clearing up after a black box'));
        return connection;
      });
      box.catch(() => {
        box = undefined;
      });
      return box;
    };
    return {
      ...parts,
      home,
      servers,
      gateway,
      register: createRegisterReader(gateway, { pool: gateway, clock: parts.clock }),
      blackBox,
      onClose: (work) => closers.add(work),
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close().catch((err) => parts.log.error({ err }, 'closing after a failed start'));
    throw error;
  }
}

/** An administrator's URL for each server: the vault may be on another, with credentials of its own. */
function administrators(database: { haven: string; vault: string }): { haven: string; vault: string } | undefined {
  const { username, password, host } = new URL(database.haven);
  if (username === '') return undefined;
  const vault = new URL(database.vault);
  if (vault.username !== '') return database;
  if (vault.host !== host)
    throw new ConfigurationError(['HAVEN_VAULT_URL is on another server and holds no administrator; `haven migrate` needs one for each']);
  return { haven: database.haven, vault: withCredentials(database.vault, decodeURIComponent(username), decodeURIComponent(password)) };
}

/**
 * `haven migrate`: roles, databases and migrations. With an administrator in HAVEN_DATABASE_URL all three; without one the
 * roles must exist and the password of haven_owner be in its file.
 */
export async function migrateDatabases(parts: AppParts): Promise<{ haven: number; vault: number }> {
  const { config } = parts;
  const home = openHome(config);
  if (config.database !== undefined) {
    const servers = externalServers(config, config.database);
    const admin = administrators(config.database);
    if (admin !== undefined) {
      await ensureRoles(admin.haven, servers, ['haven']);
      await ensureRoles(admin.vault, servers, ['vault']);
    }
    return migrate(servers);
  }
  const embedded = await startEmbedded(home, parts.log);
  try {
    return await migrate(embedded.servers);
  } finally {
    await embedded.stop();
  }
}
