import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { exitCode, GatewayError } from '../../shared/errors.ts';

const holderSchema = z.strictObject({ pid: z.number().int().positive(), started: z.string() });
type Holder = z.infer<typeof holderSchema>;

/**
 * When a living process started, in whatever words the system has: process numbers are used again, the pair is not.
 * A zombie is dead: in a container whose first process does not collect its orphans they stay in the table for ever.
 */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      const [state = 'Z', ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
      return state.startsWith('Z') ? undefined : started.join(' ');
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields are counted after the program's name, which is in brackets and may hold anything (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** True when the process is alive and runs that program. */
export function runsProgram(pid: number, program: string): boolean {
  if (startOf(pid) === undefined) return false;
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === program;
    return basename(execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim()) === program;
  } catch {
    return false;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive(path: string): boolean {
  const holder = readHolder(path);
  return holder !== undefined && startOf(holder.pid) === holder.started;
}

const ourselves = (): string => JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' } satisfies Holder);

const ageOf = (path: string): number => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());

function create(path: string): boolean {
  try {
    writeFileSync(path, ourselves(), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock whose process is gone. The second file keeps two waiters from removing each other's new lock. */
function breakStaleLock(path: string): void {
  // A lock that was only just created may not have its content yet.
  if (isAlive(path) || ageOf(path) < 1000) return;
  const breaker = `${path}.breaking`;
  if (ageOf(breaker) > 10_000) rmSync(breaker, { force: true });
  if (!create(breaker)) return;
  try {
    if (!isAlive(path) && ageOf(path) >= 1000) rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

/** Runs `work` while no other process of this home does; waits up to two minutes. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000;
  while (!create(path)) {
    breakStaleLock(path);
    if (Date.now() > deadline) {
      throw new GatewayError(
        'DATABASE_BUSY',
        `Another process has been starting or stopping the database for two minutes (${path}). Try again.`,
        {
          status: 503,
          exit: exitCode.unavailable,
        },
      );
    }
    await setTimeout(50);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Says that this process uses the server; returns the file that says so. */
export function register(directory: string): string {
  for (let attempt = 0; ; attempt++) {
    const path = join(directory, `user-${process.pid}-${attempt}.json`);
    if (!isAlive(path)) rmSync(path, { force: true });
    if (create(path)) return path;
  }
}

/** How many living processes use the server; forgets those that died without saying goodbye. */
export function countUsers(directory: string): number {
  const users = readdirSync(directory).filter((file) => file.startsWith('user-'));
  const gone = users.filter((file) => !isAlive(join(directory, file)));
  for (const file of gone) rmSync(join(directory, file), { force: true });
  return users.length - gone.length;
}
