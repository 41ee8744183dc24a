import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPayloadSealer, type PayloadSealer } from '../../../src/audit/sealed.ts';
import { transaction } from '../../../src/database/query.ts';
import { givenJourney, type JourneyRequest, mostEvents, readJourney } from '../../../src/environment/journey.ts';
import type { WithheldByObjection } from '../../../src/environment/scope.ts';
import { type LocalDate, systemClock } from '../../../src/shared/clock.ts';
import type { Setting } from '../../../src/shared/settings.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { admission, flowOf, populate, pseudonymFor } from '../risk/population.ts';

let databases: TestDatabases;
let admin: Pool;
let gateway: Pool;
let keys: string;
let sealer: PayloadSealer;
beforeAll(async () => {
  keys = await mkdtemp(join(tmpdir(), 'haven-journey-'));
  sealer = createPayloadSealer(keys);
  databases = await testDatabases();
  admin = databases.administrator('haven');
  gateway = databases.pool('haven_gateway');
});
afterAll(async () => {
  await databases.close();
  await rm(keys, { recursive: true });
});

const pseudonym = pseudonymFor('recipient 1');
beforeEach(async () => {
  await populate(admin, [
    {
      birthMonth: '1950-03-01',
      events: [
        { ...admission('2025-05-01T10:00', ['I21']), costPence: 250_000 },
        { setting: 'gp', kind: 'coded-record', at: '2025-04-01', codes: ['snomed:44054006'] },
        { setting: 'gp', kind: 'demographics', at: '2025-04-01' },
        { setting: 'social-care', kind: 'social-care-service', at: '2025-06-01' },
        { setting: 'mental-health', kind: 'mental-health-contact', at: '2025-07-01' },
      ],
    },
    { birthMonth: '1960-01-01', events: [admission('2025-05-02', ['C34'])] },
  ]);
  await databases
    .pool('haven_blackbox')
    .query(
      `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id) values ('frailty', 1, $1, 1), ('other', 1, $2, 1)`,
      [pseudonym, pseudonymFor('other project')],
    );
});

const project = (settings: readonly Setting[], withheld: readonly WithheldByObjection[] = []): JourneyRequest['project'] => ({
  projectId: 'frailty',
  organisation: '99E',
  leftOut: [],
  scope: {
    purpose: 'service-evaluation',
    at: '2026-02-28' as LocalDate,
    flows: settings.map((setting) => ({ flowNo: flowOf(setting), setting })),
    withheld,
    national: undefined,
  },
});
const read = async (licensed: JourneyRequest['project'], options: Partial<JourneyRequest> = {}) =>
  givenJourney(
    await transaction(gateway, (tx) =>
      readJourney(tx, { project: licensed, recipientPseudonym: pseudonym, actor: 'test', ...options }, { sealer, clock: systemClock }),
    ),
  );
/** The newest audit leaves, newest first. */
const leaves = async (many: number) =>
  (await admin.query<{ leaf: Buffer }>('select leaf from audit.entry order by entry_id desc limit $1', [many])).rows.map(({ leaf }) =>
    JSON.parse(leaf.toString('utf8')),
  );

