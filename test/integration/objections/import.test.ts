import { join } from 'node:path';
import { Command } from 'commander';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { applyObjections, reconsiderObjections } from '../../../src/objections/apply.ts';
import type { ArrivingObjection, UnusableRow } from '../../../src/objections/arriving.ts';
import { addObjectionCommands } from '../../../src/objections/command.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { type ImportReceipt, importObjections } from '../../../src/objections/import.ts';
import { holdWhileLanding } from '../../../src/objections/lock.ts';
import type { CoveredFlow } from '../../../src/objections/remove.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

const table = await loadDecisionTable(join(packageRoot(), 'config', 'objections'));
const clock = { now: () => new Date('2026-11-21T12:00:00Z') };
const s251 = { purposes: ['commissioning'], basis: 'section-251', form: 'identifiable' } as const;
const flows: CoveredFlow[] = [
  { flowNo: 1, setting: 'gp', ...s251 },
  { flowNo: 2, setting: 'hospital', ...s251 },
  { flowNo: 3, setting: 'social-care', ...s251 },
  { flowNo: 4, setting: 'gp', purposes: ['direct-care'], basis: 'direct-care', form: 'identifiable' },
];
/** Flow 9 landed hospital rows once; the register no longer knows it. */
const settingOf = ['gp', 'hospital', 'social-care', 'gp', '', '', '', '', 'hospital'];
const someone = (n: number): string => String(n).padStart(32, '0');

let databases: TestDatabases;
let blackbox: Pool;
let admin: Pool;

beforeAll(async () => {
  databases = await testDatabases();
  blackbox = databases.pool('haven_blackbox');
  admin = databases.administrator('haven');
});
afterAll(async () => databases.close());

beforeEach(async () => {
  await admin.query(
    `truncate environment.event, environment.person, environment.person_summary, linkage.sighting, linkage.pseudonym, linkage.person,
       objections.objection, objections.waiting, objections.import restart identity cascade`,
  );
  await admin.query(`insert into linkage.person (person_id) overriding system value select n from generate_series(1, 5) n`);
  await admin.query(`insert into linkage.pseudonym select lpad(n::text, 32, '0'), 1, n from generate_series(1, 5) n`);
  for (const flowNo of [1, 2, 3, 4, 9]) {
    const setting = settingOf[flowNo - 1];
    await admin.query(
      `insert into linkage.sighting (person_id, flow_no, setting, number_status, sex, delivery_no)
       select n, $1, $2, '01', '1', 1 from generate_series(1, 5) n`,
      [flowNo, setting],
    );
    await admin.query(
      `insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind)
       select n, '2026-01-01', gen_random_uuid(), $1, 1, $2, 'encounter' from generate_series(1, 5) n, generate_series(1, 2)`,
      [flowNo, setting],
    );
  }
});

async function* send(...rows: (ArrivingObjection | UnusableRow)[]) {
  yield* rows;
}
const objection = (n: number, kind: string, more: Partial<ArrivingObjection> = {}): ArrivingObjection => ({
  landingPseudonym: someone(n),
  kind,
  setOn: '2026-10-01',
  withdrawnOn: '',
  source: 'spine',
  ...more,
});
const receive = (...rows: (ArrivingObjection | UnusableRow)[]): Promise<ImportReceipt> =>
  importObjections(blackbox, send(...rows), { table, flows, actor: 'test', clock });
const flowsOf = async (person: number): Promise<number[]> =>
  (
    await admin.query<{ flow_no: number }>('select distinct flow_no from environment.event where person_id = $1 order by 1', [person])
  ).rows.map(({ flow_no }) => flow_no);
const inForce = async (person: number, at = '2026-11-21', origin: string | null = null): Promise<string[]> =>
  (await blackbox.query('select kinds from objections.in_force($1, $2, $3::environment.setting)', [[someone(person)], at, origin])).rows[0]
    ?.kinds ?? [];

