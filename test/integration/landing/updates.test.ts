import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { csv, emptyBox, nhsNumber, openTestBox, type Row, type TestBox } from '../../support/box.ts';
import { bundle, condition, patient } from '../../support/fhir.ts';
import { careEvent, episode, observation, registration } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

const acute = (...rows: Row[]) => test.deliver('sus-apc-southend', csv(rows));
const practice = (...rows: Row[]) => test.deliver('gp-patients-f81001', csv(rows));
const coded = (...rows: Row[]) => test.deliver('gp-coded-records-f81001', csv(rows));
const care = (...rows: Row[]) => test.deliver('asc-cld-southend', csv(rows));

describe('a later word about a record', () => {
  it('replaces what was said before', async () => {
    await acute(episode(1, 'S1'), episode(1, 'S2'));
    const receipt = await acute(episode(1, 'S1', { DIAG_01: 'J18.1', LastUpdated: '2026-10-07T08:00:00' }), episode(1, 'S2'));
    expect(receipt).toMatchObject({ landed: 0, updated: 1, unchanged: 1 });
    expect((await test.events()).map(({ codes }) => codes?.[0]).sort()).toEqual(['icd10:I219', 'icd10:J181']);
  });

  it('loses when its source wrote it earlier, and the receipt says so', async () => {
    await acute(episode(1, 'S1', { LastUpdated: '2026-10-07T08:00:00' }));
    const receipt = await acute(episode(1, 'S1', { DIAG_01: 'J18.1', LastUpdated: '2026-10-06T08:00:00' }));
    expect(receipt).toMatchObject({ updated: 0, unchanged: 1, warnings: { OLDER_THAN_STORED: 1 } });
    expect((await test.events())[0]?.codes).toEqual(['icd10:I219']);
  });

  it('counts from the last time its source confirmed it', async () => {
    await acute(episode(1, 'S1', { LastUpdated: '2026-10-01T08:00:00' }));
    expect(await acute(episode(1, 'S1', { LastUpdated: '2026-10-03T08:00:00' }))).toMatchObject({
      unchanged: 1,
      updated: 0,
      warnings: expect.not.objectContaining({ OLDER_THAN_STORED: 1 }),
    });
    await acute(episode(1, 'S1', { DIAG_01: 'J18.1', LastUpdated: '2026-10-02T08:00:00' }));
    expect((await test.events())[0]?.codes).toEqual(['icd10:I219']);
  });

  it('moves a record to another person instead of doubling it, and the first person goes when nothing is left', async () => {
    await acute(episode(1, 'S1'), episode(2, 'S2'));
    expect(await acute(episode(3, 'S1'))).toMatchObject({ landed: 0, updated: 1 });
    const events = await test.events();
    expect(events).toHaveLength(2);
    expect(new Set(events.map(({ person }) => person)).size).toBe(2);
    expect(await test.count('select count(*) from environment.person')).toBe(2);
  });

  it('moves a record to another date', async () => {
    await acute(episode(1, 'S1'));
    await acute(episode(1, 'S1', { StartDateHospitalProviderSpell: '2025-01-01', DischargeDateFromHospitalProviderSpell: '2025-01-02' }));
    expect((await test.events()).map(({ started }) => started)).toEqual(['2025-01-01 00:00:00']);
  });

  it('is told from a repetition within the file: the last at its source stays, and every row is counted', async () => {
    const receipt = await acute(
      episode(1, 'S1'),
      episode(1, 'S1'),
      episode(1, 'S1', { DIAG_01: 'J18.1' }),
      episode(1, 'S2', { LastUpdated: '2026-10-09T00:00:00' }),
      episode(1, 'S2', { LastUpdated: '2026-10-08T00:00:00', DIAG_01: 'J18.1' }),
    );
    expect(receipt.received).toBe(5);
    expect(receipt.landed).toBe(2);
    expect(receipt.updated + receipt.unchanged).toBe(3);
    expect(receipt.warnings).toMatchObject({ OLDER_THAN_STORED: 1 });
    expect((await test.events()).map(({ codes }) => codes?.[0]).sort()).toEqual(['icd10:I219', 'icd10:J181']);
  });
});

