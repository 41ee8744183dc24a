import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import type { ArrivingObjection } from '../../../src/objections/arriving.ts';
import { measureCompleteness } from '../../../src/objections/counts.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { importObjections } from '../../../src/objections/import.ts';
import { acknowledgeNotice, listNotices, readNotice } from '../../../src/objections/notices.ts';
import { type CoveredFlow, derivedTables } from '../../../src/objections/remove.ts';
import { findUnthoughtOf, objectionTables } from '../../../src/objections/tables.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { flowOf, flowSettings, populate, pseudonymFor } from '../risk/population.ts';

const table = await loadDecisionTable(join(packageRoot(), 'config', 'objections'));
const clock = { now: () => new Date('2026-11-21T12:00:00Z') };
const purposes = ['risk-stratification-commissioning', 'commissioning'] as const;
const flows: CoveredFlow[] = flowSettings.map((setting) => ({
  ...{ flowNo: flowOf(setting), setting, purposes, basis: 'section-251', form: 'identifiable' },
}));
const settings = ['gp', 'hospital', 'social-care'] as const;
const people = 20;
const runs = { gp: '00000000-0000-4000-8000-000000000001', hospital: '00000000-0000-4000-8000-000000000002' } as const;

let databases: TestDatabases;
let admin: Pool;
let gateway: Pool;
beforeAll(async () => {
  databases = await testDatabases();
  admin = databases.administrator('haven');
  gateway = databases.pool('haven_gateway');
});
afterAll(async () => databases.close());
beforeEach(async () => {
  const events = settings.map((setting) => ({ setting, kind: 'encounter', at: '2026-01-01' }));
  await populate(admin, [{ deathMonth: '2025-12-01', events }, ...Array.from({ length: people - 1 }, () => ({ events }))]);
  await admin.query('truncate objections.import, objections.waiting, objections.notice, objections.application cascade');
  await admin.query(
    `insert into linkage.sighting (person_id, flow_no, setting, number_status, delivery_no)
     select n, f, s, '01', 1 from generate_series(1, ${people}) n, (values (2, 'hospital'::environment.setting), (3, 'social-care')) as flow (f, s) on conflict do nothing`,
  );
  await admin.query(
    `insert into environment.person_summary select n, '2026-11-01', 50, '50-54', '1', 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0, '{}', 0, 0, null, '{}', 1 from generate_series(1, ${people}) n`,
  );
  for (const [setting, run] of Object.entries(runs))
    await admin.query(
      `with run as (insert into risk.run values ($1, 'hfrs', '1', 'risk-stratification-commissioning', '2026-10-01', 'southend-on-sea', 'two years',
         'everybody', '{}', $2::int[], now(), now(), ${people}, 0, sha256('')) returning run_id)
       insert into risk.score select run_id, n, 57, 'intermediate', 'medium', n, '{I21}' from run, generate_series(1, ${people}) n`,
      [run, [flowOf(setting as 'gp' | 'hospital')]],
    );
  await admin.query(
    `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id)
     select 'frailty', 1, p, n from unnest($1::text[]) with ordinality as t (p, n)`,
    [Array.from({ length: people }, (_, at) => recipient(at + 1))],
  );
});
const recipient = (person: number): string => pseudonymFor(`recipient ${person}`);

const object = (person: number, kind: string, more: Partial<ArrivingObjection> = {}) => {
  async function* list() {
    yield { landingPseudonym: pseudonymFor(`person ${person}`), kind, setOn: '2026-10-01', withdrawnOn: '', source: 'letter', ...more };
  }
  return importObjections(databases.pool('haven_blackbox'), list(), { table, flows, actor: 'test', clock });
};
/** What is left of a person: the settings of their rows, and the derived tables they are in. */
async function left(person: number): Promise<string[]> {
  const { rows } = await admin.query<{ what: string }>(
    `select setting::text as what from environment.event where person_id = $1
     union select 'said by ' || setting from linkage.sighting where person_id = $1
     union select 'summary' from environment.person_summary where person_id = $1
     union select 'score of ' || flows[1] from risk.score join risk.run using (run_id) where person_id = $1
     union select 'listed' from environment.recipient_pseudonym where person_id = $1
     union select 'person' from environment.person where person_id = $1`,
    [person],
  );
  return rows.map(({ what }) => what).sort();
}
const everything = [
  ...['gp', 'hospital', 'listed', 'person', 'said by gp', 'said by hospital', 'said by social-care'],
  ...['score of 1', 'score of 2', 'social-care', 'summary'],
];

