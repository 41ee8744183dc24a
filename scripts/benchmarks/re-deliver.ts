import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { writeAdmittedPatients } from './admitted-patients.ts';
import { type BenchResult, median, openWorld, say, timed } from './world.ts';

/** The same records in another order, so that not even the bytes are the same: nothing may change, and it should be cheap. */
async function reverseBlocks(from: string, to: string): Promise<void> {
  const out = createWriteStream(to, { highWaterMark: 1_048_576 });
  const rest: string[] = [];
  let header = '';
  let odd = false;
  for await (const line of createInterface({ input: createReadStream(from) })) {
    if (header === '') {
      header = line;
      out.write(`${line}\n`);
      continue;
    }
    odd = !odd;
    if (odd) out.write(`${line}\n`);
    else rest.push(line);
  }
  for (const line of rest) out.write(`${line}\n`);
  out.end();
  await finished(out);
}

/** The same file again, and the same records in another file; the yardstick is the first delivery. */
export async function redeliver(rows = 300_000, people = 52_500, runs = 3): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const path = join(world.folder, 'apc.csv');
    const reordered = join(world.folder, 'apc-again.csv');
    await writeAdmittedPatients({ path, rows, people });
    await reverseBlocks(path, reordered);
    const firsts: number[] = [];
    const again: number[] = [];
    const others: number[] = [];
    for (let run = 0; run < runs; run++) {
      await world.empty();
      const first = await timed(() => world.deliver('sus-apc-southend', path));
      const same = await timed(() => world.deliver('sus-apc-southend', path));
      const other = await timed(() => world.deliver('sus-apc-southend', reordered));
      if (same.result.state !== 'duplicate' || other.result.unchanged !== rows) throw new Error('delivering again changed something');
      firsts.push(first.seconds);
      again.push(same.seconds);
      others.push(other.seconds);
      say(
        `run ${run + 1}: first ${first.seconds.toFixed(2)} s, same file ${same.seconds.toFixed(2)} s, same records in another file ${other.seconds.toFixed(2)} s`,
      );
    }
    const [value, yardstick] = [median(again), median(firsts)];
    return {
      bench: 're-deliver',
      value,
      unit: `s per ${rows} rows, the same file again`,
      yardstick,
      ratio: value / yardstick,
      runs,
      note: `yardstick: the first delivery; the same records in another file: ratio ${(median(others) / yardstick).toFixed(2)}`,
    };
  } finally {
    await world.close();
  }
}
