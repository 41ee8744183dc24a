import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stagingTables } from '../../../src/blackbox/stage.ts';
import { applySightings, foldSightings } from '../../../src/linkage/sightings.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let databases: TestDatabases;
let client: PoolClient;
beforeAll(async () => {
  databases = await testDatabases();
  client = await databases.pool('haven_blackbox').connect();
});
afterAll(async () => {
  client.release();
  await databases.close();
});

interface Said {
  readonly person: number;
  readonly sex: string | null;
  readonly birth: string | null;
  readonly practice: string | null;
  readonly day: number;
}

const scope = { setting: 'gp', flowNo: 7, deliveryNo: 3 } as const;
const said = fc.record<Said>({
  person: fc.integer({ min: 1, max: 4 }),
  sex: fc.constantFrom('1', '2', null),
  birth: fc.constantFrom('1950-02-01', '1961-07-01', null),
  practice: fc.constantFrom('F81001', 'F81002', null),
  day: fc.integer({ min: 1, max: 9 }),
});

/** What is said first about each person goes where it belongs at once; returns what is said after that. */
async function introduce(things: readonly Said[], timed: boolean): Promise<readonly Said[]> {
  const first = things.filter((thing, at) => things.findIndex(({ person }) => person === thing.person) === at);
  await client.query(
    `with word as (
       select * from json_to_recordset($1) as t (person bigint, sex text, birth date, practice text, at timestamp)
     ), spoken as (
       insert into linkage.sighting (flow_no, setting, delivery_no, person_id, number_status, sex, birth_month, practice, source_at)
       select $2, $3::environment.setting, $4, person, '01', sex, birth, practice, at from word
     )
     insert into introduced select person from word`,
    [
      JSON.stringify(first.map((thing) => ({ ...thing, at: timed ? `2026-11-0${thing.day}` : null }))),
      scope.flowNo,
      scope.setting,
      scope.deliveryNo,
    ],
  );
  return things.filter((thing) => !first.includes(thing));
}

/** What is known after one delivery said these things, folded at each of the places. */
async function folded(all: readonly Said[], timed: boolean, places: ReadonlySet<number>, introducing = false): Promise<unknown> {
  await client.query('begin');
  try {
    await client.query(stagingTables);
    const things = introducing ? await introduce(all, timed) : all;
    const cuts = [...places].filter((place) => place < things.length).sort((a, b) => a - b);
    for (const [part, end] of [...cuts, things.length].entries()) {
      const from = part === 0 ? 0 : (cuts[part - 1] ?? 0);
      const rows = things.slice(from, end).map((thing, at) => ({ ...thing, seq: from + at, at: timed ? `2026-11-0${thing.day}` : null }));
      await client.query(
        `insert into sight (seq, person_id, number_status, sex, birth_month, practice, source_at)
         select seq, person, '01', sex, birth, practice, at
           from json_to_recordset($1) as t (seq bigint, person bigint, sex text, birth date, practice text, at timestamp)`,
        [JSON.stringify(rows)],
      );
      if (end < things.length) await foldSightings(client, scope);
    }
    const counts = await applySightings(client, scope);
    const sightings = await client.query('select * from linkage.sighting order by person_id');
    const persons = await client.query('select * from environment.person order by person_id');
    return { counts, sightings: sightings.rows, persons: persons.rows };
  } finally {
    await client.query('rollback');
  }
}

it('comes to the same people whether sightings are folded at the end, while the file is read, or written at once for the new', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(said, { minLength: 1, maxLength: 12 }).map((things) => things.sort((a, b) => a.day - b.day)),
      fc.boolean(),
      fc.array(fc.nat(11), { maxLength: 3 }),
      fc.boolean(),
      async (things, timed, places, introducing) => {
        expect(await folded(things, timed, new Set(places), introducing)).toEqual(await folded(things, timed, new Set()));
      },
    ),
    { numRuns: 20 },
  );
});