describe('RULE-OPT-3: what goes from the linked record', () => {
  it('a national opt-out takes every row of the person, from every feed, and everything made of them', async () => {
    expect(await left(2)).toEqual(everything);
    const { removed } = await object(2, 'ndop');
    expect(await left(2)).toEqual([]);
    expect(await left(3)).toEqual(everything);
    expect(removed).toEqual({ persons: 1, events: 3, sightings: 3, derived: 4, notices: 1 });
  });

  it('a type 1 objection takes the GP rows, and every summary and score those rows may be in', async () => {
    await object(2, 'type-1');
    expect(await left(2)).toEqual(['hospital', 'listed', 'person', 'said by hospital', 'said by social-care', 'social-care']);
    expect(await left(3)).toEqual(everything);
  });

  it('an objection to risk stratification takes the scores and no row', async () => {
    await object(2, 'risk-stratification');
    expect(await left(2)).toEqual(everything.filter((what) => !what.startsWith('score')));
  });

  it('a refusal to share what social care knows takes the social care rows', async () => {
    await object(2, 'social-care-consent-withheld');
    expect((await left(2)).filter((what) => !what.startsWith('said'))).toEqual(['gp', 'hospital', 'listed', 'person']);
  });
});

describe('RULE-OPT-4: a list tells nothing about whom it does not cover', () => {
  const ask = async (asked: number, state = 'applied') => {
    await admin.query('truncate ndop.exchange cascade');
    await admin.query(
      `with e as (insert into ndop.exchange (exchange_id, purpose, approval, decided_by, decided_at)
         values (gen_random_uuid(), 'commissioning', 'CAG 7-04(a)/2013', 'lead', now()) returning exchange_id)
       insert into ndop.request (exchange_id, part, local_id, mailbox, line_ending, path, state, asked, returned, opted_out, sha256, response_sha256,
         prepared_at, answered_at, applied_at)
       select exchange_id, 1, 'X26-21112026-0001', 'X26', 'LF', 'x', $2, $1, $1, 0, repeat('a', 64), repeat('b', 64), now(), now(),
         case when $2 = 'applied' then now() end from e`,
      [asked, state],
    );
  };

  it('counts the people without a GP record, and those the nation was not asked about, and assumes nothing', async () => {
    await admin.query(`truncate ndop.exchange cascade`);
    expect(await measureCompleteness(gateway, undefined)).toMatchObject({ people: '20', withoutGpRecord: '0', notCheckedNationally: '20' });
    await admin.query(`delete from linkage.sighting where setting = 'gp' and person_id > 8`);
    await ask(10);
    expect(await measureCompleteness(gateway, undefined)).toMatchObject({
      people: '20',
      withoutGpRecord: '10',
      notCheckedNationally: '10',
    });
    await ask(20, 'answered');
    expect(await measureCompleteness(gateway, undefined)).toMatchObject({ notCheckedNationally: '20' });
  });

  it('counts in a place those whom one of its flows spoke of, and hides a small number', async () => {
    await admin.query(
      `delete from linkage.sighting where setting = 'hospital' and person_id > 12; delete from linkage.sighting where setting = 'gp' and person_id in (1, 2)`,
    );
    await ask(20);
    expect(await measureCompleteness(gateway, [flowOf('hospital')])).toMatchObject({
      people: '10',
      withoutGpRecord: '*',
      notCheckedNationally: '0',
    });
    expect(await measureCompleteness(gateway, [99])).toMatchObject({ people: '0', withoutGpRecord: '0', notCheckedNationally: '0' });
  });

  it('says when each list was last applied', async () => {
    await object(2, 'ndop');
    expect((await measureCompleteness(gateway, undefined)).lists).toContainEqual({ kind: 'several kinds', lastApplied: '2026-11-21' });
  });
});

