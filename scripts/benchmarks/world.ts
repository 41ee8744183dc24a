import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { type App, openApp } from '../../src/app.ts';
import { initKeys } from '../../src/blackbox/keys.ts';
import { loadConfig } from '../../src/config.ts';
import { connect } from '../../src/database/connect.ts';
import { readPassword, superuser } from '../../src/database/passwords.ts';
import { transaction } from '../../src/database/query.ts';
import { withCredentials } from '../../src/database/servers.ts';
import { deliver } from '../../src/landing/deliver.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import { applyRegister } from '../../src/register/apply.ts';
import { readRegisterFiles } from '../../src/register/files.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createLogger } from '../../src/shared/logger.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

/** A whole installation of its own, with real processes and a real database, thrown away at the end. */
export interface World {
  readonly app: App;
  readonly owner: Pool;
  readonly vaultOwner: Pool;
  readonly folder: string;
  deliver(flow: string, path: string): Promise<Receipt>;
  /** Empties what deliveries made, keeps keys and register, and writes out what is dirty. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'haven-bench-'));
  // The embedded server runs under another account when this one is root, and must be able to pass through.
  await chmod(folder, 0o711);
  const config = loadConfig({ HAVEN_HOME: join(folder, 'home'), HAVEN_LOG_LEVEL: 'warn' }, folder);
  await initKeys({ folder: config.keys });
  const app = await openApp({ config, clock: systemClock, log: createLogger(config.logLevel) });
  const place = await readRegisterFiles(join(packageRoot(), 'config', 'register', 'southend-on-sea'));
  await transaction(app.gateway, (tx) => applyRegister(tx, place, { actor: 'benchmark', clock: app.clock }));
  const owner = connect(app.servers, 'haven_owner', { max: 2 });
  const vaultOwner = connect(app.servers, 'haven_owner', { max: 1, database: 'vault' });
  const password = await readPassword(app.servers.secrets, superuser);
  const administrator = new Pool({ connectionString: withCredentials(app.servers.haven, superuser, password), max: 1 });
  const world: World = {
    app,
    owner,
    vaultOwner,
    folder,
    deliver: (flow, path) => deliver(app, { flowId: flow, actor: 'benchmark', content: { path } }),
    empty: async () => {
      await owner.query(
        `truncate landing.problem, landing.delivery, environment.event, environment.person, linkage.sighting, linkage.merge, linkage.local_identifier, linkage.pseudonym, linkage.person cascade`,
      );
      await vaultOwner.query('truncate vault.identity, vault.data_key');
      // Or one run in three would pay for the pages of those before it, ours or the yardstick's as it happens.
      await administrator.query('checkpoint');
    },
    close: async () => {
      await Promise.all([owner.end(), vaultOwner.end(), administrator.end()]);
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

export async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly result: T }> {
  const started = performance.now();
  const result = await work();
  return { seconds: (performance.now() - started) / 1000, result };
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export interface BenchResult {
  readonly bench: string;
  readonly value: number;
  readonly unit: string;
  readonly yardstick: number;
  readonly ratio: number;
  readonly runs: number;
  readonly note?: string;
}

export const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