describe('an import', () => {
  it('removes what each objection covers, leaves the rest, and says what it did', async () => {
    const receipt = await receive(objection(1, 'ndop'), objection(2, 'type-1'), objection(3, 'social-care-consent-withdrawn'), {
      quarantine: 'NHS_NUMBER_CHECK_DIGIT',
    });
    expect(receipt).toMatchObject({ received: 4, recorded: 3, unchanged: 0, quarantined: { NHS_NUMBER_CHECK_DIGIT: 1 } });
    expect(receipt.problems).toEqual([{ row: 4, rule: 'NHS_NUMBER_CHECK_DIGIT' }]);
    expect(await flowsOf(1)).toEqual([4]);
    expect(await flowsOf(2)).toEqual([2, 3, 4, 9]);
    expect(await flowsOf(3)).toEqual([1, 2, 4, 9]);
    expect(await flowsOf(4)).toEqual([1, 2, 3, 4, 9]);
    expect(receipt.removed).toEqual({ persons: 3, events: 12, sightings: 6, derived: 0, notices: 0 });
    const { rows } = await databases.pool('haven_gateway').query('select * from objections.import');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ state: 'applied', removed_events: 12 });
    const leaves = await admin.query(`select convert_from(leaf, 'UTF8')::json as said from audit.entry order by entry_id desc limit 2`);
    expect(leaves.rows.map(({ said }) => said.type)).toEqual(['objection.applied', 'objection.imported']);
    expect(JSON.stringify(leaves.rows)).not.toContain(someone(1));
  });

  it('takes the person out of the environment when nothing is left, and the scores made from removed rows', async () => {
    await admin.query(
      `insert into environment.person_summary select n, '2026-11-01', 50, '50-54', '1', 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, '{}', 0, 0, null, '{}', 1 from generate_series(1, 5) n`,
    );
    await receive(objection(1, 'programme'), objection(2, 'type-1'));
    expect((await admin.query('select person_id::int from environment.person where person_id in (1, 2)')).rows).toEqual([{ person_id: 2 }]);
    expect((await admin.query('select person_id::int from environment.person_summary order by 1')).rows.map((r) => r.person_id)).toEqual([
      3, 4, 5,
    ]);
    expect(await flowsOf(1)).toEqual([]);
  });

  it('changes nothing when it is sent again, with or without dates', async () => {
    await receive(objection(1, 'ndop'), objection(2, 'ndop', { setOn: '' }));
    const again = await receive(
      objection(1, 'ndop'),
      objection(2, 'ndop', { setOn: '' }),
      objection(1, 'ndop', { setOn: '' }),
      objection(1, 'ndop'),
    );
    expect(again).toMatchObject({ received: 4, recorded: 0, unchanged: 4, removed: { events: 0, persons: 0 } });
  });

  it('keeps an objection of somebody not yet known, for when their data arrive', async () => {
    expect((await receive(objection(77, 'ndop'))).recorded).toBe(1);
    expect(await inForce(77)).toEqual(['ndop']);
  });

  it('counts type 2 and never acts on it', async () => {
    expect(await receive(objection(1, 'type-2'))).toMatchObject({ received: 1, recorded: 0, quarantined: { TYPE2_NOT_PROCESSED: 1 } });
    expect(await flowsOf(1)).toEqual([1, 2, 3, 4, 9]);
  });

  it('records all or nothing', async () => {
    async function* breaking() {
      yield objection(1, 'ndop');
      throw new Error('the list broke off');
    }
    await expect(importObjections(blackbox, breaking(), { table, flows, actor: 'test', clock })).rejects.toThrow('broke off');
    expect(await inForce(1)).toEqual([]);
  });

  it('removes only what local sharing is about', async () => {
    await receive(objection(1, 'local-sharing', { about: 'gp' }));
    expect(await flowsOf(1)).toEqual([2, 3, 9]);
    expect(await inForce(1, '2026-11-21', 'hospital')).toEqual([]);
    expect(await inForce(1, '2026-11-21', 'gp')).toEqual(['local-sharing']);
  });

  it('waits for deliveries under way, and removes what they landed unaware', async () => {
    const delivery = await blackbox.connect();
    await delivery.query('begin');
    await holdWhileLanding(delivery);
    const importing = receive(objection(1, 'programme'));
    // Recorded and seen by everybody while the removal waits.
    await expect.poll(() => inForce(1)).toEqual(['programme']);
    await delivery.query(
      `insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind)
       values (1, '2026-01-01', gen_random_uuid(), 2, 2, 'hospital', 'encounter')`,
    );
    await delivery.query('commit');
    delivery.release();
    expect((await importing).removed.events).toBe(11);
    expect(await flowsOf(1)).toEqual([]);
  });

  it('is taken up again by the next one when it was interrupted before the removal', async () => {
    await admin.query(
      `insert into objections.objection (landing_pseudonym, kind, set_on, source) values ($1, 'ndop', '2026-10-01', 'spine')`,
      [someone(5)],
    );
    expect((await receive()).removed.persons).toBe(1);
    expect(await flowsOf(5)).toEqual([4]);
  });

  it('applies an objection dated ahead on its day, not before', async () => {
    expect((await receive(objection(1, 'ndop', { setOn: '2026-12-01' }))).removed.events).toBe(0);
    const later = { now: () => new Date('2026-12-01T12:00:00Z') };
    const removed = await transaction(blackbox, (tx) => applyObjections(tx, { table, flows, actor: 'test', clock: later }));
    expect(removed.persons).toBe(1);
  });

  it('applies what is due of a list, and leaves what is dated ahead of the same list for its day', async () => {
    await receive(objection(1, 'ndop'), objection(2, 'ndop', { setOn: '2026-12-01' }), objection(3, 'ndop'));
    expect([await flowsOf(1), await flowsOf(2), await flowsOf(3)]).toEqual([[4], [1, 2, 3, 4, 9], [4]]);
    expect((await admin.query('select first_no = last_no as single, first_day::text as day from objections.waiting')).rows).toEqual([
      { single: true, day: '2026-12-01' },
    ]);
    expect((await receive(objection(4, 'ndop'))).removed.persons).toBe(1);
    const later = { now: () => new Date('2026-12-01T12:00:00Z') };
    const removed = await transaction(blackbox, (tx) => applyObjections(tx, { table, flows, actor: 'test', clock: later }));
    expect(removed.persons).toBe(1);
    expect(await flowsOf(2)).toEqual([4]);
    expect((await admin.query('select from objections.waiting')).rowCount).toBe(0);
  });

  it('takes the events of somebody whose flow said nothing of the person', async () => {
    await admin.query('delete from linkage.sighting where person_id in (1, 2) and flow_no = 2');
    await admin.query('delete from linkage.sighting where person_id = 2');
    expect((await receive(objection(1, 'ndop'), objection(2, 'ndop'))).removed).toMatchObject({ persons: 2, events: 16, sightings: 3 });
    expect([await flowsOf(1), await flowsOf(2)]).toEqual([[4], [4]]);
  });

  it('waits for whoever says the same at this moment, and does not record it twice', async () => {
    const other = await admin.connect();
    await other.query('begin');
    await other.query(
      `insert into objections.objection (landing_pseudonym, kind, set_on, source) values ($1, 'ndop', '2026-10-01', 'spine')`,
      [someone(1)],
    );
    const importing = receive(objection(1, 'ndop'), objection(2, 'ndop'));
    await expect
      .poll(async () => (await admin.query(`select from pg_locks where not granted and locktype = 'transactionid'`)).rowCount)
      .toBeGreaterThan(0);
    await other.query('commit');
    other.release();
    const receipt = await importing;
    expect(receipt).toMatchObject({ received: 2, recorded: 1, unchanged: 1 });
    expect(receipt.removed.persons).toBe(2);
  });
});