describe('a journey', () => {
  it('is in order of time, with age band and postcode stem, and without demographics', async () => {
    const journey = await read(project(['gp', 'hospital', 'social-care']));
    expect(journey).toEqual({
      recipientPseudonym: pseudonym,
      purpose: 'service-evaluation',
      ageBand: '75-79',
      postcodeStem: 'SS1',
      events: [
        { on: '2025-04-01', until: null, setting: 'gp', kind: 'coded-record', codes: ['snomed:44054006'], costPence: null },
        { on: '2025-05-01', until: null, setting: 'hospital', kind: 'admission', codes: ['icd10:I21'], costPence: 250_000 },
        { on: '2025-06-01', until: null, setting: 'social-care', kind: 'social-care-service', codes: [], costPence: null },
      ],
    });
  });

  it('has only rows of settings the project sees: social care sees no GP row', async () => {
    const journey = await read(project(['hospital', 'social-care']));
    expect(journey?.events.map(({ setting }) => setting)).toEqual(['hospital', 'social-care']);
  });

  it('has only the days asked for, both ends in', async () => {
    const from = '2025-05-01' as LocalDate;
    expect((await read(project(['gp', 'hospital', 'social-care']), { from, to: from }))?.events.map(({ on }) => on)).toEqual([from]);
  });

  it('leaves out what an objection in force withholds, on the very next read', async () => {
    const licensed = project(['gp', 'hospital'], [{ flowNo: flowOf('gp'), setting: 'gp', objection: 'type-1' }]);
    expect((await read(licensed))?.events).toHaveLength(2);
    await admin.query(
      `insert into objections.objection (landing_pseudonym, kind, set_on, source) values ($1, 'type-1', '2026-01-01', 'test')`,
      [pseudonymFor('person 1')],
    );
    expect((await read(licensed))?.events.map(({ setting }) => setting)).toEqual(['hospital']);
    const all = ['gp', 'hospital'] as const;
    const nothing = project(
      all,
      all.map((setting) => ({ flowNo: flowOf(setting), setting, objection: 'type-1' as const })),
    );
    expect(await read(nothing)).toBeUndefined();
  });

  it('does not exist under the pseudonym of another project, for an unknown one or without a flow in scope', async () => {
    expect(await read(project(['hospital']), { recipientPseudonym: pseudonymFor('other project') })).toBeUndefined();
    expect(await read(project(['hospital']), { recipientPseudonym: 'nobody' })).toBeUndefined();
    expect(await read(project([]))).toBeUndefined();
  });

  it('does not exist, not even as an age and an area, for a person of whom no readable flow says anything', async () => {
    await databases
      .pool('haven_blackbox')
      .query(
        `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id) values ('frailty', 1, $1, 2)`,
        [pseudonymFor('recipient 2')],
      );
    const other = { recipientPseudonym: pseudonymFor('recipient 2') };
    expect((await read(project(['hospital']), other))?.events).toHaveLength(1);
    expect(await read(project(['gp', 'social-care']), other)).toBeUndefined();
    // No row in the days asked for is another thing: the person is known, and the answer is empty.
    const elsewhen = { ...other, from: '2024-01-01' as LocalDate, to: '2024-12-31' as LocalDate };
    expect(await read(project(['hospital']), elsewhen)).toMatchObject({ ageBand: '65-69', events: [] });
  });

  it('says age and area only where a flow that may be read says them itself', async () => {
    await admin.query(`update linkage.sighting set birth_month = null, postcode_sector = null where person_id = 1 and flow_no <> $1`, [
      flowOf('hospital'),
    ]);
    expect(await read(project(['gp', 'hospital']))).toMatchObject({ ageBand: '75-79', postcodeStem: 'SS1' });
    expect(await read(project(['gp', 'social-care']))).toMatchObject({ ageBand: null, postcodeStem: null });
  });

  it('leaves a leaf with purpose and digest for an answer, and one without the question for none', async () => {
    const journey = await read(project(['hospital']));
    await read(project(['hospital']), { recipientPseudonym: 'something private' });
    const [missed, found] = await leaves(2);
    expect(await sealer.open(databases.pool('haven_auditor'), found.sealed.sha256)).toEqual({ recipientPseudonym: pseudonym });
    const { rows: looked } = await gateway.query('select type from audit.entries_about($1)', [[pseudonym]]);
    expect(looked.at(-1)).toEqual({ type: 'journey.read' });
    expect(found).toMatchObject({
      type: 'journey.read',
      sealed: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      detail: {
        project: 'frailty',
        purpose: 'service-evaluation',
        rows: journey?.events.length,
        resultSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(missed).toMatchObject({ type: 'journey.not-found', detail: { rows: 0, resultSha256: null } });
    expect(JSON.stringify(missed)).not.toContain('something private');
  });

  it('that is too long is refused, and on record', async () => {
    await admin.query(
      `insert into environment.event (person_id, source_key, started_at, kind, flow_no, delivery_no, setting)
       select 1, gen_random_uuid(), '2031-01-01', 'admission', $1, 1, 'hospital' from generate_series(0, $2::integer)`,
      [flowOf('hospital'), mostEvents],
    );
    try {
      await expect(read(project(['hospital']))).rejects.toMatchObject({ code: 'JOURNEY_TOO_LONG', status: 422 });
      expect((await leaves(1))[0]).toMatchObject({
        type: 'journey.too-long',
        sealed: {},
        detail: { project: 'frailty', rows: 0 },
      });
      expect(JSON.stringify(await leaves(1))).not.toContain(pseudonym);
    } finally {
      await admin.query(`delete from environment.event where started_at = '2031-01-01'`);
    }
  });

  it('is known by the pseudonyms of the latest epoch only', async () => {
    const later = pseudonymFor('recipient 1, epoch 2');
    await admin.query(
      `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id) values ('frailty', 2, $1, 1)`,
      [later],
    );
    try {
      expect(await read(project(['hospital']))).toBeUndefined();
      expect((await read(project(['hospital']), { recipientPseudonym: later }))?.events.length).toBeGreaterThan(0);
    } finally {
      await admin.query('delete from environment.recipient_pseudonym where epoch = 2');
    }
  });

  it('is not given when its leaf cannot be written', async () => {
    await admin.query('revoke execute on function audit.append_sealed(bytea, uuid, bytea, bytea) from haven_gateway');
    try {
      await expect(read(project(['hospital']))).rejects.toMatchObject({ code: '42501' });
    } finally {
      await admin.query('grant execute on function audit.append_sealed(bytea, uuid, bytea, bytea) to haven_gateway');
    }
  });
});
