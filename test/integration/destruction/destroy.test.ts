import { cp, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAuditor } from '../../../src/audit/auditor.ts';
import { readLog } from '../../../src/audit/log-reader.ts';
import { createPayloadSealer } from '../../../src/audit/sealed.ts';
import { sequenceAudit } from '../../../src/audit/sequence.ts';
import { verifyLog } from '../../../src/audit/verify.ts';
import { transaction } from '../../../src/database/query.ts';
import { createBackup } from '../../../src/destruction/backup-create.ts';
import { restoreBackup } from '../../../src/destruction/backup-restore.ts';
import type { Certificate } from '../../../src/destruction/certificate.ts';
import { DataKeys } from '../../../src/destruction/data-keys.ts';
import { approveAndDestroy, ask, resumeDestruction } from '../../../src/destruction/destroy.ts';
import { findUnruledTables } from '../../../src/destruction/tables.ts';
import { targetOfAgreement } from '../../../src/destruction/target.ts';
import type { DestructionTools } from '../../../src/destruction/tools.ts';
import { rebuildTouched } from '../../../src/linkage/rebuild-persons.ts';
import { csv, openTestBox, type TestBox } from '../../support/box.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { call, careEvent, episode } from '../../support/rows.ts';

let test: TestBox;
let keysFolder: string;
let lastWeek: string;
let certificate: Certificate;
/** What the agreement that goes brought and nothing else did. */
let ofTheDestroyed: string[];
let others: Snapshot;
const folders: string[] = [];

const agreement = 'risk-stratification-2025';
const hospital = [1, 2, 3, 4, 5, 6].flatMap((person) => [
  episode(person, `S${person}`),
  episode(person, `T${person}`, { DIAG_01: 'J18.1' }),
]);

interface Snapshot {
  readonly events: readonly string[];
  readonly sightings: readonly string[];
}

/** Rows of every flow but those of the agreement, byte for byte. */
async function snapshot(admin: Pool): Promise<Snapshot> {
  const texts = async (table: string): Promise<string[]> =>
    (
      await admin.query<{ text: string }>(
        `select t::text as text from ${table} t join register.flow f using (flow_no) where f.agreement_id <> $1 order by 1`,
        [agreement],
      )
    ).rows.map(({ text }) => text);
  return { events: await texts('environment.event'), sightings: await texts('linkage.sighting') };
}

const persons = async (admin: Pool): Promise<string[]> =>
  (
    await admin.query<{ text: string }>(
      `select row(person_id, sex, birth_month, ethnic_category, lsoa, ward, postcode_sector, practice, registered_from, death_month, linkage_grade, doubts)::text as text
         from environment.person order by 1`,
    )
  ).rows.map(({ text }) => text);

/** Every row of every table of a database as text. */
async function dump(pool: Pool): Promise<string> {
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  let text = '';
  for (const { name } of tables.rows) {
    for (const row of (await pool.query<{ text: string }>(`select t::text as text from ${name} t`)).rows) text += `${name}: ${row.text}\n`;
  }
  return text;
}

async function tools(change: Partial<DestructionTools> = {}): Promise<DestructionTools> {
  return {
    destroyer: test.databases.pool('haven_destroyer'),
    eraser: test.databases.pool('haven_eraser'),
    keys: await DataKeys.load(keysFolder),
    auditKeys: keysFolder,
    clock: test.box.clock,
    batch: 3,
    afterBatch: () => undefined,
    ...change,
  };
}

const folder = async (name: string): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), `haven-${name}-`));
  folders.push(made);
  return made;
};

const backupTools = async (databases: TestDatabases) => ({
  haven: databases.pool('haven_owner', 'haven'),
  vault: databases.pool('haven_owner', 'vault'),
  keys: await DataKeys.load(keysFolder),
  auditKeys: keysFolder,
  clock: test.box.clock,
  progress: () => undefined,
});

/** Restores into a fresh pair of databases, hands it over, and drops it. */
async function restored<T>(
  from: string,
  work: (databases: TestDatabases, receipt: Awaited<ReturnType<typeof restoreBackup>>) => Promise<T>,
): Promise<T> {
  const databases = await testDatabases();
  try {
    const receipt = await restoreBackup(await backupTools(databases), { folder: from, actor: 'test' });
    return await work(databases, receipt);
  } finally {
    await databases.close();
  }
}

