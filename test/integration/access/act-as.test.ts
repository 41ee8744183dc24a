import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actAs } from '../../../src/access/act-as.ts';
import { transaction } from '../../../src/database/query.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let databases: TestDatabases;
let gateway: Pool;
let documents: readonly PlaceDocument[];
const clock = { now: () => new Date('2026-11-21T10:00:00Z') };
const apply = (changed: readonly PlaceDocument[]) => transaction(gateway, (tx) => applyRegister(tx, changed, { actor: 'test', clock }));
const changed = (change: (document: PlaceDocument) => Partial<PlaceDocument>) =>
  documents.map((document) => ({ ...document, ...change(document) }));
beforeAll(async () => {
  databases = await testDatabases();
  gateway = databases.pool('haven_gateway');
  documents = await readRegisterFiles(join(packageRoot(), 'config', 'register'));
  await apply(documents);
});
afterAll(async () => databases.close());

const lead = { person: 'southend-ig-lead', roles: ['ig-lead'], action: 'test.decide', clock } as const;
const lastLeaf = async () =>
  JSON.parse(
    (
      await databases.administrator('haven').query<{ leaf: Buffer }>('select leaf from audit.entry order by entry_id desc limit 1')
    ).rows[0]?.leaf.toString('utf8') ?? '{}',
  );

describe('acting as a person', () => {
  it('gives who acts and leaves a leaf', async () => {
    expect(await actAs(gateway, lead)).toEqual({
      person: 'southend-ig-lead',
      role: 'ig-lead',
      organisation: 'ZSBC',
      place: 'southend-on-sea',
    });
    expect(await lastLeaf()).toMatchObject({
      type: 'access.decided',
      actor: 'southend-ig-lead',
      detail: { action: 'test.decide', decision: 'allowed', role: 'ig-lead', seat: 'southend-ig-lead-ig-lead' },
    });
  });

  it('puts a refusal on record with all reasons, although nothing else happens', async () => {
    await expect(actAs(gateway, { ...lead, person: 'southend-panel-member', place: 'elsewhere' })).rejects.toMatchObject({
      code: 'ACCESS_REFUSED',
      status: 403,
      reasons: ['OTHER_PLACE', 'SEAT_ABSENT'],
    });
    expect(await lastLeaf()).toMatchObject({
      actor: 'southend-panel-member',
      detail: { decision: 'refused', reasons: ['OTHER_PLACE', 'SEAT_ABSENT'] },
    });
  });

  it('never writes down what was given as a name when it is nobody', async () => {
    await expect(actAs(gateway, { ...lead, person: '9990000018' })).rejects.toMatchObject({ reasons: ['PERSON_UNKNOWN'] });
    const leaf = await lastLeaf();
    expect(leaf.actor).toBe('person-not-registered');
    expect(JSON.stringify(leaf)).not.toContain('9990000018');
  });

  it('remembers nothing: a seat taken away and training that ran out end on the next request', async () => {
    await apply(changed(({ seats }) => ({ seats: seats.filter((seat) => seat.person !== 'southend-ig-lead') })));
    await expect(actAs(gateway, lead)).rejects.toMatchObject({ reasons: ['SEAT_ABSENT'] });
    await apply(documents);
    await actAs(gateway, lead);
    await expect(actAs(gateway, { ...lead, clock: { now: () => new Date('2027-06-20T10:00:00Z') } })).rejects.toMatchObject({
      reasons: ['TRAINING_EXPIRED', 'SEAT_EXPIRED'],
    });
  });
});

describe('the seats of a licence', () => {
  it('are limited by the database itself, whoever writes', async () => {
    const insert = (from: string, to: string) =>
      transaction(gateway, (tx) =>
        tx.query(
          `insert into register.seat (seat_id, place_id, person_id, role, project_id, valid_from, valid_to)
           select 'extra-' || n, 'southend-on-sea', 'person-' || n, 'ordinary', 'icb-population-health', $1, $2 from generate_series(1, 2) n`,
          [from, to],
        ),
      );
    await expect(insert('2026-06-01', '2026-12-31')).rejects.toMatchObject({ constraint: 'seats_within_licence' });
    await insert('2027-04-01', '2027-12-31');
    await gateway.query(`delete from register.seat where seat_id like 'extra-%'`);
  });

  it('are held as the register says', async () => {
    const { rows } = await gateway.query('select count(*)::int as seats from register.seat');
    expect(rows).toEqual([{ seats: documents.flatMap((document) => document.seats).length }]);
  });
});
