import { readFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import { timed } from './world.ts';

/** Clock ticks a second of /proc on every Linux there is (`getconf CLK_TCK`). */
const ticks = 100;

/**
 * Seconds of processor the server's connections have used so far, or undefined where the machine does not say (/proc).
 * On a machine shared with others it says more than the clock on the wall.
 */
async function backendSeconds(pool: Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  let sum = 0;
  for (const { pid } of rows) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) return undefined;
    // Behind the name, which may hold spaces: fields 14 and 15 of proc(5), time in user and in system mode.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    sum += Number(fields[11]) + Number(fields[12]);
  }
  return sum / ticks;
}

export interface Measured<T> {
  readonly seconds: number;
  /** Processor time of the connections that are open before and after; undefined where it cannot be read. */
  readonly cpu: number | undefined;
  readonly result: T;
}

/** Runs `work` and says how long it took, and how much processor time of the database server. */
export async function measured<T>(observer: Pool, work: () => Promise<T>): Promise<Measured<T>> {
  const before = await backendSeconds(observer);
  const { seconds, result } = await timed(work);
  const after = await backendSeconds(observer);
  return { seconds, cpu: before === undefined || after === undefined ? undefined : after - before, result };
}

export const saySeconds = ({ seconds, cpu }: Measured<unknown>): string =>
  `${seconds.toFixed(2)} s${cpu === undefined ? '' : ` (${cpu.toFixed(2)} s of processor in the database)`}`;