describe('in force', () => {
  it('from the day it is set until the day it is withdrawn', async () => {
    await receive(objection(1, 'programme', { setOn: '2026-02-01', withdrawnOn: '2026-03-01' }));
    expect(await inForce(1, '2026-01-31')).toEqual([]);
    expect(await inForce(1, '2026-02-01')).toEqual(['programme']);
    expect(await inForce(1, '2026-03-01')).toEqual([]);
  });

  it('the later of set and withdrawn wins for type 1 and the national opt-out, whoever said it', async () => {
    await receive(
      objection(1, 'type-1', { setOn: '2026-01-01', source: 'gp-a' }),
      objection(1, 'type-1', { setOn: '', withdrawnOn: '2026-05-01', source: 'gp-b' }),
    );
    expect(await inForce(1, '2026-04-30')).toEqual(['type-1']);
    expect(await inForce(1)).toEqual([]);
    await receive(objection(1, 'type-1', { setOn: '2026-06-01', source: 'gp-b' }));
    expect(await inForce(1)).toEqual(['type-1']);
  });

  it('another objection stands until its own source withdraws it', async () => {
    await receive(
      objection(1, 'programme', { setOn: '2026-01-01', source: 'letter' }),
      objection(1, 'programme', { setOn: '', withdrawnOn: '2026-05-01', source: 'practice' }),
    );
    expect(await inForce(1)).toEqual(['programme']);
  });

  it('whatever order the lists arrive in', async () => {
    await receive(objection(1, 'ndop', { setOn: '2026-01-01', withdrawnOn: '2026-05-01' }));
    expect((await receive(objection(1, 'ndop', { setOn: '2026-01-01' }))).unchanged).toBe(1);
    expect(await inForce(1)).toEqual([]);
  });

  it('under every number a person ever had, and about all their data once two persons became one', async () => {
    await receive(objection(77, 'ndop'));
    await admin.query(`insert into linkage.pseudonym values ($1, 1, 4)`, [someone(77)]);
    expect(await inForce(4)).toEqual(['ndop']);
    expect((await admin.query(`select person_id::int from objections.persons_objecting('{ndop}', '2026-11-21')`)).rows).toEqual([
      { person_id: 4 },
    ]);
    await transaction(blackbox, (tx) => reconsiderObjections(tx, ['4']));
    expect((await receive()).removed.events).toBe(8);
    expect(await flowsOf(4)).toEqual([4]);
  });
});

