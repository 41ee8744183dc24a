import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { createBackup } from '../../../src/destruction/backup-create.ts';
import type { Certificate } from '../../../src/destruction/certificate.ts';
import { DataKeys } from '../../../src/destruction/data-keys.ts';
import { approveAndDestroy, ask } from '../../../src/destruction/destroy.ts';
import { countTarget } from '../../../src/destruction/preview.ts';
import { type Target, targetsDue, targetsOfPractice } from '../../../src/destruction/target.ts';
import type { DestructionTools } from '../../../src/destruction/tools.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import { loadRegister } from '../../../src/register/load.ts';
import { type LocalDate, localDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { csv, openTestBox, type TestBox } from '../../support/box.ts';
import { careEvent, episode, observation, registration } from '../../support/rows.ts';

let test: TestBox;
let keysFolder: string;
let backups: string;

beforeAll(async () => {
  test = await openTestBox();
  keysFolder = await mkdtemp(join(tmpdir(), 'haven-due-keys-'));
  backups = await mkdtemp(join(tmpdir(), 'haven-due-backup-'));
  const old = { StartDateHospitalProviderSpell: '2019-11-01', DischargeDateFromHospitalProviderSpell: '2019-11-20' };
  const justKept = { StartDateHospitalProviderSpell: '2019-11-25', DischargeDateFromHospitalProviderSpell: '2019-12-01' };
  expect(
    await test.deliver('sus-apc-southend', csv([episode(1, 'A', old), episode(2, 'B', old), episode(2, 'C', justKept), episode(3, 'D')])),
  ).toMatchObject({ landed: 4 });
  expect(await test.deliver('gp-patients-f81001', csv([2, 4, 5].map((n) => registration(n))))).toMatchObject({ landed: 3 });
  expect(await test.deliver('gp-coded-records-f81001', csv([observation(4, 'O4'), observation(5, 'O5')]))).toMatchObject({ landed: 2 });
  expect(await test.deliver('asc-cld-southend', csv([careEvent(5, 'E5')]))).toMatchObject({ landed: 1 });
  await test.admin.query(
    `insert into risk.run (run_id, model, version, purpose, index_date, time_window, population, parameters, flows, started, finished, people, excluded, result_sha256)
     select gen_random_uuid(), f.flow_id, '1', 'risk-stratification-commissioning', '2026-11-01', 'years2', 'everybody', '{}', array[f.flow_no],
            now(), now(), 5, 0, sha256('')
       from register.flow f where f.flow_id in ('gp-coded-records-f81001', 'asc-cld-southend')`,
  );
  await test.admin.query(
    `insert into risk.score (run_id, person_id, score_tenths, band, tier, rank, reasons)
     select r.run_id, p.person_id, 1, 'low', 'rest', row_number() over (partition by r.run_id), '{}' from risk.run r, environment.person p`,
  );
});
afterAll(async () => {
  await test.close();
  for (const one of [keysFolder, backups]) await rm(one, { recursive: true, force: true });
});

const tools = async (): Promise<DestructionTools> => ({
  destroyer: test.databases.pool('haven_destroyer'),
  eraser: test.databases.pool('haven_eraser'),
  keys: await DataKeys.load(keysFolder),
  auditKeys: keysFolder,
  clock: test.box.clock,
  batch: 2,
  afterBatch: () => undefined,
});

const today = (): LocalDate => localDate(test.box.clock.now());

async function destroy(target: Target): Promise<Certificate> {
  const asked = await ask(await tools(), target, 'southend-ig-lead');
  return approveAndDestroy(await tools(), asked.destructionId, 'southend-ig-deputy');
}

const eventsOf = async (flow: string): Promise<number> =>
  test.count('select count(*) from environment.event e join register.flow f using (flow_no) where f.flow_id = $1', [flow]);

describe('what is due', () => {
  it('by retention is the records of whole months that have run out, and nothing of a registration that goes on', async () => {
    await createBackup(
      {
        haven: test.databases.pool('haven_owner', 'haven'),
        vault: test.databases.pool('haven_owner', 'vault'),
        keys: await DataKeys.load(keysFolder),
        auditKeys: keysFolder,
        clock: test.box.clock,
        progress: () => undefined,
      },
      { folder: backups, actor: 'test' },
    );
    const due = await targetsDue(test.admin, await loadRegister(test.admin), today());
    const counts = await Promise.all(due.map((target) => countTarget(test.admin, target)));
    const found = due.filter((_, index) => (counts[index]?.events ?? 0) > 0);
    expect(found).toMatchObject([{ reason: 'retention', agreementId: 'risk-stratification-2025', beforeDay: '2019-12-01' }]);
    expect(counts.find(({ events }) => events > 0)).toEqual({ events: 2, people: 2, forgotten: 1 });
    const certificate = await destroy(found[0] as Target);
    expect(certificate.tables.find(({ table }) => table === 'environment.event')).toMatchObject({ before: 9, destroyed: 2, remaining: 7 });
    expect(certificate.keys).toMatchObject([{ dataset: 'sus-apc-southend', period: '2019-11' }]);
    expect(certificate.samples).toEqual({ tried: 2, failed: 2 });
    for (const { elsewhere } of certificate.tables) expect(elsewhere).toBe(0);
    expect(await eventsOf('sus-apc-southend')).toBe(2);
    expect(await eventsOf('gp-patients-f81001')).toBe(3);
    // Person 1 had nothing else; person 2 keeps the later stay and the registration.
    expect(await test.count('select count(*) from linkage.person')).toBe(4);
    expect(await test.vault.query('select from vault.identity')).toMatchObject({ rowCount: 4 });
    expect(await test.deliver('sus-apc-southend', csv([episode(6, 'new')]))).toMatchObject({ state: 'landed' });
  });

  it('by withdrawal is what the practice sent, once the register says that it withdrew', async () => {
    await expect(targetsOfPractice(test.admin, await loadRegister(test.admin), 'F81001', today())).rejects.toMatchObject({
      code: 'PRACTICE_HAS_NOT_WITHDRAWN',
    });
    const documents = (await readRegisterFiles(join(packageRoot(), 'config', 'register', 'southend-on-sea'))).map((document) => ({
      ...document,
      agreements: document.agreements.map((agreement) => ({
        ...agreement,
        signatories: agreement.signatories.map((signatory) =>
          signatory.organisation === 'F81001' && agreement.id === 'risk-stratification-2025'
            ? { ...signatory, withdrawnOn: '2026-11-20' as LocalDate }
            : signatory,
        ),
      })),
    }));
    await transaction(test.databases.pool('haven_gateway'), (tx) => applyRegister(tx, documents, { actor: 'test', clock: test.box.clock }));
    const [target, ...more] = await targetsOfPractice(test.admin, await loadRegister(test.admin), 'F81001', today());
    expect(more).toEqual([]);
    const social = await test.admin.query<{ text: string }>(
      `select e::text as text from environment.event e where setting = 'social-care'`,
    );
    const certificate = await destroy(target as Target);
    expect(certificate.datasets).toEqual(['fhir-gp', 'gp-coded-records-f81001', 'gp-patients-f81001', 'gp-prescribing-f81001']);
    expect(await eventsOf('gp-patients-f81001')).toBe(0);
    expect(await eventsOf('gp-coded-records-f81001')).toBe(0);
    expect(await eventsOf('sus-apc-southend')).toBe(3);
    expect((await test.admin.query(`select e::text as text from environment.event e where setting = 'social-care'`)).rows).toEqual(
      social.rows,
    );
    // Person 4 was the practice's alone; 5 is known to social care, and 2, 3 and 6 to the hospital.
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(4);
    expect(await test.count('select count(*) from environment.person where practice is not null')).toBe(3);
    // Scores made with these rows go with the people they were about; those of other lists stay.
    expect(
      (
        await test.admin.query(
          `select r.model, count(s.*) as scores from risk.run r left join risk.score s using (run_id) group by 1 order by 1`,
        )
      ).rows,
    ).toEqual([
      { model: 'asc-cld-southend', scores: 3 },
      { model: 'gp-coded-records-f81001', scores: 1 },
    ]);
    expect(
      await test.count('select count(*) from risk.score s where not exists (select from linkage.person p where p.person_id = s.person_id)'),
    ).toBe(0);
  });
});