/** Somebody read about everybody, and the national check was asked about everybody. */
async function beLookedAtAndAskedAbout(): Promise<void> {
  const sealer = createPayloadSealer(keysFolder);
  const { rows } = await test.admin.query<{ holder: string }>('select landing_pseudonym as holder from linkage.pseudonym');
  for (const { holder } of rows) {
    const leaf = { type: 'subject-access.answered', actor: 'test', detail: {}, holder, sealed: { landingPseudonym: holder } };
    await transaction(test.databases.pool('haven_gateway'), (tx) => sealer.record(tx, leaf, test.box.clock));
  }
  await test.admin.query(
    `with exchange as (
       insert into ndop.exchange values (gen_random_uuid(), default, 'direct-care', '16/CAG/0001', 'test', now()) returning exchange_id
     ), request as (
       insert into ndop.request (exchange_id, part, local_id, mailbox, line_ending, path, asked)
       select exchange_id, 1, 'BOX-21112026-0001', 'BOX', 'LF', '/', 0 from exchange returning request_no
     ), asked as (
       insert into ndop.asked select request_no, landing_pseudonym from request, linkage.pseudonym returning request_no, landing_pseudonym
     ) select 1`,
  );
  await test.admin.query('insert into ndop.opted_out select request_no, landing_pseudonym from ndop.asked');
}

/** The payloads of the sealed leaves, where they can still be read. */
const openPayloads = async (databases: TestDatabases): Promise<unknown[]> => {
  const { rows } = await databases
    .administrator('haven')
    .query<{ sha256: string }>(`select encode(commitment, 'hex') as sha256 from audit.payload order by entry_id`);
  const sealer = createPayloadSealer(keysFolder);
  const opened: unknown[] = [];
  for (const { sha256 } of rows) opened.push(await sealer.open(databases.pool('haven_auditor'), sha256));
  return opened.filter((payload) => payload !== undefined);
};

beforeAll(async () => {
  test = await openTestBox();
  keysFolder = await folder('destruction-keys');
  lastWeek = await folder('backup');
  expect(
    await test.deliver('sus-apc-southend', csv([...hospital, episode(7, 'bad', { StartDateHospitalProviderSpell: '2026-02-30' })])),
  ).toMatchObject({
    state: 'landed',
    landed: 12,
  });
  expect(await test.deliver('asc-cld-southend', csv([3, 4, 5, 8].map((n) => careEvent(n, `E${n}`, { Gender: '2' }))))).toMatchObject({
    landed: 4,
  });
  expect(await test.deliver('nhs-111-southend', csv([5, 6, 9].map((n) => call(n, `C${n}`))))).toMatchObject({ landed: 3 });
  await beLookedAtAndAskedAbout();
  await createBackup(await backupTools(test.databases), { folder: lastWeek, actor: 'test' });
  const { rows } = await test.admin.query<{ text: string }>(
    `select e.source_key::text as text from environment.event e join register.flow f using (flow_no) where f.agreement_id = $1
     union select p.landing_pseudonym from linkage.pseudonym p
      where not exists (select from linkage.sighting s join register.flow f using (flow_no) where s.person_id = p.person_id and f.agreement_id <> $1)`,
    [agreement],
  );
  ofTheDestroyed = rows.map(({ text }) => text);
  others = await snapshot(test.admin);
});
afterAll(async () => {
  await test.close();
  for (const one of folders) await rm(one, { recursive: true, force: true });
});

