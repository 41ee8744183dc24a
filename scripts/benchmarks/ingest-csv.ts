import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { writeAdmittedPatients } from './admitted-patients.ts';
import { type BenchResult, median, openWorld, say, timed, type World } from './world.ts';

/** The tables a delivery fills, in an order that satisfies their references. */
const tables = ['linkage.person', 'linkage.pseudonym', 'linkage.sighting', 'environment.person', 'environment.event'] as const;

/** The finished rows as files, in an order unrelated to any key, as they arrive in life. */
async function exportRows(world: World): Promise<void> {
  for (const table of tables) {
    const client = await world.owner.connect();
    const source = client.query(copyTo(`copy (select * from ${table} t order by md5(t::text)) to stdout`));
    await pipeline(source, createWriteStream(join(world.folder, table)));
    client.release();
  }
}

/** The yardstick: the same rows, already pseudonymised, linked and checked, straight from a file into the same tables and indexes. */
async function rawCopy(world: World): Promise<void> {
  const client = await world.owner.connect();
  await client.query('begin');
  for (const table of tables) {
    await pipeline(
      createReadStream(join(world.folder, table), { highWaterMark: 1_048_576 }),
      client.query(copyFrom(`copy ${table} from stdin`)),
    );
  }
  await client.query('commit');
  client.release();
}

/**
 * 1,000,000 admitted-patient rows of 20 official columns for 175,000 people, through gate, black box, objections, linkage,
 * landing and audit, against a raw COPY of the finished rows.
 */
export async function ingestCsv(rows = 1_000_000, people = 175_000, runs = 3): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const path = join(world.folder, 'apc.csv');
    await writeAdmittedPatients({ path, rows, people });
    const ours: number[] = [];
    const yardsticks: number[] = [];
    for (let run = 0; run < runs; run++) {
      await world.empty();
      const { seconds, result } = await timed(() => world.deliver('sus-apc-southend', path));
      if (result.landed !== rows) throw new Error(`expected ${rows} rows to land: ${JSON.stringify(result)}`);
      ours.push(seconds);
      if (run === 0) await exportRows(world);
      await world.empty();
      const raw = await timed(() => rawCopy(world));
      yardsticks.push(raw.seconds);
      say(
        `run ${run + 1}: delivery ${seconds.toFixed(2)} s, raw COPY ${raw.seconds.toFixed(2)} s, ratio ${(seconds / raw.seconds).toFixed(2)}`,
      );
    }
    const [value, yardstick] = [median(ours), median(yardsticks)];
    return {
      bench: 'ingest-csv',
      value,
      unit: `s per ${rows} rows`,
      yardstick,
      ratio: value / yardstick,
      runs,
      note: 'yardstick: raw COPY of the finished rows into the same tables and indexes',
    };
  } finally {
    await world.close();
  }
}
