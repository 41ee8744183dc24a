import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPayloadSealer, type PayloadSealer } from '../../../src/audit/sealed.ts';
import type { BlackBox } from '../../../src/blackbox/box.ts';
import { issueRecipientPseudonyms } from '../../../src/blackbox/issue-recipients.ts';
import { transaction } from '../../../src/database/query.ts';
import { readJourney } from '../../../src/environment/journey.ts';
import type { LicensedProject } from '../../../src/environment/project.ts';
import { refreshSummaries } from '../../../src/environment/summary.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { importObjections } from '../../../src/objections/import.ts';
import { holdWhileLanding } from '../../../src/objections/lock.ts';
import { runRisk } from '../../../src/risk/run.ts';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { type Stepped, startStepped } from '../../support/stepped.ts';
import { admission, flowOf, flowSettings, populate, pseudonymFor, scopeOn } from '../risk/population.ts';

const config = join(packageRoot(), 'config');
const table = await loadDecisionTable(join(config, 'objections'));
const risk = await loadRiskTables(join(config, 'risk'));
const today = '2026-11-21' as LocalDate;
const clock = { now: () => new Date(`${today}T12:00:00Z`) };
const flows = flowSettings.map((setting) => ({
  ...{ flowNo: flowOf(setting), setting, purposes: ['risk-stratification-commissioning'], basis: 'section-251', form: 'identifiable' },
})) as unknown as Parameters<typeof importObjections>[2]['flows'];
const scope = scopeOn(
  today,
  flowSettings.map((setting) => ({ flowNo: flowOf(setting), setting, objection: 'programme' as const })),
);
const project: LicensedProject = { projectId: 'frailty', organisation: '99E', leftOut: [], scope };
/** Persons 1 and 2 object; 3 never does, and must be found all the time. */
const objectors = [1, 2];
const recipient = (person: number): string => pseudonymFor(`recipient ${person}`);

let databases: TestDatabases;
let admin: Pool;
let gateway: Pool;
let keys: string;
let sealer: PayloadSealer;
let clients: PoolClient[];
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'haven-race-'));
  sealer = createPayloadSealer(keys);
  databases = await testDatabases();
  admin = databases.administrator('haven');
  gateway = databases.pool('haven_gateway');
  const old = { birthMonth: '1940-01-01', events: [admission('2026-05-01T10:00', ['F00']), admission('2026-06-01T10:00', ['I21'])] };
  await populate(admin, [old, old, old]);
  // What the base state is put back from, in one round trip.
  await admin.query(`create schema base;
    create table base.sighting as select * from linkage.sighting;
    create table base.person as select * from environment.person;
    create table base.event as select * from environment.event;
    grant usage on schema base to public;`);
  const blackbox = databases.pool('haven_blackbox');
  clients = [
    await blackbox.connect(),
    await blackbox.connect(),
    await blackbox.connect(),
    await gateway.connect(),
    await gateway.connect(),
  ];
});
afterAll(async () => {
  for (const client of clients) client.release();
  await databases.close();
  await rm(keys, { recursive: true });
});

/** Everybody is back, known to the project, and nobody objects. */
const reset = () =>
  admin.query(`delete from risk.score; delete from risk.run; delete from environment.recipient_pseudonym; delete from environment.person_summary;
    delete from objections.waiting; delete from objections.objection; delete from linkage.sighting; delete from environment.event; delete from environment.person;
    insert into linkage.sighting select * from base.sighting; insert into environment.person select * from base.person; insert into environment.event select * from base.event;
    insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id) values
      ${[1, 2, 3].map((n) => `('frailty', 1, '${recipient(n)}', ${n})`).join(', ')}`);

/** A delivery as the black box makes it: it asks who objects, and lands what it may. */
const deliver = async (pool: Pool): Promise<void> => {
  await transaction(pool, async (tx) => {
    await holdWhileLanding(tx);
    const asked = objectors.map((n) => pseudonymFor(`person ${n}`));
    const { rows } = await tx.query<{ who: string }>('select landing_pseudonym as who from objections.in_force($1, $2)', [asked, today]);
    const landing = objectors.filter((_, at) => !rows.some(({ who }) => who === asked[at]));
    await tx.query(
      `insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind)
       select n, '2026-10-01', gen_random_uuid(), ${flowOf('gp')}, 2, 'gp', 'encounter' from unnest($1::bigint[]) n`,
      [landing],
    );
  });
};

const box = () => ({ rootKey: randomBytes(32), environment: undefined as unknown as Pool });
const writers = {
  delivery: { role: 'blackbox', work: deliver },
  issue: {
    role: 'blackbox',
    work: async (pool: Pool) => {
      const issuing = { ...box(), environment: pool } as unknown as BlackBox;
      await issueRecipientPseudonyms(issuing, { project: 'other', epoch: 1, actor: 'test', covers: [] });
    },
  },
  summaries: {
    role: 'gateway',
    work: async (pool: Pool) => {
      await transaction(pool, (tx) => refreshSummaries(tx, { asOf: today, personIds: 'all', rules: risk.summary }));
    },
  },
  scores: {
    role: 'gateway',
    work: async (pool: Pool) => {
      await transaction(pool, (tx) => runRisk(tx, { model: 'hfrs', indexDate: today, scope, actor: 'test' }, risk, clock));
    },
  },
} as const;
type Writer = keyof typeof writers;

