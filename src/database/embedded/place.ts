import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../shared/logger.ts';
import type { HavenHome } from '../home.ts';
import { type Account, canEnter, chooseAccount } from './account.ts';
import { findBinaries } from './binaries.ts';

/** Where the embedded server lives, and as whom. */
export interface Place {
  readonly account: Account;
  /** Holds the data directory, the log and nothing else. */
  readonly directory: string;
  readonly bin: string;
}

/** A folder every account can reach, for what cannot stay in the home: kept across restarts where the system allows it. */
function shelter(): string {
  for (const parent of ['/var/lib', tmpdir()]) {
    const directory = join(parent, 'haven-gateway');
    try {
      mkdirSync(directory, { recursive: true, mode: 0o711 });
      return directory;
    } catch {}
  }
  throw new Error('no folder for the database could be made');
}

/** The file in the home that says where the database is when it is not in the home. */
const signpost = (home: HavenHome): string => join(home.root, 'database-elsewhere');

function chooseDirectory(home: HavenHome, account: Account, log: Logger): string {
  if (existsSync(signpost(home))) return readFileSync(signpost(home), 'utf8').trim();
  mkdirSync(home.database, { recursive: true, mode: 0o711 });
  if (canEnter(account, home.database)) return home.database;
  // A home made by `mktemp -d` is closed to others; it is ours, and may be passed through without being listed.
  chmodSync(home.root, statSync(home.root).mode | 0o011);
  if (canEnter(account, home.database)) return home.database;
  // Not derived from the home's path: a home that was deleted and made again must not meet its old database.
  const elsewhere = join(shelter(), randomUUID());
  writeFileSync(signpost(home), `${elsewhere}\n`, { mode: 0o600 });
  log.warn(
    { directory: elsewhere, account: account.name },
    'PostgreSQL does not run as root, and its account cannot enter the home; the database is kept elsewhere',
  );
  return elsewhere;
}

/** Decides where the embedded server lives and makes that folder ready for the account it runs as. */
export function findPlace(home: HavenHome, log: Logger): Place {
  const known = existsSync(signpost(home)) ? readFileSync(signpost(home), 'utf8').trim() : home.database;
  const account = chooseAccount(join(known, 'data'));
  const directory = chooseDirectory(home, account, log);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (account.ids !== undefined) chownSync(directory, account.ids.uid, account.ids.gid);
  return { account, directory, bin: findBinaries(account, shelter) };
}
