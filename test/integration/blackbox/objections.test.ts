import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { call, careEvent, episode, observation, registration } from '../../support/rows.ts';

let test: TestBox;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(() => emptyBox(test));

const list = (...people: number[]): string => `nhs_number,source\n${people.map((n) => `${nhsNumber(n)},spine\n`).join('')}`;
const flowsLeft = async (): Promise<string[]> => (await test.events()).map(({ flow }) => flow).sort();

describe('an objection', () => {
  it('imported before the data withholds them, and nobody is registered or sealed for it', async () => {
    expect(await test.object('ndop', list(1))).toMatchObject({ recorded: 1 });
    expect(await test.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2')]))).toMatchObject({
      landed: 1,
      withheld: { OBJECTION_NDOP: 1 },
      linkage: { new: 1 },
    });
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(1);
    expect((await test.vault.query('select from vault.identity')).rowCount).toBe(1);
  });

  it('imported after the data removes them within the import, everywhere the table says', async () => {
    await test.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2')]));
    await test.deliver('gp-patients-f81001', csv([registration(1), registration(2)]));
    await test.deliver('nhs-111-southend', csv([call(1, 'c1')]));
    expect(await test.object('ndop', list(1))).toMatchObject({ removed: { events: 2 } });
    // Anonymised in the sense of the code of anonymisation at the sender: the opt-out does not speak of it.
    expect(await flowsLeft()).toEqual(['gp-patients-f81001', 'nhs-111-southend', 'sus-apc-southend']);
    expect(await test.count(`select count(*) from linkage.sighting where setting in ('gp', 'hospital')`)).toBe(2);
  });

  it('of type 1 takes only what came from the GP record', async () => {
    await test.deliver('sus-apc-southend', csv([episode(1, 'S1')]));
    await test.deliver('gp-patients-f81001', csv([registration(1)]));
    await test.deliver('gp-coded-records-f81001', csv([observation(1, 'o1')]));
    expect(await test.object('type-1', list(1))).toMatchObject({ removed: { events: 2 } });
    expect(await flowsLeft()).toEqual(['sus-apc-southend']);
    expect(await test.deliver('gp-coded-records-f81001', csv([observation(1, 'o2')]))).toMatchObject({ withheld: { OBJECTION_TYPE1: 1 } });
    expect(await test.deliver('sus-apc-southend', csv([episode(1, 'S2')]))).toMatchObject({ landed: 1 });
  });

  it('about one setting leaves the others alone, on landing as on removal', async () => {
    await test.object('local-sharing', `nhs_number,source,about\n${nhsNumber(1)},letter,gp\n`);
    expect((await test.deliver('gp-patients-f81001', csv([registration(1)]))).withheld).toEqual({ OBJECTION_LOCAL_SHARING: 1 });
    expect(await test.deliver('sus-apc-southend', csv([episode(1, 'S1')]))).toMatchObject({ landed: 1, withheld: {} });
  });

  it('cannot be walked round by a local id that an earlier delivery introduced', async () => {
    await test.deliver('gp-patients-f81001', csv([registration(1), registration(2)]));
    await test.object('type-1', list(1));
    const rows = [observation(1, 'o1', { NhsNumber: '' }), observation(2, 'o2', { NhsNumber: '' })];
    expect(await test.deliver('gp-coded-records-f81001', csv(rows))).toMatchObject({ landed: 1, withheld: { OBJECTION_TYPE1: 1 } });
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(1);
  });

  it('that arrives while a delivery streams leaves no covered row behind', async () => {
    let go: (value: unknown) => void = () => undefined;
    const gate = new Promise((resolve) => {
      go = resolve;
    });
    const [header, ...lines] = csv(Array.from({ length: 20_000 }, (_, n) => episode(n % 20, `S${n}`))).split('\n');
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${[header, ...lines.slice(0, 18_000)].join('\n')}\n`);
      await gate;
      yield Buffer.from(lines.slice(18_000).join('\n'));
    }
    const landing = test.deliver('sus-apc-southend', slow());
    await expect.poll(() => test.count('select count(*) from linkage.pseudonym'), { timeout: 10_000 }).toBe(20);
    const importing = test.object('ndop', list(1, 2));
    await wait(300);
    go(undefined);
    const [receipt, objected] = await Promise.all([landing, importing]);
    expect(receipt).toMatchObject({ state: 'landed', received: 20_000 });
    expect(objected.removed.events + (receipt.withheld.OBJECTION_NDOP ?? 0)).toBe(2_000);
    expect(await test.count('select count(*) from environment.event')).toBe(18_000);
    expect(await test.count('select count(*) from environment.person')).toBe(18);
  });

  it('dated ahead withholds from its day and not before', async () => {
    await test.object('ndop', `nhs_number,source,set_on\n${nhsNumber(1)},spine,2026-12-01\n`);
    expect(await test.deliver('sus-apc-southend', csv([episode(1, 'S1')]))).toMatchObject({ landed: 1 });
    test.at('2026-12-01T12:00:00Z');
    const later = await test.deliver('sus-apc-southend', csv([episode(1, 'S2')]));
    test.at('2026-11-21T12:00:00Z');
    expect(later).toMatchObject({ landed: 0, withheld: { OBJECTION_NDOP: 1 } });
  });
});

describe('other reasons to withhold', () => {
  it('children below the age of the agreement, and people whose age nobody knows', async () => {
    const rows = [
      careEvent(1, 'a'),
      careEvent(2, 'b', { Date_of_Birth: '2008-08-02' }),
      careEvent(3, 'c', { Date_of_Birth: '2008-08-01' }),
      careEvent(4, 'd', { Date_of_Birth: '' }),
    ];
    expect(await test.deliver('asc-cld-southend', csv(rows))).toMatchObject({ landed: 2, withheld: { UNDER_AGE: 1, AGE_UNKNOWN: 1 } });
  });

  it('takes an age from what other flows know, month by month', async () => {
    await test.deliver(
      'gp-patients-f81001',
      csv([registration(4, { DateOfBirth: '2008-08-01' }), registration(5, { DateOfBirth: '2008-07-31' })]),
    );
    const rows = [careEvent(4, 'd', { Date_of_Birth: '' }), careEvent(5, 'e', { Date_of_Birth: '' })];
    expect(await test.deliver('asc-cld-southend', csv(rows))).toMatchObject({ landed: 1, withheld: { UNDER_AGE: 1 } });
  });

  it('judges the age of rows that are linked by the local id alone', async () => {
    await test.deliver('asc-cld-southend', csv([careEvent(1, 'a', { Date_of_Birth: '2008-08-01' })]));
    const rows = [
      careEvent(1, 'a', { Date_of_Birth: '2008-08-01' }),
      careEvent(1, 'b', { NHS_Number: '', Date_of_Birth: '', Event_Start_Date: '2026-07-15' }),
      careEvent(1, 'c', { NHS_Number: '', Date_of_Birth: '2008-08-01', Event_Start_Date: '2026-07-15' }),
      careEvent(1, 'd', { NHS_Number: '', Date_of_Birth: '', Event_Start_Date: '2026-09-15' }),
    ];
    expect(await test.deliver('asc-cld-southend', csv(rows))).toMatchObject({ unchanged: 1, landed: 1, withheld: { UNDER_AGE: 2 } });
  });

  it('rows with a sensitive code, wherever among the codes it stands, and makes no pseudonym for them (RULE-SENS-1)', async () => {
    const rows = [episode(1, 'S1'), episode(1, 'S2', { DIAG_20: 'a50.9' }), episode(9, 'S3', { DIAG_02: 'Z31.2' })];
    expect(await test.deliver('sus-apc-southend', csv(rows))).toMatchObject({ landed: 1, withheld: { SENSITIVE_CODE: 2 } });
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(1);
    expect(await test.count('select count(*) from environment.event')).toBe(1);
  });

  it('dummy, sensitive and confidential people of a practice, each by its own reason', async () => {
    const rows = [
      registration(1),
      registration(2, { DummyType: 'true' }),
      registration(3, { SpineSensitive: 'TRUE' }),
      registration(4, { IsConfidential: '1' }),
    ];
    expect(await test.deliver('gp-patients-f81001', csv(rows))).toMatchObject({
      landed: 1,
      withheld: { DUMMY_PATIENT: 1, SENSITIVE_PERSON: 1, CONFIDENTIAL_RECORD: 1 },
    });
    expect(await test.count('select count(*) from linkage.pseudonym')).toBe(1);
  });
});
