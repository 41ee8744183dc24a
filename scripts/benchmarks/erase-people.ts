import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ImportReceipt } from '../../src/objections/import.ts';
import { writeAdmittedPatients } from './admitted-patients.ts';
import { writeObjectionList } from './apply-objections.ts';
import { type Measured, measured, saySeconds } from './backend-cpu.ts';
import { type BenchResult, median, openWorld, say, type World } from './world.ts';

/** Flows of the example place whose rows the people get, one for each setting. */
const flows = ['sus-apc-southend', 'gp-coded-records-f81001', 'csds-southend', 'mhsds-southend', 'asc-cld-southend'];

/** Everybody gets equally many events in every flow: made in the database, because it is not deliveries that are measured. */
async function fill({ owner }: World, events: number, people: number): Promise<void> {
  const each = Math.ceil(events / people / flows.length);
  for (const flow of flows) {
    const { rows } = await owner.query<{ no: number; setting: string }>(
      'select flow_no as no, setting::text as setting from register.flow where flow_id = $1',
      [flow],
    );
    if (rows[0] === undefined) throw new Error(`the example place has no flow ${flow}`);
    const { no, setting } = rows[0];
    await owner.query(
      `insert into linkage.sighting (person_id, flow_no, setting, number_status, sex, delivery_no)
       select person_id, $1::int, $2::environment.setting, '01', '1', 1 from environment.person on conflict do nothing`,
      [no, setting],
    );
    await owner.query(
      `insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind, codes)
       select p.person_id, timestamp '2024-01-01' + n * interval '9 hours', md5(p.person_id || '.' || n || '.' || $1)::uuid, $1::int, 1,
         $2::environment.setting, 'encounter', '{snomed:84114007}'::text[]
       from generate_series(1, $3::int) n cross join environment.person p`,
      [no, setting, each],
    );
    say(`  ${setting} filled`);
  }
  await owner.query('vacuum analyze environment.event, linkage.sighting, linkage.pseudonym, environment.person');
}

/** What somebody at a database prompt would do who has the keys of the people already. Undone at the end. */
async function deleteByHand({ owner }: World, people: number): Promise<Measured<void>> {
  const client = await owner.connect();
  try {
    return await measured(owner, async () => {
      await client.query('begin');
      await client.query(
        `create temporary table gone on commit drop as select person_id from environment.person order by person_id limit ${people}`,
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

/** A thousand people object to the programme: nothing of them may be left among five million events. */
export async function erasePeople(people = 1_000, held = 50_000, events = 5_000_000, runs = 3): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const episodes = join(world.folder, 'apc.csv');
    await writeAdmittedPatients({ path: episodes, rows: 4 * held, people: held });
    await world.deliver('sus-apc-southend', episodes);
    await fill(world, events, held);
    const box = await world.app.blackBox();
    const ours: Measured<ImportReceipt>[] = [];
    const hands: Measured<void>[] = [];
    for (let run = 0; run < runs; run++) {
      hands.push(await deleteByHand(world, people));
      const list = join(world.folder, `list-${run}.csv`);
      // Other people each time: those of the run before are gone.
      await writeObjectionList(list, people, run * people);
      const applied = await measured(
        world.owner,
        () => box.call('/objections', { kind: 'programme', actor: 'benchmark' }, createReadStream(list)) as Promise<ImportReceipt>,
      );
      // The file holds people at random, so a few of the list are unknown.
      if (applied.result.removed.persons < 0.95 * people) throw new Error('not everybody was erased');
      ours.push(applied);
      say(
        `run ${run + 1}: by hand ${saySeconds(hands[run] as Measured<void>)}, ours ${saySeconds(applied)}, ${applied.result.removed.events} events`,
      );
    }
    const value = median(ours.map(({ seconds }) => seconds));
    const yardstick = median(hands.map(({ seconds }) => seconds));
    const cpu = (all: readonly Measured<unknown>[]): string => median(all.map((one) => one.cpu ?? Number.NaN)).toFixed(2);
    return {
      bench: 'erase-people',
      value,
      unit: `s for ${people} people out of ${events} events of ${held} people, from the list by number to the audit leaf`,
      yardstick,
      ratio: value / yardstick,
      runs,
      note: `yardstick: delete by known keys by hand; processor of the database ${cpu(ours)} s and ${cpu(hands)} s`,
    };
  } finally {
    await world.close();
  }
}