/** Reads as they are made, from begin to commit; each gives whether an objector was in the answer, and whether the third was. */
const reads = {
  journey: async (place: number) => {
    const person = objectors[place % objectors.length] as number;
    const asked = { project, recipientPseudonym: recipient(person), actor: 'test' };
    return (await transaction(gateway, (tx) => readJourney(tx, asked, { sealer, clock }))) !== undefined;
  },
  summary: async () => (await found('environment.person_summary')) > 0,
  score: async () => (await found('risk.score')) > 0,
  list: async () => (await found('environment.recipient_pseudonym')) > 0,
} as const;
type Read = keyof typeof reads;
const readNames = Object.keys(reads) as Read[];
const found = async (from: string): Promise<number> =>
  Number((await admin.query<{ n: string }>(`select count(*) as n from ${from} where person_id = any ($1)`, [objectors])).rows[0]?.n);

async function* list() {
  for (const n of objectors)
    yield { landingPseudonym: pseudonymFor(`person ${n}`), kind: 'programme', setOn: '2026-11-01', withdrawnOn: '', source: 'letter' };
}

const wanted = 5_000;
const counted = { schedules: 0, interleavings: 0, afterAcceptance: 0, foundBefore: 0 };

interface Model {
  recorded: boolean;
  accepted: boolean;
}

function startAll(model: Model, kinds: readonly [Writer, Writer]): readonly Stepped[] {
  const importer = startStepped('import', clients[0] as PoolClient, async (pool) => {
    await importObjections(pool, list(), { table, flows, actor: 'test', clock });
    model.accepted = true;
  });
  const others = kinds.map((kind, at) => {
    const { role, work } = writers[kind];
    return startStepped(kind, clients[(role === 'blackbox' ? 1 : 3) + at] as PoolClient, work);
  });
  return [importer, ...others];
}

/** Takes one schedule to its end; a number is whose turn it is: 0 to 3 a statement of the import, 4 and 5 of the writers, 6 to 9 a read. */
async function play(kinds: readonly [Writer, Writer], schedule: readonly number[]): Promise<void> {
  await reset();
  const model: Model = { recorded: false, accepted: false };
  const actors = startAll(model, kinds);
  counted.schedules += 1;
  for (let at = 0; actors.some(({ finished }) => !finished) || at < schedule.length; at++) {
    const turn = schedule[at % schedule.length] as number;
    // Nobody starves: everybody has a turn every so often, whatever the schedule says.
    const actor = at % 11 === 10 ? actors[((at / 11) % 3) | 0] : turn < 6 ? actors[Math.max(0, turn - 3)] : undefined;
    if (actor !== undefined) {
      const commits = actor.name === 'import' && actor.next === 'commit';
      await actor.step();
      model.recorded ||= commits;
      continue;
    }
    const read = readNames[turn - 6] as Read;
    // Journeys ask on every read, so an objection counts for them from its own commit, before anything is removed.
    const mustBeGone = read === 'journey' ? model.recorded : model.accepted;
    const isFound = await reads[read](at);
    counted.interleavings += 1;
    if (mustBeGone) counted.afterAcceptance += 1;
    else if (isFound) counted.foundBefore += 1;
    if (mustBeGone && isFound) throw new Error(`${read} at ${at} returned somebody whose objection was accepted`);
  }
  await Promise.all(actors.map(({ done }) => done));
  for (const read of readNames) if (await reads[read](0)) throw new Error(`${read} returns somebody who objected, at the end`);
  expect((await admin.query('select 1 from environment.event where person_id = 3')).rowCount).toBe(2);
  expect((await admin.query('select 1 from environment.event where person_id = any ($1)', [objectors])).rowCount).toBe(0);
}

it('no read that began after an objection was accepted returns the person, in 5,000 interleavings', async () => {
  const kind = fc.constantFrom(...(Object.keys(writers) as Writer[]));
  const schedule = fc.array(fc.nat({ max: 9 }), { minLength: 130, maxLength: 130 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(kind, kind), schedule, async (kinds, turns) => {
      // One schedule holds many: enough is enough.
      if (counted.interleavings < wanted) await play(kinds, turns);
    }),
    { numRuns: 200, endOnFailure: true },
  );
  process.stdout.write(
    `${counted.interleavings} interleavings of a read in ${counted.schedules} schedules, ${counted.afterAcceptance} after acceptance\n`,
  );
  expect(counted.interleavings).toBeGreaterThanOrEqual(wanted);
  // Neither side is empty: reads did find the person before, and were made afterwards.
  expect(counted.foundBefore).toBeGreaterThan(200);
  expect(counted.afterAcceptance).toBeGreaterThan(500);
}, 600_000);