describe('RULE-OPT-5: death changes nothing', () => {
  it.each([
    ['before', '2025-06-01'],
    ['after', '2026-06-01'],
  ])('an objection set %s the death is applied, and stands for ever', async (_, setOn) => {
    await object(1, 'ndop', { setOn });
    expect(await left(1)).toEqual([]);
    const { rows } = await gateway.query(`select kind from objections.of_person(1, '2056-01-01')`);
    expect(rows).toEqual([{ kind: 'ndop' }]);
  });
});

describe('RULE-OPT-6: evidence of what was done', () => {
  it('keeps by which table, whose act and when, with counts, and no person', async () => {
    const { importId, removed } = await object(2, 'ndop');
    const { rows } = await gateway.query('select * from objections.application');
    expect(rows).toEqual([
      expect.objectContaining({
        import_id: importId,
        actor: 'test',
        decision_table: table.version,
        applied_at: clock.now(),
        persons: 1,
        events: removed.events,
      }),
    ]);
    expect(rows[0].derived).toEqual({
      'risk.score': 2,
      'environment.person_summary': 1,
      'environment.person_measure': 0,
      'environment.recipient_pseudonym': 1,
    });
    const leaves = await admin.query<{ leaf: string }>(
      `select convert_from(leaf, 'UTF8') as leaf from audit.entry order by entry_id desc limit 2`,
    );
    for (const { leaf } of leaves.rows) expect(leaf).not.toContain(pseudonymFor('person 2'));
    expect(leaves.rows[0]?.leaf).toContain(table.version);
  });
});

describe('notices to those who were given the person', () => {
  const act = <T>(work: Parameters<typeof transaction<T>>[1]) => transaction(gateway, work);

  it('name the recipient’s own pseudonym and nothing else, until the recipient says that it is removed', async () => {
    await object(2, 'type-1');
    await object(3, 'programme');
    const [second, first] = await listNotices(gateway, 'frailty');
    expect([first, second]).toEqual([
      expect.objectContaining({ project: 'frailty', epoch: 1, people: 1, acknowledgedAt: null }),
      expect.objectContaining({ people: 1, acknowledgedAt: null }),
    ]);
    expect(await listNotices(gateway, 'another')).toEqual([]);
    const asked = { notice: first?.notice ?? '', project: 'frailty', actor: 'analyst' };
    for (const does of [readNotice, acknowledgeNotice])
      for (const wrong of [{ project: 'another' }, { notice: '0' }, { notice: '9'.repeat(40) }, { notice: 'x' }])
        await expect(act(async (tx) => does(tx, { ...asked, ...wrong }, clock))).rejects.toMatchObject({ code: 'NOTICE_UNKNOWN' });
    await expect(act((tx) => acknowledgeNotice(tx, asked, clock))).rejects.toMatchObject({ code: 'NOTICE_NOT_READ' });
    expect(await act((tx) => readNotice(tx, asked, clock))).toEqual([recipient(2)]);
    await act((tx) => acknowledgeNotice(tx, asked, clock));
    expect((await admin.query('select recipient_pseudonym as p from objections.notice_person')).rows).toEqual([{ p: recipient(3) }]);
    const kept = (await listNotices(gateway)).find((one) => one.notice === asked.notice);
    expect(kept).toMatchObject({ people: 1, acknowledgedAt: '2026-11-21T12:00:00Z' });
    for (const again of [readNotice, acknowledgeNotice])
      await expect(act(async (tx) => again(tx, asked, clock))).rejects.toMatchObject({ code: 'NOTICE_UNKNOWN' });
  });

  it('are not sent where nothing of the person is withheld from anybody', async () => {
    await object(2, 'local-sharing', { about: 'ambulance' });
    expect(await listNotices(gateway)).toEqual([]);
  });
});

describe('tables that know people', () => {
  it('are all thought of: add a line to src/objections/tables.ts', async () => {
    expect(await findUnthoughtOf(admin)).toEqual([]);
    await admin.query('create table environment.forgotten (person_id bigint)');
    expect(await findUnthoughtOf(admin)).toEqual(['environment.forgotten']);
    await admin.query('drop table environment.forgotten');
  });

  it('are removed from where the line says so', () => {
    const derived = Object.entries(objectionTables).flatMap(([name, { rule }]) => (rule === 'derived' ? [name] : []));
    // The person is derived again from what remains, and scores go by run.
    expect(derived.sort()).toEqual(['environment.person', 'risk.score', ...derivedTables.map(({ table: name }) => name)].sort());
  });
});
