import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { type AppliedPlace, applyRegister } from '../../../src/register/apply.ts';
import { canonicalDocument } from '../../../src/register/document.ts';
import { exportRegister } from '../../../src/register/export.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import { loadRegister, registerVersion } from '../../../src/register/load.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const clock: Clock = { now: () => new Date('2026-11-21T09:00:00Z') };
const southend = join(import.meta.dirname, '../../../config/register');

describe('the register in the database', () => {
  let databases: TestDatabases;
  let folder: string;
  beforeAll(async () => {
    databases = await testDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'register-'));
    return () => rm(folder, { recursive: true });
  });

  const gateway = () => databases.pool('haven_gateway');
  const apply = (...documents: PlaceDocument[]): Promise<AppliedPlace[]> =>
    transaction(gateway(), (tx) => applyRegister(tx, documents, { actor: 'command-line:test', clock }));
  const place = (id: string, change: (input: Breakable) => void = () => undefined): PlaceDocument => {
    const input = examplePlace(id);
    change(input);
    return parsePlace(input);
  };
  const count = async (sql: string): Promise<number> => Number((await databases.administrator('haven').query(sql)).rows[0]?.count);

  it('gives back exactly the files that were applied, with a number for every flow', async () => {
    const documents = await readRegisterFiles(southend);
    await apply(...documents);
    await exportRegister(gateway(), folder, 'southend-on-sea');
    expect(await readRegisterFiles(folder)).toEqual(documents);
    const loaded = await loadRegister(gateway());
    expect(loaded.places.get('southend-on-sea')?.document).toEqual(documents[0]);
    const numbers = [...loaded.flows.values()].map((flow) => flow.flowNo);
    expect(new Set(numbers).size).toBe(documents[0]?.flows.length);
    expect(numbers.every((number) => number > 0)).toBe(true);
  });

  it('changes nothing when the same files are applied again', async () => {
    const [first] = await apply(place('again'));
    const leaves = await count('select count(*) from audit.pending');
    const [second] = await apply(place('again', (input) => input.flows.reverse()));
    expect(first?.changed).toBe(true);
    expect(second).toEqual({ place: 'again', version: first?.version, changed: false, changes: [] });
    expect(await count('select count(*) from audit.pending')).toBe(leaves);
  });

  it('keeps every version and says in words what changed', async () => {
    await apply(place('versions'));
    const [second] = await apply(
      place('versions', (input) => input.flows[0].history.push({ state: 'suspended', on: '2026-11-20', by: 'Board', evidence: 'Minutes' })),
    );
    expect(second?.changes).toEqual(['Flow versions-apc: state live → suspended on 2026-11-20']);
    expect(await count(`select count(*) from register.version where place_id = 'versions'`)).toBe(2);
    expect(await registerVersion(gateway())).toBe(second?.version);
  });

  it('leaves other places alone, and keeps the numbers of flows that leave and come back', async () => {
    await apply(place('left'), place('right'));
    const before = await loadRegister(gateway());
    await apply(place('right', (input) => input.flows.pop()));
    const without = await loadRegister(gateway());
    expect(without.flows.has('right-gp')).toBe(false);
    expect(without.places.get('left')).toEqual(before.places.get('left'));
    await apply(place('right'));
    expect((await loadRegister(gateway())).flows.get('right-gp')?.flowNo).toBe(before.flows.get('right-gp')?.flowNo);
  });

  it('refuses a flow id that would come to mean another data set, and then writes nothing', async () => {
    await apply(place('meaning'));
    const version = await registerVersion(gateway());
    await expect(
      apply(
        place('meaning', (input) => {
          input.flows[0].feed = 'ecds';
        }),
      ),
    ).rejects.toMatchObject({ code: 'FLOW_CANNOT_CHANGE' });
    expect(await registerVersion(gateway())).toBe(version);
  });

  it('refuses a flow id that another place has, naming both', async () => {
    await apply(place('mine'));
    await expect(
      apply(
        place('yours', (input) => {
          input.flows[0].id = 'mine-apc';
        }),
      ),
    ).rejects.toThrow(/flow mine-apc is already used by mine/);
  });

  it('lets two people apply at once without losing either', async () => {
    await apply(place('both'));
    const change = (on: string) =>
      place('both', (input) => {
        input.agreements[0].validTo = on;
      });
    const results = await Promise.all([apply(change('2028-03-31')), apply(change('2029-03-31'))]);
    expect(results.map(([one]) => one?.changed)).toEqual([true, true]);
    expect(await count(`select count(*) from register.version where place_id = 'both'`)).toBe(3);
  });

  it('keeps disjoint periods of a renewed agreement and never two that overlap', async () => {
    await apply(place('renewed', (input) => Object.assign(input.agreements[0], { validFrom: '2025-04-01', validTo: '2026-03-31' })));
    await apply(place('renewed', (input) => Object.assign(input.agreements[0], { validFrom: '2026-06-01', validTo: '2027-03-31' })));
    await apply(place('renewed', (input) => Object.assign(input.agreements[0], { validFrom: '2026-06-01', validTo: '2028-03-31' })));
    const { rows } = await databases
      .administrator('haven')
      .query(
        `select period::text from register.agreement_period join register.agreement using (agreement_no) where agreement_id = 'renewed-agreement' order by period`,
      );
    expect(rows.map((row) => row.period)).toEqual(['[2025-04-01,2026-04-01)', '[2026-06-01,2028-04-01)']);
  });

  it('writes the audit leaf in the same transaction', async () => {
    const leaves = await count('select count(*) from audit.pending');
    await expect(
      transaction(gateway(), async (tx) => {
        await applyRegister(tx, [place('undone')], { actor: 'command-line:test', clock });
        throw new Error('and then something failed');
      }),
    ).rejects.toThrow('failed');
    expect(await count('select count(*) from audit.pending')).toBe(leaves);
    expect((await loadRegister(gateway())).places.has('undone')).toBe(false);
  });

  it.each([
    ['delete from register.version', 'haven_owner'],
    [`update register.version set applied_by = 'nobody'`, 'haven_owner'],
    ['truncate register.version', 'haven_owner'],
    ['delete from register.flow', 'haven_owner'],
    [`update register.flow set feed_id = 'ecds'`, 'haven_owner'],
    ['delete from register.version', 'haven_gateway'],
    [`update register.flow set feed_id = 'ecds'`, 'haven_gateway'],
    [`insert into register.flow (flow_id, place_id, setting, feed_id, agreement_id) values ('x', 'x', 'gp', 'x', 'x')`, 'haven_blackbox'],
  ] as const)('does not let history be rewritten: %s as %s', async (sql, role) => {
    await apply(place('kept'));
    const pool = role === 'haven_owner' ? databases.pool(role, 'haven') : databases.pool(role);
    await expect(pool.query(sql)).rejects.toThrow();
  });

  it('reads a document the same from the database as from files', async () => {
    const document = canonicalDocument(place('same'));
    await apply(document);
    expect((await loadRegister(databases.pool('haven_blackbox'))).places.get('same')?.document).toEqual(document);
  });
});