describe('a tombstone', () => {
  it('removes its record, and changes nothing when the record is not there', async () => {
    await coded(observation(1, 'o1'), observation(1, 'o2'));
    expect(await coded(observation(1, 'o1', { Deleted: 'true' }), observation(1, 'o9', { Deleted: 'true' }))).toMatchObject({
      received: 2,
      landed: 0,
      updated: 1,
      unchanged: 1,
    });
    expect(await test.events()).toHaveLength(1);
  });

  it('needs no more than the key of its record', async () => {
    await practice(registration(1), registration(2));
    const bare = {
      PatientGuid: 'P1',
      OrganisationGuid: 'ORG1',
      Deleted: 'true',
      DummyType: '',
      NhsNumber: '',
      SpineSensitive: '',
      IsConfidential: '',
      DateOfBirth: '',
    };
    expect(await practice(bare)).toMatchObject({ quarantined: {}, updated: 1 });
    expect(await test.events()).toHaveLength(1);
  });

  it('takes away what its sender said about the person as well', async () => {
    await practice(registration(1), registration(2));
    await practice(registration(1, { Deleted: 'true' }));
    expect(await test.count('select count(*) from linkage.sighting')).toBe(1);
    expect(await test.count('select count(*) from environment.person')).toBe(1);
  });

  it('before or after its record within one file counts by order', async () => {
    await coded(
      observation(1, 'o1', { Deleted: 'true' }),
      observation(1, 'o1'),
      observation(1, 'o2'),
      observation(1, 'o2', { Deleted: 'true' }),
    );
    expect(await test.events()).toHaveLength(1);
  });

  it('with its record in one file is nothing new when the file comes again, whoever objected since', async () => {
    const rows = [observation(1, 'o1'), observation(1, 'o2'), observation(1, 'o2', { Deleted: 'true' })];
    expect(await coded(...rows)).toMatchObject({ state: 'landed' });
    await test.object('programme', `nhs_number,source\n${nhsNumber(2)},letter\n`);
    expect(await coded(...rows)).toMatchObject({ state: 'duplicate' });
    expect(await test.events()).toHaveLength(1);
  });
});

describe('a record its source took away', () => {
  const resources = (...list: object[]) => test.deliver('fhir-acute', bundle(patient('p1', nhsNumber(1)), ...list));
  const at = (day: string, more: object = {}) => condition('c1', 'Patient/p1', { meta: { lastUpdated: `2026-${day}T08:00:00Z` }, ...more });
  const gone = { verificationStatus: { coding: [{ code: 'entered-in-error' }] } };
  const kinds = async () => (await test.events()).map(({ kind }) => kind).sort();

  it('is not brought back by what it wrote before, nor by what arrives first', async () => {
    await resources(at('05-01'));
    await resources(at('05-03', gone));
    const receipt = await resources(at('05-02'));
    expect(receipt).toMatchObject({ received: 2, landed: 0, unchanged: 2, warnings: { OLDER_THAN_STORED: 1 } });
    expect(await kinds()).toEqual(['demographics']);
    await emptyBox(test);
    await resources(at('05-03', gone));
    await resources(at('05-02'));
    expect(await kinds()).toEqual(['demographics']);
  });

  it('comes back when it is written anew, and its tombstone goes', async () => {
    await resources(at('05-01'));
    await resources(at('05-03', gone));
    expect(await resources(at('05-04'))).toMatchObject({ landed: 1 });
    expect(await test.events()).toHaveLength(2);
    expect(await test.count('select count(*) from landing.tombstone')).toBe(0);
  });
});

describe('a source that claims to write in the future', () => {
  it('has the last word today and not for ever', async () => {
    await acute(episode(1, 'S1', { LastUpdated: '2099-01-01T00:00:00' }));
    expect(await test.count("select count(*) from environment.event where source_at = '2026-11-21 23:59:59'")).toBe(1);
    test.at('2026-11-23T12:00:00Z');
    await acute(episode(1, 'S1', { LastUpdated: '2026-11-22T09:00:00', DIAG_01: 'J18.1' }));
    test.at('2026-11-21T12:00:00Z');
    expect((await test.events())[0]?.codes).toEqual(['icd10:J181']);
  });
});

