import { spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, exitCode, GatewayError } from '../../shared/errors.ts';
import { superuser } from '../passwords.ts';
import { runsProgram } from './living.ts';
import type { Place } from './place.ts';
import { renderSettings } from './settings.ts';

/** Data directories of another major version cannot be opened (PostgreSQL manual, "Upgrading a PostgreSQL Cluster"). */
const majorVersion = '18';

const dataOf = (place: Place): string => join(place.directory, 'data');
const logOf = (place: Place): string => join(place.directory, 'server.log');

interface Outcome {
  readonly status: number | null;
  readonly text: string;
}

/** Runs one of PostgreSQL's programs as its account, with nothing of our environment but the path. */
async function run(place: Place, program: 'initdb' | 'pg_ctl', parameters: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(place.bin, program), parameters, {
      ...place.account.ids,
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TMPDIR: tmpdir() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('error', reject);
    // `exit`, not `close`: a server started by pg_ctl may hold the pipes open for as long as it lives.
    child.on('exit', (status) => resolve({ status, text }));
  });
}

const unavailable = (message: string): GatewayError =>
  new GatewayError('DATABASE_UNAVAILABLE', message, { status: 503, exit: exitCode.unavailable });

function own(place: Place, path: string): void {
  if (place.account.ids !== undefined) chownSync(path, place.account.ids.uid, place.account.ids.gid);
}

/** Makes the data directory on first use. It gets its name only when it is whole, so an interrupted start leaves nothing half made. */
export async function initialise(place: Place, password: string): Promise<void> {
  const data = dataOf(place);
  if (existsSync(join(data, 'PG_VERSION'))) {
    const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
    if (found === majorVersion) return;
    throw new ConfigurationError([
      `the database in ${data} was made by PostgreSQL ${found} and this program brings PostgreSQL ${majorVersion}; dump it with the old version and restore it`,
    ]);
  }
  const partial = `${data}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const passwordFile = join(place.directory, 'initial-password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  own(place, passwordFile);
  try {
    // Builtin C.UTF-8: text sorts alike on every system, so two machines give the same numbers in the same order.
    const outcome = await run(place, 'initdb', [
      `--pgdata=${partial}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
    ]);
    if (outcome.status !== 0) throw unavailable(`The embedded PostgreSQL could not make its data directory:\n${outcome.text.trim()}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(partial, data);
}

/** A line of postmaster.pid: 0 is the process, 3 the port (PostgreSQL source, miscadmin.h). Undefined when the server is not running. */
function lockFileLine(place: Place, line: number): number | undefined {
  try {
    const value = Number(readFileSync(join(dataOf(place), 'postmaster.pid'), 'utf8').split('\n')[line]);
    return Number.isInteger(value) && value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function isRunning(place: Place): Promise<boolean> {
  const pid = lockFileLine(place, 0);
  // PostgreSQL takes for a living server any process that has its number: a zombie of its own, or, in a container
  // restarted on the same volume, whatever came up with that number this time. It would not start beside it.
  if (pid !== undefined && !runsProgram(pid, 'postgres')) rmSync(join(dataOf(place), 'postmaster.pid'), { force: true });
  const { status } = await run(place, 'pg_ctl', ['status', '-D', dataOf(place)]);
  if (status === 0) return true;
  // 3: not running (pg_ctl manual). Anything else means the directory cannot be read, usually because it is another user's.
  if (status === 3) return false;
  throw unavailable(`The database directory ${dataOf(place)} cannot be used by this user; run as the user who made it.`);
}

/** Port of the running server. */
export function runningPort(place: Place): number {
  const port = lockFileLine(place, 3);
  if (port === undefined) throw unavailable('The embedded PostgreSQL is running but does not say where; try again.');
  return port;
}

/** A free port, the same as last time when it is still free. */
async function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (wanted === 0 ? reject(error) : resolve(freePort(0))));
    probe.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function rememberedPort(place: Place): number {
  const path = join(place.directory, 'port');
  const port = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

function write(place: Place, path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  own(place, path);
}

const lastLines = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(-5).join('\n') : '');

/** Starts the server and waits until it answers; it lives on when this process ends. */
export async function start(place: Place, settings: Readonly<Record<string, string>>): Promise<void> {
  const log = logOf(place);
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 10_000_000) renameSync(log, `${log}.1`);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? rememberedPort(place) : 0);
    write(place, join(dataOf(place), 'postgresql.auto.conf'), renderSettings({ ...settings, port: String(port) }));
    write(place, join(dataOf(place), 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
    const outcome = await run(place, 'pg_ctl', ['start', '-w', '-t', '300', '-s', '-D', dataOf(place), '-l', log]);
    if (outcome.status === 0) {
      write(place, join(place.directory, 'port'), `${port}\n`);
      return;
    }
    // Another program may have taken the port between the probe and the start.
    if (attempt === 3) throw unavailable(`The embedded PostgreSQL did not start:\n${lastLines(log)}\n${outcome.text.trim()}`);
  }
}

/** Stops the server, breaking off what is still connected; waits until all is on disk. */
export async function stop(place: Place): Promise<void> {
  const outcome = await run(place, 'pg_ctl', ['stop', '-m', 'fast', '-w', '-t', '300', '-s', '-D', dataOf(place)]);
  if (outcome.status !== 0 && (await isRunning(place))) throw unavailable('The embedded PostgreSQL did not stop in five minutes.');
}
