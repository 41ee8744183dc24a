import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { exitCode, GatewayError } from '../../shared/errors.ts';

/** The operating system account that PostgreSQL runs as; undefined ids mean our own. */
export interface Account {
  readonly name: string;
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

const idOf = (flag: '-u' | '-g', name: string): number | undefined => {
  const result = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return result.status === 0 ? Number(result.stdout.trim()) : undefined;
};

function named(name: string): Account | undefined {
  const uid = idOf('-u', name);
  const gid = idOf('-g', name);
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { name, ids: { uid, gid } };
}

/**
 * PostgreSQL refuses to run as root, so root lends it an account: the owner of the data when there are some, else
 * `postgres` where the system has it, else `nobody`, which every system has. No account is created.
 */
export function chooseAccount(dataDirectory: string): Account {
  if (process.getuid?.() !== 0) return { name: 'this user', ids: undefined };
  const owner = statSync(dataDirectory, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { name: `user ${owner.uid}`, ids: { uid: owner.uid, gid: owner.gid } };
  const account = named('postgres') ?? named('_postgres') ?? named('nobody');
  if (account !== undefined) return account;
  throw new GatewayError(
    'NO_DATABASE_ACCOUNT',
    'PostgreSQL does not run as root and there is no account `postgres` or `nobody`. Run as an ordinary user, or set HAVEN_DATABASE_URL.',
    { status: 503, exit: exitCode.unavailable },
  );
}

/** True when the account can pass through every folder above `directory` and enter it; asks the system, because modes are not the whole truth. */
export function canEnter(account: Account, directory: string): boolean {
  if (account.ids === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { ...account.ids, cwd: '/', stdio: 'ignore' }).status === 0;
}
