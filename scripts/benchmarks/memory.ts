import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { writeAdmittedPatients } from './admitted-patients.ts';
import { type BenchResult, openWorld, say } from './world.ts';

const mebibyte = 1024;

/** Peak resident memory of a process in KiB: VmHWM where the kernel tells it, else what ps sees. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  }
}

const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...command]) => Number(parent) === pid && command.join(' ').includes('blackbox'))
    .map(([child]) => Number(child));

/** Peak memory of the gateway and of the black box for ever larger files: it must not grow with them. */
export async function memory(sizes: readonly number[] = [100_000, 1_000_000, 10_000_000]): Promise<BenchResult> {
  const peaks: { rows: number; gateway: number; box: number }[] = [];
  for (const rows of sizes) {
    const world = await openWorld();
    try {
      const path = join(world.folder, 'apc.csv');
      await writeAdmittedPatients({ path, rows, people: Math.min(rows / 5, 400_000) });
      await world.deliver('sus-apc-southend', path);
      await rm(path);
      const [box = 0] = childrenOf(process.pid).map(peakOf);
      // The gateway's own process has written the file too, so its figure is an upper bound.
      peaks.push({ rows, gateway: peakOf(process.pid) / mebibyte, box: box / mebibyte });
      say(`${rows} rows: black box ${(box / mebibyte).toFixed(0)} MiB, gateway ${(peakOf(process.pid) / mebibyte).toFixed(0)} MiB`);
    } finally {
      await world.close();
    }
  }
  const value = Math.max(...peaks.map(({ box }) => box));
  const yardstick = peaks[0]?.box ?? Number.NaN;
  return {
    bench: 'memory',
    value,
    unit: 'MiB, peak of the black box',
    yardstick,
    ratio: value / yardstick,
    runs: peaks.length,
    note: peaks.map(({ rows, box, gateway }) => `${rows} rows: ${box.toFixed(0)} / ${gateway.toFixed(0)} MiB`).join('; '),
  };
}
