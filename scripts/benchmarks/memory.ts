import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { writeAdmittedPatients } from './admitted-patients.ts';
import { type BenchResult, openWorld, say } from './world.ts';

/** KiB in one; the kernel counts in those. */
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

interface FileSize {
  readonly rows: number;
  readonly remarks?: number;
}

/** Ever more rows, and a file of more than 2 GiB by the length of its rows. */
const fileSizes: readonly FileSize[] = [{ rows: 100_000 }, { rows: 1_000_000 }, { rows: 1_000_000, remarks: 2_048 }, { rows: 10_000_000 }];

/** Peak memory of the gateway and of the black box for ever larger files: it must not grow with them. */
export async function memory(sizes: readonly FileSize[] = fileSizes): Promise<BenchResult> {
  const peaks: { rows: number; mebibytes: number; gateway: number; box: number }[] = [];
  for (const { rows, remarks = 0 } of sizes) {
    const world = await openWorld();
    try {
      const path = join(world.folder, 'apc.csv');
      await writeAdmittedPatients({ path, rows, people: Math.min(rows / 5, 400_000), remarks });
      const mebibytes = Math.round((await stat(path)).size / 1_048_576);
      const receipt = await world.deliver('sus-apc-southend', path);
      if (receipt.landed !== rows) throw new Error(`expected ${rows} rows to land: ${JSON.stringify(receipt)}`);
      await rm(path);
      const [box = 0] = childrenOf(process.pid).map(peakOf);
      // The gateway's own process has written the file too, so its figure is an upper bound.
      peaks.push({ rows, mebibytes, gateway: peakOf(process.pid) / mebibyte, box: box / mebibyte });
      say(
        `${rows} rows, ${mebibytes} MiB: black box ${(box / mebibyte).toFixed(0)} MiB, gateway ${(peakOf(process.pid) / mebibyte).toFixed(0)} MiB`,
      );
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
    note: peaks
      .map(({ rows, mebibytes, box, gateway }) => `${rows} rows of ${mebibytes} MiB: ${box.toFixed(0)} / ${gateway.toFixed(0)} MiB`)
      .join('; '),
  };
}