describe('before anything is destroyed', () => {
  it('every table that may speak of people has a rule', async () => {
    expect(await findUnruledTables(test.admin)).toEqual([]);
    expect(await findUnruledTables(test.vault)).toEqual([]);
    await test.admin.query('create table linkage.new_table (landing_pseudonym text)');
    expect(await findUnruledTables(test.databases.pool('haven_destroyer'))).toEqual(['linkage.new_table']);
    await test.admin.query('drop table linkage.new_table');
  });

  it('a backup restores every row as it was', async () => {
    await restored(lastWeek, async (databases, receipt) => {
      expect(receipt.destroyed).toEqual([]);
      const fresh = databases.administrator('haven');
      for (const table of [
        'environment.event',
        'linkage.sighting',
        'linkage.person',
        'linkage.pseudonym',
        'landing.delivery',
        'landing.problem',
        'register.version',
        'audit.entry',
        'audit.tree',
        'audit.payload_key',
        'ndop.asked',
        'ndop.opted_out',
      ]) {
        const text = async (pool: Pool) =>
          (await pool.query(`select t::text as text from ${table} t order by ${table === 'audit.entry' ? 'entry_id' : '1'}`)).rows;
        const now = await text(test.admin);
        const then = await text(fresh);
        // The leaves of the backup and the restore themselves came later.
        if (table === 'audit.entry') expect(now).toEqual(expect.arrayContaining(then.slice(0, -1)));
        else expect(then).toEqual(now);
      }
      expect(await persons(fresh)).toEqual(await persons(test.admin));
      const identities = 'select encode(sealed, $1) as sealed from vault.identity order by 1';
      expect((await databases.administrator('vault').query(identities, ['hex'])).rows).toEqual(
        (await test.vault.query(identities, ['hex'])).rows,
      );
    });
  });

  it('the backup holds nothing anybody can read without the keys', async () => {
    for (const name of await readdir(lastWeek)) {
      const text = await readFile(join(lastWeek, name), 'latin1');
      for (const secret of ofTheDestroyed) expect(text.includes(secret)).toBe(false);
      if (name.endsWith('.sealed')) expect(text).not.toContain('southend');
    }
  });

  it('a changed byte anywhere in a backup restores nothing', async () => {
    const copy = join(await folder('damaged'), 'copy');
    await cp(lastWeek, copy, { recursive: true });
    const handle = await open(join(copy, 'haven.environment.event.sealed'), 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, 100);
    await handle.write(Buffer.from([(byte[0] as number) ^ 1]), 0, 1, 100);
    await handle.close();
    await expect(restored(copy, async () => undefined)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });
});

describe('a destruction', () => {
  it('is not approved by whoever asked for it, whatever the program says', async () => {
    const asked = await ask(await tools(), await targetOfAgreement(test.admin, agreement), 'southend-ig-lead');
    await expect(approveAndDestroy(await tools(), asked.destructionId, ' Southend-IG-lead')).rejects.toMatchObject({
      code: 'SECOND_PERSON_NEEDED',
    });
    await expect(
      test.admin.query(`update destruction.destruction set state = 'destroying', approved_by = requested_by, approved_at = now()`),
    ).rejects.toMatchObject({ constraint: 'two_people_decide' });
    await expect(resumeDestruction(await tools(), asked.destructionId)).rejects.toMatchObject({ code: 'DESTRUCTION_NOT_APPROVED' });
  });

  it('goes on where it was killed, refuses deliveries meanwhile, and counts every row once', async () => {
    const { destructionId } = await ask(await tools(), await targetOfAgreement(test.admin, agreement), 'southend-ig-lead');
    const stopped = async () => {
      let after = 1;
      return tools({
        afterBatch: () => {
          after -= 1;
          if (after < 0) throw new Error('killed');
        },
      });
    };
    await expect(approveAndDestroy(await stopped(), destructionId, 'southend-ig-deputy')).rejects.toThrow('killed');
    expect(await test.deliver('sus-apc-southend', csv([episode(1, 'U1')]))).toMatchObject({
      state: 'refused',
      refusals: [{ code: 'DESTRUCTION_UNDER_WAY' }],
    });
    await expect(createBackup(await backupTools(test.databases), { folder: await folder('never'), actor: 'test' })).rejects.toMatchObject({
      code: 'BACKUP_MUST_WAIT',
    });
    // Killed after every second batch until it is through.
    for (let runs = 0; ; runs += 1) {
      expect(runs).toBeLessThan(40);
      const done = await resumeDestruction(await stopped(), destructionId).catch((error: Error) => {
        if (error.message !== 'killed') throw error;
      });
      if (done) break;
    }
    certificate = await resumeDestruction(await tools(), destructionId);
    const counted = Object.fromEntries(certificate.tables.map(({ table, ...counts }) => [table, counts]));
    expect(counted).toMatchObject({
      'environment.event': { before: 12, destroyed: 12, remaining: 0, elsewhere: 0 },
      'linkage.sighting': { before: 6, destroyed: 6, remaining: 0, elsewhere: 0 },
      // 1 and 2 are known to no other flow of another agreement.
      'linkage.person': { before: 6, destroyed: 2, remaining: 4, elsewhere: 0 },
      'linkage.pseudonym': { before: 6, destroyed: 2, remaining: 4, elsewhere: 0 },
      'environment.person': { before: 6, destroyed: 2, remaining: 4, elsewhere: 0 },
      'vault.identity': { before: 2, destroyed: 2, remaining: 0, elsewhere: 0 },
      'landing.problem': { remaining: 0, elsewhere: 0 },
      'audit.payload_key (of people forgotten)': { before: 2, destroyed: 2, remaining: 0 },
      'ndop.asked (of people forgotten)': { before: 2, destroyed: 2, remaining: 0 },
    });
    for (const { elsewhere } of certificate.tables) expect(elsewhere).toBe(0);
  });

  it('leaves nothing of the agreement in either database', async () => {
    expect(ofTheDestroyed.length).toBe(14);
    const text = (await dump(test.admin)) + (await dump(test.vault));
    expect(text.split('\n').filter((line) => ofTheDestroyed.some((secret) => line.includes(secret)))).toEqual([]);
    const left = await test.vault.query(
      'select from vault.data_key k where not exists (select from vault.identity i where i.data_key_id = k.data_key_id)',
    );
    expect(left.rowCount).toBe(0);
  });

  it('reaches the log: nobody reads who was forgotten, everybody else is read, and the log holds', async () => {
    const known = await test.count('select count(*) from linkage.pseudonym');
    expect(await openPayloads(test.databases)).toHaveLength(known);
    expect(await test.count('select count(*) from ndop.opted_out')).toBe(known);
    expect((await readdir(keysFolder)).filter((name) => name.startsWith('audit-payload'))).toEqual(['audit-payload-2.key']);
    await sequenceAudit(test.databases.pool('haven_gateway'));
    const { findings } = await asAuditor(test.databases.servers, (db) => verifyLog(readLog(db), []));
    expect(findings).toEqual([]);
  });

  it('leaves the other flows byte for byte, and people as a rebuild from nothing makes them', async () => {
    expect(await snapshot(test.admin)).toEqual(others);
    const now = await persons(test.admin);
    await transaction(test.admin, async (tx) => {
      await tx.query('delete from environment.person');
      await tx.query('create temporary table touched on commit drop as select distinct person_id from linkage.sighting');
      await rebuildTouched(tx);
    });
    expect(now).toEqual(await persons(test.admin));
    expect(now).toHaveLength(6);
  });

  it('destroys the keys, so that last week’s backup opens for the others and for nobody else', async () => {
    expect(certificate.keys.map(({ dataset }) => dataset)).toContain('sus-apc-southend');
    expect(certificate.samples).toEqual({ tried: 12, failed: 12 });
    expect(certificate.backups).toMatchObject([{ inReach: true }]);
    expect(certificate.backups[0]?.tried).toBeGreaterThan(5);
    expect(certificate.backups[0]?.failed).toBe(certificate.backups[0]?.tried);
    await restored(lastWeek, async (databases, receipt) => {
      expect(receipt.destroyed).toMatchObject([{ flow: 'sus-apc-southend' }]);
      const fresh = databases.administrator('haven');
      expect(await snapshot(fresh)).toEqual(others);
      expect(await persons(fresh)).toEqual(await persons(test.admin));
      // Its outer key was replaced meanwhile: what was sealed before is let go of, and sealing goes on.
      expect(await openPayloads(databases)).toEqual([]);
      const leaf = { type: 'journey.read', actor: 'test', detail: {}, holder: 'A'.repeat(32), sealed: { any: 'thing' } };
      await transaction(databases.pool('haven_gateway'), (tx) => createPayloadSealer(keysFolder).record(tx, leaf));
      expect(await openPayloads(databases)).toEqual([{ any: 'thing' }]);
      const text = (await dump(fresh)) + (await dump(databases.administrator('vault')));
      for (const secret of ofTheDestroyed) expect(text.includes(secret)).toBe(false);
      const { rows } = await fresh.query(`select destruction.refusal('sus-apc-southend', '2026-11-21') as code`);
      expect(rows).toEqual([{ code: 'AGREEMENT_DESTROYED' }]);
    });
  });

  it('is one leaf of the audit log', async () => {
    const { rows } = await test.admin.query<{ leaf: { subject: string; detail: { keys: string[]; sha256: string } } }>(
      `select convert_from(leaf, 'UTF8')::json as leaf from audit.entry where convert_from(leaf, 'UTF8')::json ->> 'type' = 'destruction.certified'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.leaf.subject).toBe(certificate.destruction);
    expect(rows[0]?.leaf.detail.keys).toEqual(certificate.keys.map(({ keyId }) => keyId));
  });

  it('lets nothing more be delivered until the legal basis is put in force again, and then the same file lands', async () => {
    const file = csv([...hospital, episode(7, 'bad', { StartDateHospitalProviderSpell: '2026-02-30' })]);
    expect(await test.deliver('sus-apc-southend', file)).toMatchObject({ state: 'refused', refusals: [{ code: 'AGREEMENT_DESTROYED' }] });
    await expect(
      test.admin.query(
        `insert into landing.delivery (delivery_id, flow_id, sha256, bytes, state, register_version, actor, received, landed, updated, unchanged,
           withheld_total, quarantined_total, withheld, quarantined, started, finished)
         values (gen_random_uuid(), 'sus-apc-southend', sha256('x'), 1, 'landed', 1, 'test', 0, 0, 0, 0, 0, 0, '{}', '{}', now(), now())`,
      ),
    ).rejects.toMatchObject({ code: '42501' });
    test.at('2026-11-25T12:00:00Z');
    await test.admin.query(
      `insert into register.basis_step (agreement_no, step_no, state, taken_on)
       select agreement_no, 99, 'in-force', '2026-11-24' from register.agreement where agreement_id = $1`,
      [agreement],
    );
    expect(await test.deliver('sus-apc-southend', file)).toMatchObject({ state: 'landed', landed: 12 });
  });
});
