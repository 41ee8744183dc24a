import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { ImportReceipt } from '../../src/objections/import.ts';
import { nthTestNumber, writeAdmittedPatients } from './admitted-patients.ts';
import { type Measured, measured, saySeconds } from './backend-cpu.ts';
import { type BenchResult, median, openWorld, say, type World } from './world.ts';

/** A list as the national service's cleaned one is turned into: one number a line, no dates. */
export async function writeObjectionList(path: string, people: number, firstPerson = 0): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 1_048_576 });
  file.write('nhs_number,source\n');
  for (let n = 0; n < people; n++) file.write(`${nthTestNumber(firstPerson + n)},spine\n`);
  file.end();
  await finished(file);
}

/** What somebody at a database prompt would do with a list of keys: load it, keep it, delete by it. Undone at the end. */
async function deleteByHand({ owner, folder }: World): Promise<Measured<void>> {
  const keys = join(folder, 'keys.txt');
  const client = await owner.connect();
  try {
    const { rows } = await client.query<{ key: string }>('select landing_pseudonym as key from linkage.pseudonym');
    const file = createWriteStream(keys);
    file.end(rows.map(({ key }) => `${key}\n`).join(''));
    await finished(file);
    return await measured(owner, async () => {
      await client.query('begin');
      await client.query('create temporary table list (landing_pseudonym text) on commit drop');
      await pipeline(createReadStream(keys), client.query(copyFrom('copy list from stdin')));
      await client.query('analyze list');
      await client.query('create temporary table kept on commit drop as select * from list');
      await client.query(
        'create temporary table gone on commit drop as select person_id from list join linkage.pseudonym using (landing_pseudonym)',
      );
      await client.query('analyze gone');
      for (const table of ['environment.event', 'linkage.sighting', 'environment.person'])
        await client.query(`delete from ${table} t using gone where t.person_id = gone.person_id`);
      await client.query('rollback');
    });
  } finally {
    client.release();
  }
}

/** A list of everybody over everything: each person of the borough opts out on one day. The yardstick is plain SQL by hand. */
export async function applyObjections(people = 175_000, rows = 700_000, runs = 3): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const [episodes, list] = [join(world.folder, 'apc.csv'), join(world.folder, 'list.csv')];
    await writeAdmittedPatients({ path: episodes, rows, people });
    await writeObjectionList(list, people);
    const box = await world.app.blackBox();
    const ours: Measured<ImportReceipt>[] = [];
    const hands: Measured<void>[] = [];
    for (let run = 0; run < runs; run++) {
      await world.empty();
      await world.owner.query('truncate objections.objection, objections.import cascade');
      await world.deliver('sus-apc-southend', episodes);
      await world.owner.query('vacuum analyze environment.event, linkage.sighting, linkage.pseudonym, environment.person');
      const byHand = await deleteByHand(world);
      const applied = await measured(
        world.owner,
        () => box.call('/objections', { kind: 'ndop', actor: 'benchmark' }, createReadStream(list)) as Promise<ImportReceipt>,
      );
      if (applied.result.removed.events !== rows || applied.result.recorded !== people) throw new Error('not everything was removed');
      hands.push(byHand);
      ours.push(applied);
      say(`run ${run + 1}: by hand ${saySeconds(byHand)}, ours ${saySeconds(applied)}`);
    }
    const value = median(ours.map(({ seconds }) => seconds));
    const yardstick = median(hands.map(({ seconds }) => seconds));
    const cpu = (all: readonly Measured<unknown>[]): string => median(all.map((one) => one.cpu ?? Number.NaN)).toFixed(2);
    return {
      bench: 'apply-objections',
      value,
      unit: `s for a list of ${people} people over ${rows} events, recorded, removed and audited`,
      yardstick,
      ratio: value / yardstick,
      runs,
      note: `yardstick: COPY and delete by hand, without numbers, rules or audit; processor of the database ${cpu(ours)} s and ${cpu(hands)} s`,
    };
  } finally {
    await world.close();
  }
}