describe('rights', () => {
  it('the gateway counts, and sees no row; nobody deletes', async () => {
    const gateway = databases.pool('haven_gateway');
    await expect(gateway.query('select * from objections.objection')).rejects.toThrow('permission denied');
    await expect(gateway.query(`select * from objections.in_force('{}', '2026-01-01')`)).rejects.toThrow('permission denied');
    await expect(blackbox.query('delete from objections.objection')).rejects.toThrow('permission denied');
    await expect(databases.pool('haven_analyst').query('select objections.counts(current_date, current_date)')).rejects.toThrow(
      'permission denied',
    );
  });
});

describe('haven objections', () => {
  it('reports every kind with small numbers protected, and lists imports with counts', async () => {
    const many = Array.from({ length: 13 }, (_, n) => objection(100 + n, 'programme'));
    const printed: (string | object)[] = [];
    const run = async (...args: string[]) => {
      const program = new Command().exitOverride();
      const out = { json: true, print: (value: string | object) => printed.push(value), progress: () => {} };
      const app = { gateway: databases.pool('haven_gateway'), clock };
      addObjectionCommands(
        program,
        async () => app,
        out,
        async (_app, _file, { kind }) => receive(...many, objection(1, kind ?? 'type-1')),
      );
      await program.parseAsync(['objections', ...args], { from: 'user' });
    };
    await run('import', 'list.csv', '--kind', 'ndop');
    await run('report', '--period', '2026');
    expect(printed.at(-1)).toMatchObject({ period: { from: '2026-01-01', to: '2026-12-31' } });
    const { counts } = printed.at(-1) as { counts: { kind: string }[] };
    expect(counts.find(({ kind }) => kind === 'programme')).toMatchObject({ kind: 'programme', inForce: '15', set: '15', withdrawn: '0' });
    expect(counts.find(({ kind }) => kind === 'ndop')).toMatchObject({ kind: 'ndop', inForce: '*', set: '*', withdrawn: '0' });
    expect(counts.find(({ kind }) => kind === 'type-1')).toMatchObject({ kind: 'type-1', inForce: '0', set: '0', withdrawn: '0' });
    await run('list');
    expect(printed.at(-1)).toMatchObject({ imports: [{ received: 14, recorded: 14, state: 'applied' }] });
    await expect(run('import', 'list.csv', '--kind', 'type-2')).rejects.toThrow('one of');
  });
});