describe('the latest submission of a period', () => {
  const q1 = { Reporting_Period_Start_Date: '2026-04-01', Reporting_Period_End_Date: '2026-06-30' };

  it('replaces the one before and leaves other periods alone', async () => {
    await care(careEvent(1, 'a', q1), careEvent(2, 'b', q1));
    await care(careEvent(1, 'c'), careEvent(2, 'd'));
    expect(await care(careEvent(1, 'c'), careEvent(3, 'e'))).toMatchObject({ landed: 1, unchanged: 1, removed: 1 });
    expect((await test.events()).map(({ period }) => period).sort()).toEqual(['2026-04-01', '2026-04-01', '2026-07-01', '2026-07-01']);
  });

  it('does not touch an earlier period because a record reported before cannot be read this time', async () => {
    await care(careEvent(1, 'a', q1), careEvent(2, 'b', q1));
    expect(await care(careEvent(1, 'a', { Event_End_Date: '2026-02-30' }), careEvent(3, 'c'))).toMatchObject({
      landed: 1,
      removed: 0,
      quarantined: { DATE_INVALID: 1 },
    });
    expect(await test.events()).toHaveLength(3);
  });

  it('keeps what was read last when a row of the same period cannot be read this time', async () => {
    await care(careEvent(1, 'a'), careEvent(2, 'b'));
    await care(careEvent(1, 'a', { Event_End_Date: '2026-02-30' }), careEvent(2, 'b'));
    expect(await test.events()).toHaveLength(2);
  });

  it('empties the period when all that is left of it may not land', async () => {
    await care(careEvent(1, 'a'), careEvent(2, 'b'));
    await care(careEvent(1, 'z', { Date_of_Birth: '2015-01-01' }));
    expect(await test.events()).toHaveLength(0);
  });
});

describe('a record that may no longer land', () => {
  it('is taken away in its earlier form when it becomes confidential', async () => {
    await coded(observation(1, 'o1'), observation(1, 'o2'));
    expect(await coded(observation(1, 'o1', { IsConfidential: 'true' }))).toMatchObject({
      withheld: { CONFIDENTIAL_RECORD: 1 },
      removed: 1,
    });
    expect(await test.events()).toHaveLength(1);
  });

  it('is taken away in its earlier form when it is deleted and confidential at once', async () => {
    await coded(observation(1, 'o1'));
    await coded(observation(1, 'o1', { IsConfidential: 'true', Deleted: 'true' }));
    expect(await test.events()).toHaveLength(0);
  });

  it('is taken away in its earlier form when a sensitive code is added', async () => {
    await acute(episode(1, 'S1'));
    expect(await acute(episode(1, 'S1', { DIAG_02: 'A50.0', LastUpdated: '2026-10-09T00:00:00' }))).toMatchObject({
      withheld: { SENSITIVE_CODE: 1 },
      removed: 1,
    });
    expect(await test.events()).toHaveLength(0);
  });

  it('is taken away from the person it was filed under when it belongs to somebody who objects', async () => {
    await acute(episode(1, 'S1'));
    await test.object('ndop', `nhs_number,source\n${episode(2, 'x').NHSNumber},spine\n`);
    expect(await acute(episode(2, 'S1', { LastUpdated: '2026-10-09T00:00:00' }))).toMatchObject({
      withheld: { OBJECTION_NDOP: 1 },
      removed: 1,
    });
    expect(await test.events()).toHaveLength(0);
  });

  it('stays when the word that it may not land is older than what is stored', async () => {
    await acute(episode(1, 'S1', { LastUpdated: '2026-10-09T00:00:00' }));
    expect(await acute(episode(1, 'S1', { DIAG_02: 'A50.0', LastUpdated: '2026-10-01T00:00:00' }))).toMatchObject({ removed: 0 });
    expect(await test.events()).toHaveLength(1);
  });
});
