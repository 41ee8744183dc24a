import { join } from 'node:path';
import { deriveKey, readRootKey } from '../../src/blackbox/keys.ts';
import type { NhsNumber } from '../../src/blackbox/nhs-number.ts';
import { landingPseudonymiser } from '../../src/blackbox/pseudonymise.ts';
import { nthTestNumber, writeAdmittedPatients } from './admitted-patients.ts';
import { type BenchResult, median, openWorld, say, timed, type World } from './world.ts';

const broughtAtMost = 60_000;
const sizes = [100_000, 1_000_000, 2_000_000] as const;

/** People who are already there, as earlier deliveries would have left them: person, pseudonym, sighting and one event each. */
async function addPeople(world: World, from: number, to: number): Promise<void> {
  const pseudonymise = landingPseudonymiser(deriveKey(await readRootKey({ folder: world.app.config.keys }), 'landing', 1));
  const page = 100_000;
  for (let first = from; first < to; first += page) {
    const pseudonyms = Array.from({ length: Math.min(page, to - first) }, (_, i) => pseudonymise(nthTestNumber(first + i) as NhsNumber));
    await world.owner.query(
      `with fresh as materialized (select pseudonym, nextval('linkage.person_person_id_seq') as person_id from unnest($1::text[]) as t (pseudonym)),
       person as (insert into linkage.person (person_id) overriding system value select person_id from fresh),
       named as (insert into linkage.pseudonym (landing_pseudonym, epoch, person_id) select pseudonym, 1, person_id from fresh),
       sighted as (insert into linkage.sighting (person_id, flow_no, setting, number_status, sex, birth_month, delivery_no)
         select person_id, 0, 'gp', '01', '1', '1950-01-01', 0 from fresh),
       known as (insert into environment.person (person_id, sex, birth_month, linkage_grade, updated_by) select person_id, '1', '1950-01-01', 'verified', 0 from fresh)
       insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind)
       select person_id, '2020-01-01', gen_random_uuid(), 0, 0, 'hospital', 'admission' from fresh`,
      [`{${pseudonyms.join(',')}}`],
    );
  }
  await world.owner.query('analyze linkage.pseudonym, linkage.sighting, environment.person, environment.event');
}

/** Cost of a row while 100,000, 1,000,000 and 2,000,000 persons are already present; the yardstick is the smallest. */
export async function linkGrowth(rows = 100_000, runs = 3): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const costs: number[] = [];
    let present = 0;
    let spell = 0;
    for (const size of sizes) {
      await addPeople(world, present, size);
      // The deliveries below bring people of their own, numbered from here on; the next fill begins behind them.
      present = size + broughtAtMost;
      const seconds: number[] = [];
      for (let run = 0; run < runs; run++) {
        const path = join(world.folder, `apc-${size}-${run}.csv`);
        // Half of the people are known, half are new each time, as a county's next borough would be.
        await writeAdmittedPatients({ path, rows, people: 17_500, firstPerson: size - 8_750 + run * 20_000, firstSpell: spell });
        spell += rows;
        const { seconds: took, result } = await timed(() => world.deliver('sus-apc-southend', path));
        if (result.landed !== rows) throw new Error('not every row landed');
        seconds.push(took);
      }
      costs.push(median(seconds));
      say(`${size} persons present: ${median(seconds).toFixed(2)} s per ${rows} rows`);
      await world.owner.query(`delete from environment.event where flow_no <> 0`);
    }
    const [yardstick = Number.NaN] = costs;
    const value = Math.max(...costs);
    return {
      bench: 'link-growth',
      value,
      unit: `s per ${rows} rows at the slowest size`,
      yardstick,
      ratio: value / yardstick,
      runs,
      note: `at ${sizes.join(', ')} persons: ${costs.map((cost) => cost.toFixed(2)).join(', ')} s`,
    };
  } finally {
    await world.close();
  }
}
