import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit } from '../../../src/audit/record.ts';
import { sequenceAudit } from '../../../src/audit/sequence.ts';
import { transaction } from '../../../src/database/query.ts';
import { dataUsePage } from '../../../src/http/pages/data-use.ts';
import { createReadiness } from '../../../src/http/readiness.ts';
import { createClientRegistry, createDataUseRegister, createFlowDirectory } from '../../../src/http/register-services.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { createRegisterReader } from '../../../src/register/reader.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let databases: TestDatabases;
let documents: readonly PlaceDocument[];
const clock = { now: () => new Date('2026-11-21T10:00:00Z') };
const apply = (changed: readonly PlaceDocument[]) =>
  transaction(databases.pool('haven_gateway'), (tx) => applyRegister(tx, changed, { actor: 'test', clock }));
beforeAll(async () => {
  databases = await testDatabases();
  documents = await readRegisterFiles(join(packageRoot(), 'config', 'register'));
  await apply(documents);
});
afterAll(() => databases.close());

describe('the register, as HTTP asks it', () => {
  it('knows its clients until the day their term ends, and at once when they are taken away', async () => {
    const read = createRegisterReader(databases.pool('haven_gateway'));
    const at = (day: string) => createClientRegistry(read, { now: () => new Date(`${day}T10:00:00Z`) }).find('council');
    expect(await at('2026-11-21')).toMatchObject({ clientId: 'council', organisation: 'ZSBC', flows: ['asc-cld-southend'] });
    expect(await at('2025-03-31')).toBeUndefined();
    expect(await at('2027-03-31')).toMatchObject({ clientId: 'council' });
    expect(await at('2027-04-01')).toBeUndefined();
    await apply(documents.map((document) => ({ ...document, clients: document.clients.filter(({ clientId }) => clientId !== 'council') })));
    expect(await at('2026-11-21')).toBeUndefined();
    await apply(documents);
    expect(await at('2026-11-21')).toMatchObject({ clientId: 'council' });
  });

  it('knows no client of an organisation that has closed', async () => {
    const register = await createRegisterReader(databases.pool('haven_gateway'))();
    const entry = register.clients.get('council');
    if (entry === undefined) throw new Error('the example has a council');
    const owner = entry.place.organisations.get(entry.client.organisation);
    if (owner === undefined) throw new Error('the council is an organisation');
    const find = (closedOn: string | undefined) => {
      const organisations = new Map<string, typeof owner>();
      if (closedOn !== undefined) organisations.set(owner.ods, { ...owner, closedOn: closedOn as LocalDate });
      const clients = new Map([['council', { ...entry, place: { ...entry.place, organisations } }]]);
      return createClientRegistry(async () => ({ ...register, clients }), clock).find('council');
    };
    expect(await find('2099-01-01')).toMatchObject({ clientId: 'council' });
    expect(await find('2026-11-21')).toBeUndefined();
    expect(await find(undefined)).toBeUndefined();
  });

  it('says of own flows whether they run today, with every reason against', async () => {
    const directory = createFlowDirectory(createRegisterReader(databases.pool('haven_gateway')), clock);
    const [status] = await directory.status(['asc-cld-southend', 'no-such-flow']);
    expect(status).toMatchObject({ flow: 'asc-cld-southend', state: 'admitted', refusals: [] });
    const later = createFlowDirectory(createRegisterReader(databases.pool('haven_gateway')), {
      now: () => new Date('2040-01-01T10:00:00Z'),
    });
    const [refused] = await later.status(['asc-cld-southend']);
    expect(refused?.state).toBe('refused');
    expect(refused?.refusals.length).toBeGreaterThan(0);
  });

  it('lists agreements anew only when the register or the day has changed', async () => {
    let now = clock.now();
    const list = createDataUseRegister(createRegisterReader(databases.pool('haven_gateway')), { now: () => now });
    const first = await list.agreements();
    expect(await list.agreements()).toBe(first);
    now = new Date(now.getTime() + 86_400_000);
    expect(await list.agreements()).not.toBe(first);
  });

  it('fills the public page with agreements by name, those in force first', async () => {
    const agreements = await createDataUseRegister(createRegisterReader(databases.pool('haven_gateway')), clock).agreements();
    expect(agreements[0]?.inForce).toBe(true);
    expect(agreements.at(-1)?.inForce).toBe(false);
    expect(agreements.some(({ flows }) => flows.some(({ running }) => running))).toBe(true);
    expect(agreements.every(({ inForce, flows }) => inForce || flows.every(({ running }) => !running))).toBe(true);
    const page = dataUsePage(agreements);
    for (const { title } of agreements) expect(page).toContain(title.replaceAll('&', '&amp;').replaceAll("'", '&#39;'));
  });
});

describe('readiness', () => {
  const ready = async (pingBlackBox: () => Promise<unknown> = async () => 'here') => {
    const checks = await createReadiness({ db: databases.pool('haven_gateway'), pingBlackBox }).check();
    return Object.fromEntries(checks.map(({ name, ready: yes }) => [name, yes]));
  };

  it('is given when database, migrations, black box and audit log are', async () => {
    await sequenceAudit(databases.pool('haven_gateway'));
    expect(await ready()).toEqual({ database: true, migrations: true, 'black-box': true, 'audit-sequencer': true });
  });

  it('names the black box when it does not answer', async () => {
    expect(await ready(() => Promise.reject(new Error('away')))).toMatchObject({ 'black-box': false, database: true });
  });

  it('names the audit log when an entry has waited too long', async () => {
    await recordAudit(databases.pool('haven_gateway'), { type: 'test.waited', actor: 'test', detail: {} });
    expect((await ready())['audit-sequencer']).toBe(true);
    const admin = databases.administrator('haven');
    await admin.query('alter table audit.entry disable trigger entry_only_grows');
    await admin.query(
      `update audit.entry set recorded_at = now() - interval '1 minute' where entry_id in (select entry_id from audit.pending)`,
    );
    await admin.query('alter table audit.entry enable trigger entry_only_grows');
    expect((await ready())['audit-sequencer']).toBe(false);
    await sequenceAudit(databases.pool('haven_gateway'));
    expect((await ready())['audit-sequencer']).toBe(true);
  });
});
